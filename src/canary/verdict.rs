//! What a small job has shown: what is as it should be, and what is to blame where it is not.

use super::{Finding, Of};
use crate::host::subids::{NEEDED, mapped};
use crate::ladder::Inside;
use crate::names::typed;

/// The steps of the program, in their order; the first that fails is the one to be explained.
const STEPS: [&str; 7] = ["image", "network", "start", "job", "serve", "ask", "service"];
/// What is said of IDs that are not there: crun, newuidmap, chown, the kernel's map and podman's nomap (4.3 to 6.1).
const OF_IDS: [&str; 6] =
    ["chown to 65535: Invalid argument", "uid_map", "gid_map", "setgroups", "additional UIDs", "insufficient UIDs"];
const OF_DISK: [&str; 3] = ["no space left on device", "No space left on device", "disk quota exceeded"];

/// Returns what was seen, in the order in which one thing needs the other. `service` is whether one was to be tried.
pub(super) fn findings(seen: &Inside, service: bool, of: &Of, container: &str) -> Vec<Finding> {
    let fix = |id: &str| fix(id, container);
    let bad = |id: &'static str, found: String| of.finding(id, false, found, fix(id));
    let words = |part: &str| seen.part(part).lines.join(" ");
    if !seen.part("podman").ok() {
        let silent = format!("the nested podman does not answer: {}", words("podman"));
        // Without room it does not start (5.4.2).
        return vec![match seen.disks().into_iter().find(|(_, disk)| disk.is_short()) {
            Some((_, disk)) => bad("disk", format!("the jobs' disk is full, {}: {silent}", disk.words())),
            None => bad("podman", silent),
        }];
    }
    let mut findings = vec![of.finding("podman", true, "the nested podman answers", "")];
    let (failed, said) = STEPS
        .iter()
        .find(|step| seen.has(step) && !seen.part(step).ok())
        .map_or((None, String::new()), |step| (Some(*step), words(step)));
    let has = |list: &[&str]| list.iter().any(|one| said.contains(one));
    let blamed = failed.map(|step| match step {
        _ if has(&OF_DISK) => "disk",
        _ if has(&OF_IDS) => "ids",
        "network" => "network",
        "start" if seen.part("alone").ok() => "network",
        "serve" | "ask" | "service" => "service",
        _ => "job",
    });
    let because = |id: &str| if blamed == Some(id) { format!(": {said}") } else { String::new() };
    let ids = mapped(&seen.part("ids").text());
    if ids < NEEDED || blamed == Some("ids") {
        findings.push(bad("ids", format!("{ids} subordinate IDs, and jobs need {NEEDED}{}", because("ids"))));
    } else {
        findings.push(of.finding("ids", true, format!("{ids} subordinate IDs"), ""));
    }
    for (_, disk) in seen.disks() {
        if disk.is_short() || blamed == Some("disk") {
            findings.push(bad("disk", format!("the jobs' disk is full, {}{}", disk.words(), because("disk"))));
        } else {
            findings.push(of.finding("disk", true, disk.words(), ""));
        }
    }
    let ran = seen.part("job").ok();
    match blamed {
        Some("network") => findings.push(bad("network", format!("no job gets a network{}", because("network")))),
        Some("job") => findings.push(bad("job", format!("a job does not run{}", because("job")))),
        _ if ran => {
            let without = if service { "" } else { "; without a service, since jobs have no network of their own" };
            findings.push(of.finding("job", true, format!("a job ran, and gave a file to ID 65535{without}"), ""));
        }
        _ => {}
    }
    match blamed {
        Some("service") => {
            findings.push(bad("service", format!("a job does not reach its service{}", because("service"))))
        }
        None if service => findings.push(of.finding("service", true, "a job reached its service by name", "")),
        _ => {}
    }
    findings
}

/// What to do about each.
fn fix(id: &str, container: &str) -> String {
    let typed = |verb: &str| typed(verb, container);
    match id {
        "podman" => format!("`{}` starts it again; `{}` has its own words.", typed("restart"), typed("logs")),
        "ids" => "`pipglr setup` adds them (step 2); root is needed for it.".into(),
        "disk" => format!("`{}` makes room; `{}` shows where it went.", typed("volumes prune"), typed("volumes show")),
        "network" | "service" => {
            format!(
                "`{}` makes the networks anew; `{}` knows more of what the log says.",
                typed("restart"),
                typed("doctor")
            )
        }
        _ => format!("`{}` knows more of what the log says.", typed("doctor")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "ids 0 1000 1\nids 1 100000 65539\nroom ext4 100000000000 5 90000000000 40 30 /store\npodman OK\nimage {}\n\
                        network {}\nstart {}\njob \nserve {}\nask {}\nservice ";

    /// What is wrong, after the steps up to this one, which ended so.
    fn wrong(up_to: &str, then: &str) -> Vec<(&'static str, String)> {
        let before = GOOD.find(up_to).map_or(GOOD, |at| &GOOD[..at]);
        let seen = Inside::read(before.lines().chain(then.lines()));
        let found = findings(&seen, true, &Of::default(), "pipglr");
        assert!(found.iter().all(|finding| finding.ok == finding.fix.is_empty()), "{found:?}");
        found.into_iter().filter(|finding| !finding.ok).map(|finding| (finding.id, finding.found)).collect()
    }

    #[test]
    fn where_all_goes_well_everything_is_said_to_be_well() {
        assert_eq!(wrong("none", ""), []);
        let found = findings(&Inside::read(GOOD.lines()), true, &Of::default(), "pipglr");
        let ids: Vec<_> = found.iter().map(|finding| finding.id).collect();
        assert_eq!(ids, ["podman", "ids", "disk", "job", "service"]);
    }

    #[test]
    fn what_is_to_blame_is_named_and_nothing_else() {
        for (up_to, then, id, words) in [
            ("podman", "podman!1 curl: (7) Failed to connect", "podman", "does not answer: curl: (7)"),
            ("image", "image!1 writing blob: no space left on device", "disk", "no space left"),
            ("job", "job!28 /pipglr: No space left on device", "disk", "No space left"),
            ("network", "network!1 unable to find network driver", "network", "unable to find"),
            ("start", "start!1 aardvark-dns failed to start\nalone ", "network", "aardvark-dns failed"),
            ("start", "start!1 crun: no such device\nalone!1 crun: no such device", "job", "no such device"),
            ("start", "start!1 newuidmap: write to uid_map failed\nalone!1 x", "ids", "write to uid_map"),
            ("job", "job!22 chown to 65535: Invalid argument", "ids", "Invalid argument"),
            ("service", "service!110 its name is not known", "service", "its name is not known"),
        ] {
            let wrong = wrong(up_to, then);
            assert!(wrong.len() == 1 && wrong[0].0 == id && wrong[0].1.contains(words), "{then}: {wrong:?}");
        }
    }

    #[test]
    fn where_podman_does_not_start_for_lack_of_room_the_disk_is_named() {
        let text = "ids 0 1000 1\nroom ext4 100000000000 5 5 40 30 /store\npodman!56 reset by peer";
        let found = findings(&Inside::read(text.lines()), true, &Of::default(), "pipglr");
        assert!(found.len() == 1 && found[0].id == "disk" && found[0].found.contains("reset by peer"), "{found:?}");
    }

    #[test]
    fn too_few_ids_and_a_disk_that_is_nearly_full_are_named_before_a_job_fails_for_them() {
        let few = GOOD.replace("65539", "65536");
        let short = GOOD.replace("90000000000", "5");
        for (text, id) in [(few, "ids"), (short, "disk")] {
            let found = findings(&Inside::read(text.lines()), true, &Of::default(), "box");
            let wrong: Vec<_> = found.iter().filter(|finding| !finding.ok).map(|finding| finding.id).collect();
            assert_eq!(wrong, [id]);
        }
    }
}
