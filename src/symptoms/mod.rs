//! What goes wrong, as data: `assets/symptoms.toml`, compiled in and read once.

pub mod catalogue;
pub mod search;

use crate::names;
use crate::source::Source;
pub use catalogue::{Catalogue, catalogue};
use regex::Regex;
use serde::Deserialize;
use std::collections::BTreeMap;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Jobs fail, or none is taken.
    Error,
    /// Something is not as it should be; jobs may go on.
    Warning,
    /// The job's own doing: the runner is well.
    Job,
    /// Harmless, however it sounds.
    Noise,
}

impl Severity {
    /// Returns whether the doctor names it. Of the others the screen only says that they are nothing.
    pub fn is_finding(self) -> bool {
        self <= Self::Warning
    }
}

/// Who says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum From {
    /// systemd in the container.
    Systemd,
    /// The nested podman and its helpers.
    Podman,
    /// gitlab-runner.
    Runner,
    /// A command on the host: not in the container's log.
    Host,
    /// Any of them.
    Any,
}

impl From {
    /// Returns whether a line from there can be it. `None`: a line that does not say where it is from.
    pub fn fits(self, source: Option<Source>) -> bool {
        match (self, source) {
            (Self::Any, _) | (_, None) => true,
            (Self::Systemd, Some(source)) => source == Source::Systemd,
            (Self::Podman, Some(source)) => source == Source::Podman,
            (Self::Runner, Some(source)) => source == Source::Runner,
            (Self::Host, Some(_)) => false,
        }
    }
}

/// What does the fix: a step of the README, a verb, or who has to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Remedy {
    /// Step 1, Persistent.
    #[serde(rename = "1")]
    Persistent,
    /// Step 2, ID ranges.
    #[serde(rename = "2")]
    IdRanges,
    /// Step 3, Registration.
    #[serde(rename = "3")]
    Registration,
    /// Step 4, Configuration.
    #[serde(rename = "4")]
    Configuration,
    /// Step 5, Volumes.
    #[serde(rename = "5")]
    Volumes,
    /// Step 6, Startup.
    #[serde(rename = "6")]
    Startup,
    /// `pipglr edit`.
    #[serde(rename = "edit")]
    Edit,
    /// `pipglr setup`: several steps, or which one it finds.
    #[serde(rename = "setup")]
    Setup,
    /// `pipglr image build`, or `pull`.
    #[serde(rename = "image build")]
    ImageBuild,
    /// `pipglr setup --recreate-volumes`; `n` on step 5.
    #[serde(rename = "setup --recreate-volumes")]
    NewVolumes,
    /// `pipglr logs`: somebody has to read it.
    #[serde(rename = "logs")]
    Logs,
    /// `pipglr restart`; `s` on the home screen.
    #[serde(rename = "restart")]
    Restart,
    /// `pipglr resume`; `p` on the home screen.
    #[serde(rename = "resume")]
    Resume,
    /// An administrator, on the host.
    #[serde(rename = "host")]
    Host,
    /// In GitLab's pages, or on its server.
    #[serde(rename = "gitlab")]
    Gitlab,
    /// In the project's `.gitlab-ci.yml`, or by retrying the job.
    #[serde(rename = "job")]
    Job,
}

impl Remedy {
    /// Returns its name in JSON (`step`).
    pub fn id(self) -> &'static str {
        match self {
            Self::Persistent => "1",
            Self::IdRanges => "2",
            Self::Registration => "3",
            Self::Configuration => "4",
            Self::Volumes => "5",
            Self::Startup => "6",
            Self::Edit => "edit",
            Self::Setup => "setup",
            Self::ImageBuild => "image build",
            Self::NewVolumes => "setup --recreate-volumes",
            Self::Logs => "logs",
            Self::Restart => "restart",
            Self::Resume => "resume",
            Self::Host => "host",
            Self::Gitlab => "gitlab",
            Self::Job => "job",
        }
    }

    /// Returns what to type, or who to ask, for people. `name` is the container's.
    pub fn says(self, name: &str) -> String {
        match self {
            Self::Persistent | Self::IdRanges | Self::Registration | Self::Configuration => {
                format!("step {}: pipglr setup", self.id())
            }
            Self::Volumes | Self::Startup => format!("step {}: pipglr setup", self.id()),
            Self::Restart => names::typed("restart", name),
            Self::Resume => names::typed("resume", name),
            Self::Host => "by an administrator of this host".into(),
            Self::Gitlab => "in GitLab".into(),
            Self::Job => "in .gitlab-ci.yml, or retry the job".into(),
            verb => format!("pipglr {}", verb.id()),
        }
    }
}

/// What happens in a log, and may end a symptom or explain one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Event {
    /// The container started again.
    Boot,
    /// gitlab-runner started, with a configuration that it accepts.
    Start,
    /// GitLab gave this runner a job.
    Answer,
    /// A job succeeded.
    Job,
    /// The socket is there again.
    Socket,
    /// The container is being stopped.
    Stop,
    /// gitlab-runner ended, and jobs with it whose end nobody tells GitLab.
    Orphans,
}

/// Where the line is that says more than a symptom's own.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Reason {
    /// The last complaint of gitlab-runner, or of systemd and podman, that is no symptom itself.
    SaidBy(From),
    /// The last line that shows another symptom.
    Symptom(String),
}

/// What comes while a job runs, and takes it along.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum During {
    /// Something that happens.
    Event(Event),
    /// Another symptom.
    Symptom(String),
}

/// One symptom; what each field means is at the top of `assets/symptoms.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Symptom {
    /// Its name.
    pub id: String,
    /// Literal texts, one of which is in the line; none where only a whole log tells.
    #[serde(default)]
    pub parts: Vec<String>,
    /// What must match, too.
    #[serde(default, deserialize_with = "regex")]
    pub regex: Option<Regex>,
    /// Who says it.
    pub source: From,
    /// A job's own output shows it, too.
    #[serde(default)]
    pub job: bool,
    /// How bad it is.
    pub severity: Severity,
    /// Why it comes.
    pub cause: String,
    /// What to do.
    pub fix: String,
    /// What does it.
    #[serde(default)]
    pub step: Option<Remedy>,
    /// Where it is documented or was seen.
    pub doc: String,
    /// What shows that it is over.
    #[serde(default)]
    pub ends: Vec<Event>,
    /// What shows it, where no line of its own does.
    #[serde(default)]
    pub at: Option<Event>,
    /// Since when it is as it should be.
    #[serde(default)]
    pub unless: Option<Event>,
    /// Where a line is that says more.
    #[serde(default)]
    pub reason: Option<Reason>,
    /// Symptoms that are called by this name where [`Self::during`] came while their job ran.
    #[serde(default)]
    pub replaces: Vec<String>,
    /// What must have come.
    #[serde(default)]
    pub during: Option<During>,
    /// How often it must be said.
    #[serde(default = "once")]
    pub times: u64,
    /// Of a registration: seconds after which asking again may help.
    #[serde(default)]
    pub again: Option<u64>,
    /// Seconds after which it is over when it is not said again.
    #[serde(default)]
    pub lasts: Option<u32>,
    /// Words behind which the line itself says for how long.
    #[serde(default)]
    pub lasts_behind: Option<String>,
    /// Symptoms that it follows from.
    #[serde(default)]
    pub under: Vec<String>,
    /// A disk is full: believed where the host's own figures say so, too.
    #[serde(default)]
    pub room: bool,
    /// The rung of the health ladder that it explains.
    #[serde(default)]
    pub rung: Option<String>,
    /// A real or documented line.
    #[serde(default)]
    pub example: String,
    /// Lines that look like it and are not.
    #[serde(default)]
    pub near: Vec<String>,
}

fn once() -> u64 {
    1
}

fn regex<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Regex>, D::Error> {
    let text = String::deserialize(from)?;
    Regex::new(&text).map(Some).map_err(serde::de::Error::custom)
}

#[derive(Deserialize)]
struct File {
    /// Texts that several symptoms look for, by a name.
    texts: BTreeMap<String, Vec<String>>,
    symptom: Vec<Symptom>,
}

/// Reads the data.
///
/// # Errors
/// What is wrong with it, and where.
pub fn read() -> Result<Vec<Symptom>, String> {
    let File { texts, mut symptom } =
        toml::from_str(include_str!("../../assets/symptoms.toml")).map_err(|e| e.to_string())?;
    for symptom in &mut symptom {
        let mut parts = vec![];
        for part in std::mem::take(&mut symptom.parts) {
            match part.strip_prefix('@') {
                Some(name) => {
                    parts.extend(texts.get(name).ok_or_else(|| format!("{}: no texts {name}", symptom.id))?.clone());
                }
                None => parts.push(part),
            }
        }
        symptom.parts = parts;
    }
    Ok(symptom)
}
