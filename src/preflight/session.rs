//! Whether this is a login session, and outlives the login.

use super::packages::{self, Thing};
use super::{Check, Context};
use crate::host::logind;
use crate::plan::Action;
use crate::steps::Step;
use std::path::{Path, PathBuf};

/// Linger, as the step sees it; and whether there is a logind at all.
pub(super) fn linger(context: &Context) -> Vec<Check> {
    if context.program("loginctl").is_none() {
        return vec![
            Check::ok("linger", "there is no systemd-logind here", "on", Step::Persistent.why())
                .blocked("pipglr needs a system with systemd: the runner is kept alive by it."),
        ];
    }
    match context.setup.check(Step::Persistent) {
        Ok(report) => Check::of_report(&report),
        Err(problem) => vec![Check::problem("linger", Step::Persistent.why(), &problem)],
    }
}

const OUT: &str = "Two ways out: log in for real with `ssh USER@localhost`, or with `machinectl shell USER@` (package systemd-container).";

/// XDG_RUNTIME_DIR and the user's D-Bus. Entered by su or sudo both may be missing, or another user's.
pub(super) fn probe(context: &Context) -> Vec<Check> {
    let host = context.host();
    let (user, why) = (host.user(), "podman keeps its state in the folder that a login makes; su and sudo make none.");
    let out = OUT.replace("USER", &user.name);
    let own = PathBuf::from(format!("/run/user/{}", user.uid));
    let owner = |path: &Path| host.meta(path).ok().map(|meta| meta.uid);
    let named = host.variable("XDG_RUNTIME_DIR").filter(|value| !value.is_empty());
    let check = |found: String| Check::ok("session", found, "a login session of your own", why);
    if let Some(named) = &named {
        match owner(Path::new(named)) {
            Some(uid) if uid == user.uid => {}
            Some(uid) => {
                return vec![
                    check(format!("XDG_RUNTIME_DIR={named} belongs to user {uid}: you came by su or sudo"))
                        .blocked(&out),
                ];
            }
            None => {
                return vec![
                    check(format!("XDG_RUNTIME_DIR={named} does not exist"))
                        .blocked(&format!("`unset XDG_RUNTIME_DIR`, then run pipglr again. {out}")),
                ];
            }
        }
    } else if owner(&own) != Some(user.uid) {
        let check = check(format!("none: {} does not exist", own.display()));
        // With linger the system makes the folder and the D-Bus, login or not.
        let lingers = logind::lingers(host);
        return vec![if lingers {
            check.blocked(&out)
        } else {
            let check = check.fixed_by(vec![Action::Run(logind::enable_linger(host))]);
            Check { why: format!("{} Linger makes it too. {out}", check.why), ..check }
        }];
    }
    let folder = named.map_or(own, PathBuf::from);
    let mut checks = vec![check(folder.display().to_string())];
    let why = "systemd runs the containers of a user in groups of their own, and is asked for that over D-Bus.";
    let bus = folder.join("bus");
    let there = host.meta(&bus).is_ok();
    let bus = Check::ok(
        "user_bus",
        if there { bus.display().to_string() } else { format!("{} does not exist", bus.display()) },
        "a D-Bus of your own",
        why,
    );
    checks.push(if there {
        bus
    } else {
        match packages::install(&context.read("/etc/os-release"), Thing::UserBus) {
            Some(actions) => bus.fixed_by(actions),
            None => bus.warning("podman then does without systemd's groups."),
        }
    });
    checks
}

#[cfg(test)]
mod tests {
    use super::super::Status;
    use crate::fake_host::Recorded;

    #[test]
    fn a_login_of_ones_own() {
        let host = Recorded::debian();
        assert_eq!((host.check("session").status, host.check("user_bus").status), (Status::Ok, Status::Ok));
    }

    #[test]
    fn by_su_or_sudo_it_is_another_s_or_none() {
        let host = Recorded::debian().variable("XDG_RUNTIME_DIR", "/run/user/0").folder("/run/user/0", 0);
        let check = host.check("session");
        assert_eq!(check.status, Status::Blocked);
        assert!(
            check.found.contains("belongs to user 0")
                && check.why.contains("ssh johndoe@localhost")
                && check.why.contains("machinectl shell johndoe@"),
            "{check:?}"
        );
        let host = Recorded::debian().variable("XDG_RUNTIME_DIR", "/run/user/9");
        assert!(host.check("session").why.contains("unset XDG_RUNTIME_DIR"));
        let host = Recorded::debian().variable("XDG_RUNTIME_DIR", "").gone("/run/user/1000");
        let check = host.check("session");
        assert_eq!((check.status, check.fix.join("")), (Status::Fixable, "loginctl enable-linger johndoe".to_owned()));
        let host = Recorded::debian().gone("/run/user/1000/bus");
        assert!(host.check("user_bus").fix.last().unwrap().ends_with("dbus-user-session"));
        let host = Recorded::debian().without("loginctl");
        assert_eq!(host.check("linger").status, Status::Blocked);
    }
}
