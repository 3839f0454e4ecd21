//! Subordinate IDs: the helpers, the files line by line, other users, and where the IDs come from.

use super::packages::{self, Thing};
use super::{Check, Context, Status};
use crate::host::subid_file::{self, Defect};
use crate::host::{Cmd, ask, subids};
use crate::plan::Action;
use crate::steps::{Step, id_ranges};
use std::path::Path;

const FILES: [&str; 2] = ["/etc/subuid", "/etc/subgid"];
const SETUID: u32 = 0o4000;

/// newuidmap and newgidmap, with what lets them do it: the setuid bit, or a capability.
pub(super) fn helpers(context: &Context) -> Vec<Check> {
    [("newuidmap", "cap_setuid"), ("newgidmap", "cap_setgid")]
        .map(|(name, capability)| helper(context, name, capability))
        .into()
}

fn helper(context: &Context, name: &str, capability: &str) -> Check {
    let why = "It gives your containers their IDs.";
    let needed = format!("setuid root, or {capability}");
    let Some(path) = context.program(name).filter(|path| context.is_systems(path)) else {
        if let Some(other) = context.program(name) {
            return Check::ok(name, format!("{}, which is not the system's", other.display()), &needed, why).blocked(
                "podman takes the first in PATH: remove it, or take its folder out of PATH; the package uidmap \
                 (shadow-utils) brings the system's.",
            );
        }
        let check = Check::ok(name, "not installed", &needed, why);
        return match packages::install(&context.read("/etc/os-release"), Thing::IdMap) {
            Some(actions) => check.fixed_by(actions),
            None => check.blocked(&format!("Install the package with {name} (uidmap, shadow-utils).")),
        };
    };
    let shown = path.display();
    if context.host().meta(&path).is_ok_and(|meta| meta.mode & SETUID != 0 && meta.uid == 0) {
        return Check::ok(name, format!("{shown}, setuid"), &needed, why);
    }
    let path = path.to_string_lossy().into_owned();
    match ask(context.host(), &Cmd::new("getcap", [path.as_str()])) {
        Ok(done) if done.text().contains(capability) => Check::ok(name, format!("{shown}, {capability}"), &needed, why),
        // No getcap: what works has its right.
        Err(_) if context.works() => Check::ok(name, format!("{shown}; it works"), &needed, why),
        _ => {
            let check = Check::ok(name, format!("{shown}, without the right to do it"), &needed, why);
            match packages::reinstall(&context.read("/etc/os-release"), Thing::IdMap) {
                Some(actions) => check.fixed_by(actions),
                None => check.fixed_by(vec![Action::Run(
                    Cmd::new("chmod", ["u+s", path.as_str()]).privilege(crate::host::Privilege::Root),
                )]),
            }
        }
    }
}

/// The step's own facts: enough IDs in the files, and in the map in force.
pub(super) fn step(context: &Context) -> Vec<Check> {
    let looked = match context.version() {
        Ok(_) => context.setup.check(Step::IdRanges),
        Err(_) => id_ranges::look_at_files(context.host()),
    };
    match looked {
        Ok(report) => Check::of_report(&report),
        Err(problem) => vec![Check::problem("id_ranges", Step::IdRanges.why(), &problem)],
    }
}

/// The files themselves: readable, without lines that grant nothing, without overlaps; and whether they count at all.
pub(super) fn files(context: &Context) -> Vec<Check> {
    let mut checks: Vec<Check> = FILES.into_iter().flat_map(|file| of_file(context, file)).collect();
    checks.extend(sources(context));
    checks
}

fn of_file(context: &Context, file: &str) -> Vec<Check> {
    let id = file.trim_start_matches("/etc/");
    let why = "A line that is not quite right grants nothing, and nobody says so.";
    let bytes = match context.host().read(Path::new(file)) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return vec![], // the step says it, and makes it
        Err(e) => {
            return vec![Check::ok(&format!("{id}_file"), format!("{file}: {e}"), "readable by you", why).fixed_by(
                vec![Action::Run(Cmd::new("chmod", ["a+r", file]).privilege(crate::host::Privilege::Root))],
            )];
        }
    };
    let text = String::from_utf8_lossy(&bytes);
    let user = context.host().user();
    let mut checks = vec![lines(&format!("{id}_file"), file, &text, why)];
    let ranges = subids::parse(&text).0;
    if let Some(words) = subids::contradiction(&ranges, &user.name, user.uid, u64::from(user.uid)) {
        checks.push(
            Check::ok(&format!("{id}_contradiction"), format!("{file}: {words}"), "lines that do not meet", "podman refuses every command.")
                .blocked(&format!("Have an administrator take one of these lines out of {file} (`sudoedit {file}`); then run `podman system migrate`.")),
        );
    }
    let others: Vec<_> = subids::overlaps(&ranges, &user.name, user.uid)
        .into_iter()
        .map(|(theirs, mine)| {
            format!(
                "{}:{}:{} of {} meets your {}:{}",
                theirs.owner, theirs.start, theirs.count, theirs.owner, mine.start, mine.count
            )
        })
        .collect();
    if !others.is_empty() {
        checks.push(
            Check::ok(&format!("{id}_overlap"), others.join("; "), "ranges of one user only", "Two users who share IDs can reach each other's files in containers.")
                .warning(&format!("It works. An administrator can give one of you another range in {file}; files made with the old IDs must then be given new owners.")),
        );
    }
    checks
}

/// Malformed lines, by number.
fn lines(id: &str, file: &str, text: &str, why: &str) -> Check {
    let found = subid_file::defects(text);
    if found.is_empty() {
        return Check::ok(id, "every line grants something", "name:start:count", why);
    }
    let words: Vec<_> = found.iter().map(|(line, defect)| format!("line {line} {}", defect.words())).collect();
    let check = Check::ok(id, words.join("; "), "name:start:count", why);
    if found.iter().all(|(_, defect)| *defect == Defect::Malformed) {
        return check.warning(&format!("Only you know what was meant there: `sudoedit {file}`."));
    }
    let check = check.fixed_by(vec![Action::Run(subid_file::repair(file))]);
    // That it matters shows in the map, which the step looks at: here it is said, and may be fixed.
    Check { status: Status::Warning, ..check }
}

/// Where the system takes the ranges from: the files, or a directory (LDAP, SSSD).
fn sources(context: &Context) -> Vec<Check> {
    let why = "Ranges may come from a directory in place of the files.";
    let Some(sources) = subids::sources(&context.read("/etc/nsswitch.conf")) else { return vec![] };
    let name = &context.host().user().name;
    let count = |option: &[&str]| {
        let words = option.iter().copied().chain([name.as_str()]);
        ask(context.host(), &Cmd::new("getsubids", words)).map(|done| subids::listed(&done.text())).unwrap_or(0)
    };
    let (uids, gids) = (count(&[]), count(&["-g"]));
    let found = format!("subid: {sources}; it grants {name} {uids} user IDs and {gids} group IDs");
    let check = Check::ok("subid_source", found, &format!("≥ {}", subids::NEEDED), why);
    vec![if uids.min(gids) >= subids::NEEDED || sources == "files" {
        check
    } else {
        check.warning("What the files say may not count: have the directory's administrator grant the range.")
    }]
}

#[cfg(test)]
mod tests {
    use super::super::Status;
    use crate::fake_host::Recorded;

    #[test]
    fn helpers_with_and_without_their_right() {
        assert_eq!(Recorded::debian().check("newuidmap").status, Status::Ok);
        let host = Recorded::debian().program("/usr/bin/newuidmap", 0o100_755).says(
            "getcap /usr/bin/newuidmap",
            0,
            "/usr/bin/newuidmap cap_setuid=ep",
        );
        assert!(host.check("newuidmap").found.ends_with("cap_setuid"));
        let host = host.says("getcap /usr/bin/newuidmap", 0, "");
        let check = host.check("newuidmap");
        let fix = "sudo apt-get install --reinstall --yes uidmap";
        assert_eq!((check.status, check.fix), (Status::Fixable, vec![fix.to_owned()]));
        let check = host.file("/etc/os-release", "ID=plan9\n").check("newuidmap");
        assert_eq!(check.fix, ["sudo chmod u+s /usr/bin/newuidmap"]);
        let check = Recorded::debian().without("newgidmap").check("newgidmap");
        assert_eq!(check.fix.last().unwrap(), "sudo apt-get install --yes uidmap");
    }

    /// `sudo chmod u+s` on a program of the user's own would make it everybody's way to root.
    #[test]
    fn root_is_never_told_to_touch_a_program_of_the_users_own() {
        let plan9 =
            Recorded::debian().file("/etc/os-release", "ID=plan9\n").variable("PATH", "/home/johndoe/bin:/usr/bin");
        for host in [
            plan9.clone().program("/home/johndoe/bin/newuidmap", 0o100_755),
            plan9.clone().without("newuidmap").folder("/usr/bin/newuidmap", 1000),
            plan9.clone().without("newuidmap").owned("/usr/bin/newuidmap", 0o100_755, 1000),
        ] {
            let host = host.says("getcap /home/johndoe/bin/newuidmap", 0, "").says("getcap /usr/bin/newuidmap", 0, "");
            let script = super::super::script(&host.checks(), crate::host::Host::user(&host));
            assert!(!script.contains("chmod"), "{script}");
            assert_ne!(host.check("newuidmap").status, Status::Ok);
        }
    }

    #[test]
    fn malformed_lines_are_named_and_mended_without_truncation() {
        let host = Recorded::debian().file("/etc/subuid", "johndoe:100000:65536\r\nbad\n");
        let check = host.check("subuid_file");
        assert_eq!(check.found, "line 1 ends in CR LF (a Windows line end); line 2 is not name:start:count");
        assert!(
            check.needs_root && check.fix[0].starts_with("sudo sh -c ") && check.fix[0].ends_with("repair /etc/subuid"),
            "{check:?}"
        );
        // The step fixes first, then grows the range that the fixed line grants.
        let check = host.check("subuid");
        assert!(
            check.fix[0].contains("repair /etc/subuid") && check.fix[1].contains("--add-subuids 165536-165538"),
            "{check:?}"
        );
    }

    #[test]
    fn a_missing_file_is_made_and_an_unreadable_one_blocks() {
        let fix = Recorded::debian().gone("/etc/subuid").check("subuid").fix;
        assert_eq!(
            fix[..2],
            ["sudo sh -c 'umask 022; : >>/etc/subuid'", "sudo usermod --add-subuids 100000-165538 johndoe"]
        );
        let host = Recorded::debian().unreadable("/etc/subuid");
        let check = host.check("subuid_file");
        assert_eq!((check.status, check.fix.join("")), (Status::Fixable, "sudo chmod a+r /etc/subuid".to_owned()));
        let check = host.check("id_ranges");
        assert_eq!(check.status, Status::Blocked, "no range is planned without what the file says");
    }

    #[test]
    fn overlaps_warn_and_contradictions_block() {
        let host = Recorded::debian().file("/etc/subuid", "johndoe:100000:65536\njane:165000:65536\n");
        assert_eq!(host.check("subuid_overlap").status, Status::Warning);
        let fix = host.check("subuid").fix;
        assert!(fix[0].contains("--add-subuids 230536-230538"), "never into a neighbour: {fix:?}");
        let host = Recorded::debian().file("/etc/subgid", "johndoe:100000:65536\n1000:100100:3\n");
        let check = host.check("subgid_contradiction");
        assert_eq!(check.status, Status::Blocked);
        assert!(check.found.contains("johndoe:100000:65536 and 1000:100100:3 overlap"), "{check:?}");
    }

    #[test]
    fn a_directory_that_grants_too_little_is_said() {
        let host = Recorded::debian()
            .file("/etc/nsswitch.conf", "subid: sss\n")
            .says("getsubids johndoe", 0, "0: johndoe 100000 65536")
            .says("getsubids -g johndoe", 1, "Error fetching ranges");
        let check = host.check("subid_source");
        assert_eq!(check.status, Status::Warning);
        assert!(check.found.contains("subid: sss; it grants johndoe 65536 user IDs and 0 group IDs"), "{check:?}");
    }
}
