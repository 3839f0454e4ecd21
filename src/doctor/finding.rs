//! What the doctor says: findings in the order in which to look at them.

use super::scan::{Over, Seen, Told};
use crate::source::Source;
use crate::status::ROOM;
use crate::symptoms::catalogue::catalogue;
use crate::symptoms::{Event, Remedy, Severity, Symptom};
use crate::text::mask::mask;
use serde::Serialize;

/// One thing that is wrong, or was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Finding {
    /// The symptom's name, or that of what was looked at on the host.
    pub id: String,
    /// The line of the log that says it first, counted from 1; `null` where the host says it.
    pub line: Option<usize>,
    /// What that line says, sanitised, tokens masked; or what was found on the host.
    pub text: String,
    /// Why. Begins with `Past: ` where it is over.
    pub cause: String,
    /// What to do.
    pub fix: String,
    /// What does it: `1` to `6`, a verb, `restart`, `host`, `gitlab` or `job`; `null` where it is over.
    pub step: Option<&'static str>,
    /// `systemd`, `podman`, `runner`, `host`, or `any` where the line does not show it.
    pub source: &'static str,
    /// What does it, typed.
    #[serde(skip)]
    pub remedy: Option<Remedy>,
    /// Where it is documented; empty for what the host itself says.
    #[serde(skip)]
    pub doc: String,
    /// How bad it is.
    #[serde(skip)]
    pub severity: Severity,
    /// Why it is over, where it is.
    #[serde(skip)]
    pub past: Option<String>,
    /// The rung of the health ladder that it explains.
    #[serde(skip)]
    pub rung: Option<String>,
}

/// All that was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnosis {
    /// The likeliest cause first; what is over last.
    pub findings: Vec<Finding>,
    /// Whether the container runs, so that a job can be tried in it.
    pub runs: bool,
}

impl Diagnosis {
    /// Returns what a log alone says.
    pub fn of_log(told: &Told) -> Self {
        Self { findings: told.seen.iter().map(Finding::of_log).collect(), runs: false }.sorted()
    }

    /// Returns whether something is wrong now.
    pub fn found(&self) -> bool {
        self.findings.iter().any(|finding| finding.past.is_none())
    }

    /// A full disk first: what stands on it is broken or told wrong. Then errors before warnings, the log's before the
    /// host's, and all in the catalogue's order; what is over comes last.
    pub fn sorted(mut self) -> Self {
        let order = |id: &str| catalogue().place(id).unwrap_or(usize::MAX);
        self.findings.sort_by_key(|finding| {
            let full = finding.id == ROOM;
            (finding.past.is_some(), !full, finding.severity, finding.line.is_none(), order(&finding.id))
        });
        self
    }
}

/// Longest text of a line that is shown.
const TEXT: usize = 600;

impl Finding {
    /// Returns a symptom of a log.
    pub fn of_log(seen: &Seen) -> Self {
        let symptom = &catalogue().all()[seen.symptom];
        let mut cause = symptom.cause.clone();
        if !seen.jobs.is_empty() {
            let jobs: Vec<String> = seen.jobs.iter().map(u64::to_string).collect();
            cause.push_str(&format!(" It was job {}.", jobs.join(", ")));
        }
        if let Some((line, text)) = &seen.before {
            cause.push_str(&format!(" Line {line} says more: {}", show(text)));
        }
        if symptom.room {
            cause.push_str(
                " (Said in the log, where a job can say it, too; `pipglr status` has the host's own figures.)",
            );
        }
        if seen.times > 1 {
            cause.push_str(&format!(" (Said {} times, last in line {}.)", seen.times, seen.last));
        }
        let source = match seen.source {
            Some(Source::Systemd) => "systemd",
            Some(Source::Podman) => "podman",
            Some(Source::Runner) => "runner",
            Some(other) => other.word(),
            None => spoken_by(symptom),
        };
        let finding =
            Self { line: Some(seen.line), text: show(&seen.text), cause, source, ..Self::of_symptom(symptom, "") };
        match seen.over {
            None => finding,
            Some(over) => finding.over(over),
        }
    }

    /// Returns a symptom that the host shows: `text` is what was found there.
    pub fn of_symptom(symptom: &Symptom, text: &str) -> Self {
        Self {
            id: symptom.id.clone(),
            line: None,
            text: show(text),
            cause: symptom.cause.clone(),
            fix: symptom.fix.clone(),
            step: symptom.step.map(Remedy::id),
            source: "host",
            doc: symptom.doc.clone(),
            remedy: symptom.step,
            severity: symptom.severity,
            past: None,
            rung: symptom.rung.clone(),
        }
    }

    /// Returns the same as a thing of the past.
    pub fn over(mut self, over: Over) -> Self {
        let why = match over {
            Over::Event(Event::Boot, line) => {
                format!("not said again since the container was started again (line {line})")
            }
            Over::Event(Event::Start, line) => {
                format!("gitlab-runner started again since, with a configuration that it accepts (line {line})")
            }
            Over::Event(Event::Answer, line) => format!("GitLab has given this runner a job since (line {line})"),
            Over::Event(Event::Job, line) => format!("a job has succeeded since (line {line})"),
            Over::Event(Event::Socket, line) => format!("the socket is there again (line {line})"),
            Over::Event(Event::Stop, line) => format!("the container was stopped since (line {line})"),
            Over::Event(Event::Orphans, line) => {
                format!("gitlab-runner was killed since, and its jobs too (line {line})")
            }
            Over::Time(seconds) => format!("not said again for {}", span(seconds)),
            Over::Room => {
                "there is room everywhere now, by the host's own figures (`pipglr status`); a job may have said it, \
                           or have filled what was its own"
                    .into()
            }
            Over::Fixed => "the host is as it should be now, and the container was started since".into(),
        };
        self.cause = format!("Past: {why}. {}", self.cause);
        self.past = Some(why);
        (self.step, self.remedy) = (None, None);
        self
    }
}

/// Who says it, where the line itself does not show it.
fn spoken_by(symptom: &Symptom) -> &'static str {
    use crate::symptoms::From;
    match symptom.source {
        From::Podman => "podman",
        From::Runner => "runner",
        From::Systemd => "systemd",
        From::Host => "host",
        From::Any => "any",
    }
}

/// A line as it may be shown: without the blanks that gitlab-runner pads it with, without secrets, not endless.
fn show(text: &str) -> String {
    let text = mask(&text.split_whitespace().collect::<Vec<_>>().join(" ")).into_owned();
    match text.char_indices().nth(TEXT) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

fn span(seconds: f64) -> String {
    let minutes = (seconds / 60.0) as u64;
    match minutes {
        0..=119 => format!("{minutes} min"),
        120..=2879 => format!("{} h", minutes / 60),
        _ => format!("{} days", minutes / 1440),
    }
}
