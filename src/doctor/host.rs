//! The host and the container's log together.

use super::finding::{Diagnosis, Finding};
use super::reading::{Reading, Time};
use super::scan::{Over, Story, Told};
use crate::host::Watch;
use crate::ladder::RungId;
use crate::logs::feed::Options;
use crate::logs::{Item, Sink, stream};
use crate::preflight::{self, Check};
use crate::problem::{Problem, Result};
use crate::status::advice::Advice;
use crate::status::{self, Memory, Status, StatusRung};
use crate::steps::{Setup, Step};
use crate::symptoms::catalogue::catalogue;
use crate::symptoms::{Remedy, Severity};
use jiff::Timestamp;

/// Looks at everything.
///
/// # Errors
/// podman fails in a way that the checks do not explain, or the watcher stopped it.
pub fn examine(setup: &Setup, watch: &dyn Watch) -> Result<Diagnosis> {
    let checks = preflight::check_host(setup).checks;
    // Missing it may be to be installed (fixable), broken it is blocked.
    let in_the_way = [preflight::Status::Blocked, preflight::Status::Fixable];
    let no_podman = checks.iter().any(|check| check.id == "podman" && in_the_way.contains(&check.status));
    if no_podman {
        return Ok(Diagnosis { findings: of_checks(&checks), runs: false }.sorted());
    }
    let status = status::gather(&setup.target, &mut Memory::default(), watch)?;
    let told = log(setup, &status, watch)?.tell(Some(Time::of(Timestamp::now())));
    Ok(together(&checks, &status, &told))
}

/// Reads the container's log, where there is a container.
fn log(setup: &Setup, status: &Status, watch: &dyn Watch) -> Result<Story> {
    let mut listener = Listener { story: Story::default(), watch };
    // Where podman could not be asked for want of room, it has no log, either.
    if !["missing", "unknown"].contains(&&*status.container.state) {
        stream::run(&*setup.target.host, &setup.target.name, &Options::default(), &mut listener)?;
    }
    if watch.stopped() {
        return Err(Problem::interrupted());
    }
    Ok(listener.story)
}

/// Tells the log to the story.
struct Listener<'a> {
    story: Story,
    watch: &'a dyn Watch,
}

impl Sink for Listener<'_> {
    fn item(&mut self, item: Item) {
        if let Item::Line(line) = item {
            self.story.line(Reading::of(&line, line.time));
        }
    }

    fn stopped(&self) -> bool {
        self.watch.stopped()
    }
}

/// Puts together what each says.
fn together(checks: &[Check], status: &Status, told: &Told) -> Diagnosis {
    let enough_ids = status.rungs.iter().any(|rung| rung.id == "id_ranges" && rung.ok == Some(true));
    let mut findings: Vec<Finding> = told
        .seen
        .iter()
        .map(|seen| {
            let finding = Finding::of_log(seen);
            // By the host's own figures, where it has some: a job can say anything.
            let told_otherwise = || !status.disks.is_empty() && status.short().is_none();
            if finding.past.is_none() && catalogue().all()[seen.symptom].room && told_otherwise() {
                return finding.over(Over::Room);
            }
            let started_since = told.booted.is_some_and(|line| line > seen.last);
            let fixed = finding.step == Some(Remedy::IdRanges.id()) && enough_ids && started_since;
            if fixed { finding.over(Over::Fixed) } else { finding }
        })
        .collect();
    let set_up = status.container.state != "missing";
    // What runs has its image; and whether its server answers is what the ladder asks, of the configuration's own.
    let full = status.short().is_some();
    // That limits of jobs do not hold here is no cause of what is wrong.
    let limits = |f: &Finding| f.id == "cgroups" && f.severity == Severity::Warning;
    let unneeded = |f: &Finding| {
        (full && f.id == "disk") || set_up && (f.remedy == Some(Remedy::ImageBuild) || f.id == "gitlab") || limits(f)
    };
    let (warnings, failed): (Vec<_>, Vec<_>) = of_checks(checks)
        .into_iter()
        .filter(|finding| !unneeded(finding))
        .partition(|finding| finding.severity == Severity::Warning);
    for check in failed {
        let ids = |f: &Finding| f.past.is_none() && f.remedy == Some(Remedy::IdRanges);
        match findings.iter_mut().find(|finding| ids(finding) && ids(&check)) {
            // The log says what comes of it, the host by which command it is fixed.
            Some(finding) => {
                finding.cause.push_str(&format!(" On this host: {}.", check.text));
                finding.fix = check.fix;
            }
            None => findings.push(check),
        }
    }
    // What the log says of the configuration is of the one that the container has.
    let older = status.rungs.iter().any(|rung| rung.id == "config" && rung.ok == Some(false));
    for finding in findings.iter_mut().filter(|f| older && f.past.is_none() && f.remedy == Some(Remedy::Edit)) {
        finding.fix.push_str(" The secret was changed since: if that was it, recreate the container (step 6).");
    }
    let rungs = status.rungs.iter().filter(|rung| rung.ok == Some(false));
    for rung in rungs {
        let explained = findings.iter().any(|finding| finding.past.is_none() && explains(finding, &rung.id));
        if !explained && let Some(finding) = of_rung(rung) {
            findings.push(finding);
        }
    }
    // Nothing that needs the container can be looked at where it is not made.
    if !set_up && findings.iter().any(|f| f.id == "container") {
        findings.retain(|f| !["secret", "volumes"].contains(&f.id.as_str()));
    }
    // A check's warning is something to know where something is wrong, and nothing that is wrong by itself.
    if findings.iter().any(|finding| finding.past.is_none()) {
        findings.extend(warnings);
    }
    Diagnosis { findings, runs: status.container.state == "running" }.sorted()
}

/// Whether the log has the reason for a rung that does not hold: one of the same rung, or of a later one (what the
/// lower shows, the higher suffers from).
fn explains(finding: &Finding, rung: &str) -> bool {
    let height = |id: &str| RungId::ALL.iter().position(|rung| rung.id() == id);
    match (finding.rung.as_deref().and_then(height), height(rung)) {
        (Some(its), Some(this)) => finding.severity == Severity::Error && its >= this,
        _ => false,
    }
}

/// The checks that failed; those that the same commands repair are one.
fn of_checks(checks: &[Check]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = vec![];
    for finding in checks.iter().filter_map(of_check) {
        let same = |other: &&mut Finding| other.step == finding.step && other.fix == finding.fix;
        match findings.iter_mut().find(same) {
            Some(other) => other.text.push_str(&format!("; {}", finding.text)),
            None => findings.push(finding),
        }
    }
    findings
}

fn of_check(check: &Check) -> Option<Finding> {
    use preflight::Status::{Blocked, Fixable, Ok, Warning};
    let severity = match check.status {
        Ok => return None,
        Fixable | Blocked => Severity::Error,
        Warning => Severity::Warning,
    };
    let remedy = match check.step {
        Some(Step::Persistent) => Remedy::Persistent,
        Some(Step::IdRanges) => Remedy::IdRanges,
        Some(Step::Image) => Remedy::ImageBuild,
        Some(Step::Registration) => Remedy::Registration,
        Some(Step::Configuration) => Remedy::Configuration,
        Some(Step::Volumes) => Remedy::Volumes,
        Some(Step::Startup) => Remedy::Startup,
        None if check.id == "image" => Remedy::ImageBuild,
        None => Remedy::Host,
    };
    let needed = if check.needed.is_empty() { String::new() } else { format!(" (needed: {})", check.needed) };
    Some(Finding {
        id: check.id.clone(),
        text: format!("{}: {}{needed}", check.id, check.found),
        cause: check.why.clone(),
        fix: if check.fix.is_empty() { check.why.clone() } else { check.fix.join(" && ") },
        severity,
        ..of_host(remedy)
    })
}

/// A rung that does not hold. Linger and the ID ranges are among the checks.
fn of_rung(rung: &StatusRung) -> Option<Finding> {
    let Advice { remedy, cause, fix } =
        rung.advice.clone().filter(|_| !["linger", "id_ranges"].contains(&&*rung.id))?;
    Some(Finding { id: rung.id.clone(), text: rung.detail.clone(), cause, fix, ..of_host(remedy) })
}

fn of_host(remedy: Remedy) -> Finding {
    Finding {
        id: String::new(),
        line: None,
        text: String::new(),
        cause: String::new(),
        fix: String::new(),
        step: Some(remedy.id()),
        source: "host",
        doc: String::new(),
        remedy: Some(remedy),
        severity: Severity::Error,
        past: None,
        rung: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake_host::Recorded;
    use crate::host::Disk;
    use crate::source::Source;
    use crate::status::StatusDisk;

    const SAID: &str = "ERROR: Failed to pull image: reference \"x/no space left on device\" is invalid";

    fn examined(free: u64) -> Diagnosis {
        let mut story = Story::default();
        story.line(Reading { source: Some(Source::Runner), text: SAID, time: None, job: false });
        let disk = Disk { bytes: 100 << 30, free, inodes: 0, inodes_free: 0, in_memory: false };
        let mut status = Status::default();
        status.room(vec![StatusDisk::new("host", "/home/johndoe/s".into(), disk)], vec![]);
        status.advise("pipglr");
        together(&Recorded::debian().free(free).checks(), &status, &story.tell(None))
    }

    #[test]
    fn a_full_disk_is_believed_by_the_hosts_own_figures_and_comes_first() {
        let full = examined(4096);
        assert_eq!((&*full.findings[0].id, full.findings[0].past.is_none()), ("room", true));
        assert!(full.findings[0].fix.contains("pipglr setup --recreate-volumes"), "{:?}", full.findings[0]);
        assert!(!full.findings.iter().any(|finding| finding.id == "disk"), "once is enough: {full:?}");
        assert!(full.findings.iter().any(|finding| finding.id == "disk-full" && finding.past.is_none()));

        let room = examined(50 << 30);
        let said = room.findings.iter().find(|finding| finding.id == "disk-full").unwrap();
        assert!(said.past.as_deref().unwrap().contains("a job may have said it"), "{said:?}");
        assert!(!room.findings.iter().any(|finding| finding.id == "room"));
    }

    #[test]
    fn of_a_log_alone_it_is_said_that_a_job_may_have_said_it() {
        let mut story = Story::default();
        story.line(Reading { source: Some(Source::Runner), text: SAID, time: None, job: false });
        let found = Diagnosis::of_log(&story.tell(None)).findings;
        assert!(found[0].cause.contains("a job can say it"), "{found:?}");
    }
}
