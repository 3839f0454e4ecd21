//! The health ladder: is the container up, and does GitLab hear from the runner?
//!
//! `podman ps` says Up also while gitlab-runner restarts for ever on a bad configuration (logs/FACTS.md), so each
//! rung asks the thing itself.

mod climb;
mod inside;

use crate::container::pausing;
use crate::host::{Cmd, Finished, Watch, ask, podman};
use crate::logs::line;
use crate::problem::{Kind, Problem, Result};
use crate::source::Source;
use crate::symptoms::Severity;
use crate::symptoms::catalogue::catalogue;
use crate::target::Target;
use crate::text::plural::count;
use crate::text::sanitize::sanitize;
pub use climb::Climbed;
use inside::{ANSWER, TOUCH_NETWORK};
pub use inside::{Inside, PART};
use std::collections::BTreeSet;
use std::time::Duration;

/// The rungs of a running container, from the ground up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RungId {
    /// The container runs.
    Container,
    /// systemd in it has started everything.
    Systemd,
    /// The nested podman answers on its socket.
    Podman,
    /// gitlab-runner runs, and has not just been restarted.
    Runner,
    /// GitLab accepts every runner's token.
    Gitlab,
    /// gitlab-runner has asked for a job and GitLab has answered.
    Poll,
}

impl RungId {
    /// All, from the ground up.
    pub const ALL: [Self; 6] = [Self::Container, Self::Systemd, Self::Podman, Self::Runner, Self::Gitlab, Self::Poll];

    /// Returns its name in JSON.
    pub fn id(self) -> &'static str {
        match self {
            Self::Container => "container",
            Self::Systemd => "systemd",
            Self::Podman => "podman",
            Self::Runner => "runner",
            Self::Gitlab => "gitlab",
            Self::Poll => "poll",
        }
    }

    /// Returns its name on the screen.
    pub fn title(self) -> &'static str {
        match self {
            Self::Container => "container running",
            Self::Systemd => "systemd up",
            Self::Podman => "nested podman answers",
            Self::Runner => "gitlab-runner up",
            Self::Gitlab => "GitLab accepts the runner",
            Self::Poll => "first poll seen",
        }
    }

    /// How long it may take after a start. A boot took 0.25 s and the first poll 0.25 s more (logs/FACTS.md); the
    /// rest is for slow disks and slow servers.
    fn patience(self) -> Duration {
        Duration::from_secs(match self {
            Self::Container => 15,
            Self::Systemd => 60,
            Self::Podman => 45,
            Self::Runner => 20,
            Self::Gitlab => 30,
            Self::Poll => 60,
        })
    }

    fn source(self) -> Source {
        match self {
            Self::Container | Self::Systemd => Source::Systemd,
            Self::Podman => Source::Podman,
            Self::Runner | Self::Gitlab | Self::Poll => Source::Runner,
        }
    }
}

/// One rung, looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rung {
    /// Which.
    pub id: RungId,
    /// Whether it holds; `None` while it is not known (an earlier one does not, or it is still being waited for).
    pub ok: Option<bool>,
    /// What was seen.
    pub detail: String,
    /// Where it does not hold: the lines of the container's log that say why.
    pub said: Vec<String>,
    /// Whether it is meant not to hold: the runner is paused.
    pub rests: bool,
}

impl Rung {
    /// Whether it holds; `None` also where it is meant not to.
    pub fn stands(&self) -> Option<bool> {
        self.ok.filter(|_| !self.rests)
    }
}

/// What one look at a rung gave.
enum Look {
    Holds(String),
    NotYet(String),
    /// Waiting cannot help.
    Fails(String),
    /// It is meant not to hold: the log has no reason for it.
    Rests(String),
}
use Look::{Fails, Holds, NotYet};

/// How often a container that does not run yet is looked at again, and one that lets nothing in.
const PAUSE: Duration = Duration::from_millis(250);

/// Climbs until a rung fails, telling each change to `tell`. With `wait`, each rung has time to come; without, each
/// is looked at once. The rungs above one that fails have `ok: None`.
///
/// # Errors
/// podman cannot be run, or the watcher stopped it.
pub fn climb(target: &Target, wait: bool, tell: &mut dyn FnMut(&Rung), watch: &dyn Watch) -> Result<Vec<Rung>> {
    climb::climb(target, Some(Dear::default()), wait, None, tell, watch).map(|climbed| climbed.rungs)
}

/// Climbs with each rung waited for, but no longer than this in all, unless the watcher is patient.
///
/// # Errors
/// As [`climb`].
pub fn climb_within(
    target: &Target,
    time: Duration,
    tell: &mut dyn FnMut(&Rung),
    watch: &dyn Watch,
) -> Result<Vec<Rung>> {
    climb::climb(target, Some(Dear::default()), true, Some(time), tell, watch).map(|climbed| climbed.rungs)
}

/// What is dear to learn, where it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dear {
    /// What GitLab says of the runners.
    pub verified: Option<Finished>,
    /// What the nested podman says of a network for a job.
    pub network: Option<Finished>,
}

/// Looks at each rung once. What is `known` is not asked; `None`: nothing is, not even whether there is a container, and
/// it is looked into it before that is answered.
///
/// # Errors
/// As [`climb`].
pub fn look_once(target: &Target, known: Option<Dear>, watch: &dyn Watch) -> Result<Climbed> {
    climb::climb(target, known, false, None, &mut |_| {}, watch)
}

/// Returns the first rung that does not hold, as a problem; a paused runner is none where all below it holds.
pub fn problem(target: &Target, rungs: &[Rung]) -> Option<Problem> {
    let rung = rungs.iter().find(|rung| rung.ok == Some(false))?;
    if rung.id == RungId::Runner && pausing::since(&*target.host, &target.name).is_some() {
        return None;
    }
    let advice = format!("`podman logs {}` has all of it; `pipglr status` looks again.", target.name);
    let what = format!("The runner is not up: \"{}\" does not hold ({}).", rung.id.title(), rung.detail);
    Some(Problem::new(what, advice).said(rung.said.clone()))
}

/// The configuration that gitlab-runner works with: a private copy of the secret.
const CONFIG: &str = "/run/gitlab-runner/config.toml";
/// A restart this recent may be one of many.
const SETTLED: Duration = Duration::from_secs(2);

/// How the container itself stands.
fn container(target: &Target) -> Result<Look> {
    Ok(match podman::container(&*target.host, &target.name)? {
        None => Fails("there is no such container".into()),
        Some(container) if container.running() => Holds(format!("since {}", seconds(&container.started_at))),
        // Of the others the code is that of an end before.
        Some(container) if ["exited", "stopped"].contains(&container.state.as_str()) => {
            NotYet(format!("{}, exit code {}", container.state, container.exit_code))
        }
        Some(container) => NotYet(container.state),
    })
}

/// How a rung stands, as it was seen in the container.
fn inside(id: RungId, inside: &Inside) -> Look {
    match id {
        RungId::Systemd => match inside.part("systemd").text().as_str() {
            "running" => Holds("running".into()),
            "degraded" => Fails(format!("degraded: {}", failed_units(&inside.part("failed").text()))),
            other => NotYet(other.lines().last().unwrap_or("no answer").into()),
        },
        // Nothing comes of waiting for it.
        RungId::Runner
            if inside.part("paused").ok() && !inside.part("runner").text().contains("ActiveState=active") =>
        {
            Look::Rests(format!("paused since {}", inside.part("paused").text().trim()))
        }
        RungId::Runner => runner(&inside.part("runner").text(), &inside.part("uptime").text()),
        RungId::Poll => polled(&inside.part("polls")),
        RungId::Container | RungId::Podman | RungId::Gitlab => NotYet(String::new()), // there is more to these
    }
}

/// How the nested podman stands, where it was asked for a network.
fn nested(inside: &Inside, network: Option<&Finished>) -> Option<Look> {
    Some(match (inside.podman(), network) {
        (Err(done), _) => NotYet(last(&done)),
        (Ok(_), None) => return None,
        (Ok(version), Some(touched)) if !makes_networks(touched) => {
            NotYet(format!("{version}, but no job gets a network: {}", last(touched)))
        }
        (Ok(version), Some(_)) => Holds(version),
    })
}

/// How often, as systemd counts it.
fn times(count: &str) -> String {
    if count == "1" { "once".into() } else { format!("{count} times") }
}

/// `properties` is `systemctl show`'s answer; `uptime` is /proc/uptime, the clock it counts by.
fn runner(properties: &str, uptime: &str) -> Look {
    let property =
        |name: &str| properties.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('=')).unwrap_or_default();
    let state = format!("{} ({})", property("ActiveState"), property("SubState"));
    let restarts = property("NRestarts");
    if property("ActiveState") != "active" {
        return NotYet(if restarts == "0" { state } else { format!("{state}, restarted {}", times(restarts)) });
    }
    let entered = property("ActiveEnterTimestampMonotonic").parse().map(Duration::from_micros).unwrap_or_default();
    let now =
        uptime.split_whitespace().next().and_then(|s| s.parse().ok()).map(Duration::from_secs_f64).unwrap_or_default();
    if restarts != "0" && now.saturating_sub(entered) < SETTLED {
        return NotYet(format!("restarted {}, the last just now", times(restarts)));
    }
    Holds(state)
}

/// `gitlab-runner verify` says a line for each runner; its exit code says nothing of a refused one.
fn verified(done: &Finished) -> Look {
    let lines = || done.lines.iter().filter(|line| line.contains("Verifying runner"));
    let bad: Vec<_> = lines().filter(|line| !is_verified(line)).cloned().collect();
    match (lines().count(), bad.as_slice()) {
        (0, _) => NotYet(last(done)),
        (n, []) => Holds(count(n, "runner")),
        (_, [first, ..]) => NotYet(squeeze(first)),
    }
}

/// Whether a line of `gitlab-runner verify` says that GitLab knows the runner: "is valid" (17), "is alive" (before).
fn is_verified(line: &str) -> bool {
    line.contains("is valid") || line.contains("is alive")
}

/// Asks GitLab about every runner of the configuration.
fn verify(target: &Target, watch: &dyn Watch) -> Result<Finished> {
    exec(target, &["gitlab-runner", "verify", "--config", CONFIG], watch)
}

/// Has the nested podman make a network and a container in it, as each job does, and remove both.
fn touch_network(target: &Target, watch: &dyn Watch) -> Result<Finished> {
    exec(target, &[TOUCH_NETWORK], watch)
}

/// Runs it in the container, as gitlab-runner's user. What does not answer in time does not hold.
fn exec(target: &Target, words: &[&str], watch: &dyn Watch) -> Result<Finished> {
    let cmd = podman::exec(&target.name, Some("runner"), words).timeout(Some(ANSWER));
    match target.host.run(&cmd.query(), None, watch) {
        Err(problem) if problem.kind == Kind::TimedOut => {
            Ok(Finished { code: -1, stdout: vec![], lines: vec![problem.what] })
        }
        other => other,
    }
}

/// Returns whether the nested podman can give a job a network, as it was answered. An image from before has no such
/// program (podman's exit codes 126 and 127): there it is taken for granted.
pub fn makes_networks(done: &Finished) -> bool {
    done.ok() || [126, 127].contains(&done.code)
}

/// Returns gitlab-runner's version, which it says before each answer: `Runtime platform … version=19.4.0`.
pub fn runner_version(done: &Finished) -> Option<String> {
    // It colours its fields, also where there is no terminal.
    let line = sanitize(done.lines.iter().find(|line| line.contains("Runtime platform"))?);
    let version = line.split_whitespace().find_map(|word| word.strip_prefix("version="))?;
    version.starts_with(|c: char| c.is_ascii_digit()).then(|| version.to_owned())
}

/// Returns whether GitLab accepts every runner, as it was answered.
pub fn accepts(done: &Finished) -> bool {
    matches!(verified(done), Holds(_))
}

/// Reads GitLab's answer: each runner's shortened token, and whether it is known. Runners about which nothing
/// could be learnt (the server does not answer) are left out.
pub fn known(done: &Finished) -> Vec<(String, bool)> {
    let about = |line: &str| {
        let short = sanitize(line).split_once(" runner=")?.1.split_whitespace().next()?.to_owned();
        let known = if is_verified(line) {
            true
        } else if line.contains("is not valid") || line.contains("is removed") {
            false
        } else {
            return None;
        };
        Some((short, known))
    };
    done.lines.iter().filter(|line| line.contains("Verifying runner")).filter_map(|line| about(line)).collect()
}

/// Whether GitLab has answered the request of every runner, which it does where it accepts their tokens: then it need not
/// be asked. gitlab-runner counts since it was started: of a text that it was handed since, nobody says how many runners it has.
fn heard(seen: &Inside) -> Option<Look> {
    let runners = seen.part("runners").text().parse().ok().filter(|runners| *runners > 0)?;
    let polls = seen.part("polls").text();
    let of = |first: fn(&str) -> bool| -> BTreeSet<&str> {
        let lines = polls.lines().filter(|line| first(line));
        lines.filter_map(|line| line.split(' ').nth(2)).collect()
    };
    let (accepted, refused) = (of(|line| line.starts_with('2')), of(|line| line.starts_with("403")));
    (accepted.len() == runners && refused.is_empty()).then(|| Holds(count(runners, "runner")))
}

/// The image's `polls` script: a line `STATUS COUNT RUNNER` for each kind of answer that a runner's requests got.
fn polled(done: &Finished) -> Look {
    if !done.ok() {
        return NotYet(last(done));
    }
    let text = done.text();
    let statuses: Vec<(&str, &str)> = text
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(status, rest)| (status, rest.split(' ').next().unwrap_or_default()))
        .collect();
    match (statuses.iter().find(|(status, _)| status.starts_with('2')), statuses.first()) {
        (Some((_, "1")), _) => Holds("GitLab answered once".into()),
        (Some((_, count)), _) => Holds(format!("GitLab answered {count} times")),
        (None, Some(("-1", _))) => NotYet("GitLab cannot be reached".into()),
        (None, Some((status, _))) => NotYet(format!("GitLab answers {status}")),
        (None, None) => NotYet("not yet".into()),
    }
}

fn failed_units(list: &str) -> String {
    list.lines().filter_map(|line| line.split_whitespace().next()).collect::<Vec<_>>().join(", ")
}

fn last(done: &Finished) -> String {
    done.lines
        .iter()
        .rev()
        .find(|line| !line.trim().is_empty())
        .map_or_else(|| format!("exit code {}", done.code), |line| squeeze(line))
}

/// gitlab-runner pads its messages to 50 columns.
fn squeeze(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// RFC 3339 to the second.
fn seconds(time: &str) -> String {
    time.parse::<jiff::Timestamp>().map_or_else(|_| time.to_owned(), |time| format!("{time:.0}"))
}

/// The last lines of the container's log that complain, from the program in question, else from any.
fn reasons(target: &Target, source: Source) -> Vec<String> {
    let cmd = Cmd::podman(["logs", "--tail", "300", &target.name]);
    let Ok(done) = ask(&*target.host, &cmd) else { return vec![] };
    let complaints: Vec<_> = done
        .lines
        .iter()
        .map(|text| (line::parse(text).source, text))
        .filter(|(from, text)| complains(*from, text))
        .collect();
    // What ended gitlab-runner says systemd, and not itself.
    let of_unit = |text: &str| source == Source::Runner && text.contains("runner.service: ");
    let own: Vec<_> = complaints.iter().filter(|(from, text)| *from == source || of_unit(text)).collect();
    let chosen = if own.is_empty() { complaints.iter().collect() } else { own };
    let mut lines: Vec<String> = chosen.into_iter().map(|(_, text)| squeeze(text)).collect();
    lines.drain(..lines.len().saturating_sub(5));
    lines
}

/// Whether a line complains of something that the doctor does not know to be harmless.
fn complains(from: Source, line: &str) -> bool {
    let harmless = || catalogue().find(Some(from), line).is_some_and(|symptom| symptom.severity == Severity::Noise);
    ["ERROR", "FATAL", "PANIC", "level=error", "level=fatal", "Error:", "Failed", "failed"]
        .iter()
        .any(|word| line.contains(word))
        && !harmless()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(code: i32, lines: &[&str]) -> Finished {
        Finished { code, stdout: lines.join("\n").into_bytes(), lines: lines.iter().map(|l| (*l).to_owned()).collect() }
    }

    fn holds(look: &Look) -> bool {
        matches!(look, Holds(_))
    }

    #[test]
    fn a_runner_that_was_just_restarted_does_not_hold() {
        let show = |state: &str, restarts: u32, entered: u64| {
            format!(
                "ActiveState={state}\nSubState=running\nNRestarts={restarts}\nActiveEnterTimestampMonotonic={entered}\n"
            )
        };
        assert!(holds(&runner(&show("active", 0, 9_900_000), "10.0 5.0")));
        assert!(holds(&runner(&show("active", 3, 5_000_000), "10.0 5.0")));
        assert!(!holds(&runner(&show("active", 3, 9_900_000), "10.0 5.0")));
        assert!(!holds(&runner(&show("activating", 0, 0), "10.0 5.0")));
        assert!(!holds(&runner("", "")));
    }

    #[test]
    fn every_runner_must_be_verified() {
        let good = "Verifying runner... is valid                        runner=t1_abcdef";
        assert!(holds(&verified(&said(0, &["Runtime platform", good]))));
        assert!(!holds(&verified(&said(0, &[good, "ERROR: Verifying runner... is not valid   runner=xyz"]))));
        assert!(!holds(&verified(&said(1, &["FATAL: no"]))));
    }

    #[test]
    fn gitlab_accepts_a_runner_whose_request_it_answered_and_all_of_them_count() {
        let seen = |runners: &str, polls: &[&str]| {
            let polls = polls.iter().map(|line| format!("polls {line}"));
            let lines: Vec<_> = [format!("runners {runners}")].into_iter().chain(polls).collect();
            heard(&Inside::read(lines.iter().map(String::as_str))).is_some()
        };
        assert!(seen("1", &["204 1 t1_abcdef"]) && seen("2", &["204 1 a", "201 1 a", "204 3 b", "500 1 b"]));
        assert!(!seen("2", &["204 1 a", "201 1 a"]), "one of two");
        assert!(!seen("1", &["204 7 a", "403 1 a"]), "not any more");
        assert!(!seen("1", &["500 1 a"]) && !seen("1", &[]) && !seen("0", &[]) && !seen("grep: no", &["204 1 a"]));
    }

    #[test]
    fn each_runner_of_an_answer_is_told_in_both_ages_words() {
        let old = "Verifying runner... is valid                        \u{1b}[0;m  runner\u{1b}[0;m=t1_abcdef";
        let new =
            "Verifying runner... is not valid  correlation_id=5 runner=abcdefghi runner_name=a b status=403 Forbidden";
        let answer = said(0, &["Runtime platform   arch=amd64 version\u{1b}[0;m=19.4.0", old, new]);
        assert_eq!(known(&answer), [("t1_abcdef".to_owned(), true), ("abcdefghi".to_owned(), false)]);
        assert_eq!(runner_version(&answer).as_deref(), Some("19.4.0"));
    }

    #[test]
    fn a_poll_is_an_answer_of_the_200s() {
        assert!(holds(&polled(&said(0, &["403 1 old", "204 7 t1_abcdef"]))));
        assert!(!holds(&polled(&said(0, &["403 3 t1_abcdef"]))));
        assert!(!holds(&polled(&said(0, &[]))));
        // A request that reached nobody is counted, too (gitlab-runner 17.5.5).
        assert!(matches!(polled(&said(0, &["-1 8 t1_abcdef"])), NotYet(why) if why == "GitLab cannot be reached"));
        assert!(!holds(&polled(&said(1, &["the metrics cannot be reached"]))));
    }
}
