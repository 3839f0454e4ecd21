//! podman itself: there, new enough, without root; and whether this machine is itself a container.

use super::packages::{self, Thing};
use super::{Check, Context};
use crate::host::podman::Version;
use crate::problem::Problem;
use std::path::Path;

const WHY: &str = "podman runs the container, and the jobs in it.";

/// podman, its version and what that lacks, rootless.
pub(super) fn probe(context: &Context) -> Vec<Check> {
    let needed = format!("{} or newer", Version::OLDEST);
    let version = match context.version() {
        Ok(version) => *version,
        Err(problem) => return vec![missing(context, &needed, problem)],
    };
    let lacks = version.capabilities().lacks();
    let found = if lacks.is_empty() { version.to_string() } else { format!("{version}: it {}", lacks.join("; it ")) };
    let check = Check::ok("podman", found, &needed, WHY);
    let check = if version < Version::OLDEST {
        check.warning("Nothing here was tried on one so old: take podman from a newer release of the distribution.")
    } else {
        check
    };
    let why = "Root is not needed for the runner, and a job must not come near it.";
    let rootless = match context.info() {
        Err(problem) => Check::problem("rootless", why, &explain(problem)),
        Ok(info) => match info["host"]["security"]["rootless"].as_bool() {
            Some(false) => Check::ok("rootless", "it runs as root", "without root", why).blocked(
                "Is `podman` an alias or a script that calls sudo, or CONTAINER_HOST set? It must be podman itself.",
            ),
            _ => Check::ok("rootless", "yes", "without root", why),
        },
    };
    let mut checks = vec![check, rootless];
    checks.extend(context.program("podman").and_then(|path| of_somebody(context, &path)));
    checks
}

/// A podman that root has not put there: what it does is its owner's.
fn of_somebody(context: &Context, path: &Path) -> Option<Check> {
    let meta = context.host().meta(path).ok().filter(|meta| meta.uid != 0)?;
    let whose = if meta.uid == context.host().user().uid { "yours".to_owned() } else { format!("user {}'s", meta.uid) };
    let found = format!("{} is the first podman in PATH, and {whose}", path.display());
    let why = "All that pipglr does goes through podman, and so do the secrets.";
    let check = Check::ok("podman_program", found, "the system's", why);
    Some(
        check
            .warning("Remove it, or take its folder out of PATH, unless you have put it there and keep it up to date."),
    )
}

fn missing(context: &Context, needed: &str, problem: &Problem) -> Check {
    if context.program("podman").is_some() {
        return Check { needed: needed.into(), ..Check::problem("podman", WHY, problem) };
    }
    let check = Check::ok("podman", "not installed", needed, WHY);
    match packages::install(&context.read("/etc/os-release"), Thing::Podman) {
        Some(actions) => check.fixed_by(actions),
        None => check
            .blocked("Install podman with this distribution's package manager (https://podman.io/docs/installation)."),
    }
}

/// What podman means when even `info` fails (host/podman/FACTS.md).
fn explain(problem: &Problem) -> Problem {
    let said = problem.said.join("\n");
    let knows = [
        (
            "several valid graphdrivers",
            "The storage was made by an older podman with vfs, and this one begins another beside it. `pipglr setup` has it go on with the one that the containers are in. By hand: in ~/.config/containers/storage.conf put `[storage]` and `driver = \"vfs\"`, or move ~/.local/share/containers away.",
        ),
        (
            "includes the user UID",
            "A line of yours in /etc/subuid or /etc/subgid covers your own ID. Have that line removed.",
        ),
        (
            "newuidmap",
            "newuidmap refuses the ranges of /etc/subuid: two lines of yours overlap, or it lacks its rights.",
        ),
        (
            "pause process",
            "The map of IDs is stale, or the lines in /etc/subuid contradict each other. `podman system migrate` renews the map; if it fails too, see the lines.",
        ),
        (
            "not owned by the current user",
            "XDG_RUNTIME_DIR belongs to another user. Log in for real: `ssh USER@localhost`, or `machinectl shell USER@`.",
        ),
        (
            "permission denied",
            "Does XDG_RUNTIME_DIR belong to another user (su or sudo keep it)? Log in for real: `ssh USER@localhost`, or `machinectl shell USER@`.",
        ),
    ];
    let advice = knows.into_iter().find(|(sign, _)| said.to_lowercase().contains(&sign.to_lowercase()));
    Problem { advice: advice.map_or_else(|| problem.advice.clone(), |(_, advice)| advice.into()), ..problem.clone() }
}

/// Whether this is a container: then podman in it must be able to nest.
pub(super) fn nested(context: &Context) -> Vec<Check> {
    let read = |path| context.read(path).trim().to_owned();
    let kind = match read("/run/systemd/container") {
        kind if !kind.is_empty() => kind,
        _ if context.host().meta("/run/.containerenv".as_ref()).is_ok() => "podman".into(),
        _ if context.host().meta("/.dockerenv".as_ref()).is_ok() => "docker".into(),
        _ => return vec![],
    };
    let why = "podman in a container works where that container gives it user namespaces, IDs and devices.";
    let check = Check::ok(
        "inside_container",
        format!("inside a {kind} container"),
        "a machine, or a container that lets podman nest",
        why,
    );
    if context.version().is_err() || context.works() {
        return vec![check]; // without podman nothing can be said yet
    }
    vec![check.blocked("podman has no user namespace here. Start this container with more rights (--privileged, /dev/fuse, more IDs), or use the machine itself.")]
}

#[cfg(test)]
mod tests {
    use super::super::{Status, check_host};
    use crate::fake_host::Recorded;

    #[test]
    fn without_podman_the_distribution_s_plan_is_shown_and_the_rest_is_still_looked_at() {
        let host = Recorded::debian().without("podman");
        let looked = check_host(&host.setup());
        let podman = looked.checks.iter().find(|check| check.id == "podman").unwrap();
        assert_eq!(podman.status, Status::Fixable);
        assert!(podman.fix[1].starts_with("sudo apt-get install --yes podman uidmap"), "{podman:?}");
        assert!(podman.needs_root);
        let of = |id: &str| looked.checks.iter().find(|check| check.id == id).map(|check| check.status);
        assert_eq!(of("linger"), Some(Status::Fixable));
        assert_eq!(of("newuidmap"), Some(Status::Ok));
        assert_eq!(of("subuid"), Some(Status::Fixable), "the files can be read without podman");
    }

    #[test]
    fn what_an_old_podman_lacks_is_said() {
        let host = Recorded::debian().says("podman --version", 0, "podman version 4.3.1");
        let check = host.check("podman");
        assert_eq!(check.status, Status::Ok);
        assert!(check.found.contains("4.3.1: it cannot show a secret") && check.found.contains("vfs"), "{check:?}");
        let host = Recorded::debian().says("podman --version", 0, "podman version 3.0.1");
        assert_eq!(host.check("podman").status, Status::Warning);
    }

    #[test]
    fn a_podman_that_is_not_the_systems_is_told_of() {
        let host = Recorded::debian();
        assert!(!host.checks().iter().any(|check| check.id == "podman_program"));
        let host =
            host.owned("/home/johndoe/bin/podman", 0o100_755, 1000).variable("PATH", "/home/johndoe/bin:/usr/bin");
        let check = host.check("podman_program");
        assert_eq!(check.status, Status::Warning);
        assert!(check.found.contains("/home/johndoe/bin/podman") && check.found.contains("yours"), "{check:?}");
    }

    #[test]
    fn a_podman_that_fails_says_why() {
        let host = Recorded::debian().says(
            "podman info --format json",
            125,
            "Error: /x contains several valid graphdrivers: vfs, overlay",
        );
        let check = host.check("rootless");
        assert_eq!(check.status, Status::Blocked);
        assert!(check.found.contains("graphdrivers") && check.why.contains("storage.conf"), "{check:?}");
    }

    #[test]
    fn inside_a_container() {
        let host = Recorded::debian();
        assert!(host.checks().iter().all(|check| check.id != "inside_container"));
        let host = host.file("/run/systemd/container", "systemd-nspawn\n");
        assert_eq!(host.check("inside_container").status, Status::Ok, "podman works in it");
        let host = host.says(
            "podman info --format json",
            0,
            r#"{"host":{"idMappings":{"uidmap":[{"size":1}],"gidmap":[{"size":1}]}}}"#,
        );
        assert_eq!(host.check("inside_container").status, Status::Blocked);
    }
}
