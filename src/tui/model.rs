//! All that the screen knows; made from plain data, so that tests need no host.

mod operation;
mod question;
mod seen;

use super::build_form::BuildForm;
use super::clipboard::Clipboard;
use super::editor::Editor;
use super::form::Form;
use super::logview::LogView;
use super::make_form::MakeForm;
use super::palette::Palette;
use super::theme::Theme;
use crate::change::Offer;
use crate::host::Record;
use crate::image_update::Proposal;
use crate::lifecycle::{self, Verb};
use crate::preflight::Check;
use crate::problem::{Problem, Result};
use crate::settings::KeyName;
use crate::steps::{self, Report, State, Step, Wants, image_build};
use crate::volumes::Held;
pub use operation::{Mark, OUTPUT, Operation, words};
pub use question::Question;
pub use seen::{Climb, Doctor, History, Home};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

/// Who is asking, for the header and for paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Who {
    /// Login name.
    pub user: String,
    /// The machine.
    pub host: String,
    /// Home folder.
    pub home: PathBuf,
    /// The image.
    pub image: String,
    /// The container.
    pub container: String,
    /// The machine is none, but pretends to be one.
    pub pretend: bool,
}

/// What is on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// All steps and their plans on one page.
    Review,
    /// One step.
    Step,
    /// The lines for an administrator, and waiting for them to be run.
    Admin,
    /// The registration form.
    Form,
    /// The form of a runner that GitLab makes.
    Make,
    /// The build form.
    Build,
    /// The editor.
    Editor,
    /// A change of the configuration, before it is applied.
    Change,
    /// The versions of the configuration.
    History,
    /// What one of them changed.
    Version,
    /// An operation that runs.
    Operation,
    /// What failed.
    Failure,
    /// The ladder.
    Ladder,
    /// A host that is set up.
    Home,
    /// The log.
    Log,
    /// What the doctor found.
    Doctor,
    /// A newer image, before it is taken.
    Update,
    /// What the volumes hold.
    Volumes,
}

/// What lies over the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overlay {
    /// The keys.
    Help,
    /// The commands that were run.
    Commands,
    /// All that can be done, by name.
    Palette,
    /// A question.
    Confirm(Question),
}

/// What a plan is applied for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A step.
    Step(Step),
    /// A start, stop or restart of the container.
    Operate(Verb),
    /// A change of the configuration.
    Change,
    /// A runner that GitLab makes.
    Make,
    /// A newer image, pulled or built.
    Fetch,
    /// The container on another image.
    Update,
}

impl Purpose {
    /// Its name.
    pub fn title(self) -> &'static str {
        match self {
            Self::Step(step) => step.title(),
            Self::Operate(verb) => verb.title(),
            Self::Change => "Configuration",
            Self::Make => "The runner in GitLab",
            Self::Fetch => "Image",
            Self::Update => "Update",
        }
    }
}

/// What failed, and what for.
#[derive(Clone, Debug)]
pub struct Failure {
    /// What for.
    pub purpose: Purpose,
    /// What.
    pub problem: Problem,
}

/// What happens when the steps have been looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Then {
    /// Nothing.
    #[default]
    Stay,
    /// The first look: home, or the review.
    Start,
    /// The ladder, where all steps are done.
    Climb,
}

/// All of it.
#[derive(Debug)]
pub struct Model {
    /// Looks.
    pub theme: Theme,
    /// Where it is what time.
    pub zone: jiff::tz::TimeZone,
    /// Nothing is to be changed.
    pub read_only: bool,
    /// The user's own keys: what is pressed, and what it stands for.
    pub keys: BTreeMap<KeyName, KeyName>,
    /// The wheel scrolls.
    pub mouse: bool,
    /// Whether a question got a key that is no answer to it.
    pub unanswered: bool,
    /// Whether what is copied gets to the terminal's clipboard.
    pub clipboard: Clipboard,
    /// The screens that are not new to the user, by name; `None`: none is, as pipglr was here before.
    pub met: Option<BTreeSet<String>>,
    /// How many of what can be copied here were.
    pub copied: usize,
    /// Columns and rows.
    pub size: (u16, u16),
    /// Since the start.
    pub now: Duration,
    /// Who is asking.
    pub who: Who,
    /// podman's version; empty while it is not known.
    pub podman: String,
    /// The server that the image names.
    pub image_url: Option<String>,
    /// What the user wants.
    pub wants: Wants,
    /// What was found, step by step.
    pub reports: BTreeMap<Step, Result<Report>>,
    /// The steps whose reports are of the host as it is and of what is wanted now.
    pub fresh: BTreeSet<Step>,
    /// What stands in the way beside the steps.
    pub checks: Vec<Check>,
    /// Whether that is being looked at.
    pub checking: bool,
    /// The round of looking that counts.
    pub round: u64,
    /// Whether it goes on.
    pub looking: bool,
    /// What then.
    pub then: Then,
    /// What is on the screen.
    pub screen: Screen,
    /// The way here: where `Esc` leads, the last first.
    pub from: Vec<Screen>,
    /// What lies over it, the last on top.
    pub overlays: Vec<Overlay>,
    /// The step that is shown.
    pub step: Step,
    /// Lines scrolled down on the screen, and on each overlay.
    pub scroll: usize,
    /// The same, over it.
    pub overlay_scroll: usize,
    /// What was typed to find an action.
    pub palette: Palette,
    /// A word at the bottom.
    pub notice: String,
    /// Until then nobody can have read what Enter does.
    pub deaf_until: Duration,
    /// When the host is looked at again while an administrator is waited for.
    pub look_at: Duration,
    /// The forms, kept while the program runs.
    pub form: Option<Form>,
    /// The runner that GitLab is to make.
    pub make: Option<MakeForm>,
    /// How the image is built.
    pub build: BuildForm,
    /// The editor.
    pub editor: Option<Editor>,
    /// What is to become of the container, once it is agreed to.
    pub planned: Option<Box<lifecycle::Operation>>,
    /// What the volumes hold; `None` while it is measured.
    pub held: Option<Result<Held>>,
    /// A newer image, looked at; `None` while it is not.
    pub update: Option<Result<Proposal>>,
    /// The change that is looked at, or applied.
    pub change: Option<Box<Offer>>,
    /// A change was applied, and there is a version before it.
    pub changed: bool,
    /// The operation that runs.
    pub operation: Option<Operation>,
    /// What failed.
    pub failure: Option<Failure>,
    /// The ladder.
    pub climb: Climb,
    /// The host.
    pub home: Home,
    /// The doctor.
    pub doctor: Doctor,
    /// The versions of the configuration.
    pub history: History,
    /// The log.
    pub log: LogView,
    /// Also those that only asked are shown.
    pub questions: bool,
    /// Scripts are shown whole.
    pub scripts: bool,
    /// The commands run so far, as last fetched.
    pub records: Vec<Record>,
    /// It was asked to leave as soon as what runs has ended.
    pub leaving: bool,
}

impl Model {
    /// The editor, where its text would be lost were all to end now.
    pub fn unsaved(&self) -> Option<&Editor> {
        self.editor.as_ref().filter(|editor| editor.unsaved())
    }

    /// A screen that has seen nothing yet.
    pub fn new(who: Who, wants: Wants, theme: Theme, size: (u16, u16)) -> Self {
        Self {
            theme,
            zone: jiff::tz::TimeZone::system(),
            read_only: false,
            keys: BTreeMap::new(),
            mouse: false,
            unanswered: false,
            clipboard: Clipboard::default(),
            met: None,
            copied: 0,
            size,
            now: Duration::ZERO,
            who,
            podman: String::new(),
            image_url: None,
            wants,
            reports: BTreeMap::new(),
            fresh: BTreeSet::new(),
            checks: vec![],
            checking: false,
            round: 0,
            looking: false,
            then: Then::Stay,
            screen: Screen::Review,
            from: vec![],
            overlays: vec![],
            step: Step::Persistent,
            scroll: 0,
            overlay_scroll: 0,
            palette: Palette::default(),
            notice: String::new(),
            deaf_until: Duration::ZERO,
            look_at: Duration::ZERO,
            form: None,
            make: None,
            build: BuildForm::default(),
            editor: None,
            planned: None,
            held: None,
            update: None,
            change: None,
            changed: false,
            operation: None,
            failure: None,
            climb: Climb::default(),
            home: Home::default(),
            doctor: Doctor::default(),
            history: History::default(),
            log: LogView::default(),
            questions: false,
            scripts: false,
            records: vec![],
            leaving: false,
        }
    }

    /// A question in words.
    pub fn question(&self, question: Question) -> String {
        match &self.planned {
            Some(operation) if question == Question::Operate => {
                // podman pauses containers, too: that is another thing.
                let what = operation.verb.of_what();
                format!("{} {what}? {}", operation.verb.title(), operation.words())
            }
            _ => question.text().into(),
        }
    }

    /// Whether what is asked about waits for jobs, so that they may be ended instead.
    pub fn may_end_jobs(&self, question: Question) -> bool {
        question == Question::Operate && self.planned.as_ref().is_some_and(|operation| operation.waits())
    }

    /// Whether the image is to be built here: so it is chosen, or no registry has one of that name.
    pub fn builds_image(&self) -> bool {
        self.wants.build.is_some() || image_build::is_local(&self.who.image)
    }

    /// Whether the container runs, as far as home knows.
    pub fn runs(&self) -> bool {
        let Some(Ok(status)) = &self.home.status else { return true };
        status.container.state == "running"
    }

    /// Whether the runner is paused, as far as home knows.
    pub fn is_paused(&self) -> bool {
        matches!(&self.home.status, Some(Ok(status)) if status.paused_since.is_some())
    }

    /// Whether home knows of no container. A unit may make one: a quadlet's is gone while it is stopped.
    pub fn has_no_container(&self) -> bool {
        matches!(&self.home.status, Some(Ok(status)) if status.container.state == "missing")
    }

    /// The GitLab that is meant, as far as is known.
    pub fn server(&self) -> &str {
        self.wants.answers.server(self.image_url.as_deref())
    }

    /// The report of a step.
    pub fn report(&self, step: Step) -> Option<&Report> {
        self.reports.get(&step)?.as_ref().ok()
    }

    /// The state of the step that is shown.
    pub fn state(&self) -> Option<&State> {
        self.report(self.step).map(|report| &report.state)
    }

    /// Whether a step is done.
    pub fn done(&self, step: Step) -> bool {
        self.report(step).is_some_and(|report| report.state == State::Done)
    }

    /// The steps of the list: the image only while it is missing.
    pub fn steps(&self) -> Vec<Step> {
        let missing = self.reports.contains_key(&Step::Image) && !self.done(Step::Image);
        Step::ALL.into_iter().filter(|step| step.number().is_some() || missing || *step == self.step).collect()
    }

    /// The first step that is not done.
    pub fn unfinished(&self) -> Option<Step> {
        Step::ALL.into_iter().find(|step| !self.done(*step))
    }

    /// Whether all steps are done.
    pub fn all_done(&self) -> bool {
        let reports: Vec<Report> = Step::ALL.iter().filter_map(|step| self.report(*step).cloned()).collect();
        reports.len() == Step::ALL.len() && steps::all_done(&reports)
    }

    /// Whether the host was set up before, however it stands now: it has a home.
    pub fn was_set_up(&self) -> bool {
        let reports: Vec<Report> = Step::ALL.iter().filter_map(|step| self.report(*step).cloned()).collect();
        steps::was_set_up(&reports)
    }

    /// Whether something changes on the screen with time alone.
    pub fn lively(&self) -> bool {
        self.looking
            || (self.screen == Screen::Review && self.checking)
            || self.operation.is_some()
            || self.climb.climbing
            || self.climb.trying
            || (self.screen == Screen::Home && self.home.gathering)
            || (self.screen == Screen::Doctor && self.doctor.asking)
    }

    /// Whether what failed is a change of the configuration.
    pub fn changing(&self) -> bool {
        self.failure.as_ref().is_some_and(|failure| failure.purpose == Purpose::Change)
    }

    /// Whether Enter is not heard yet.
    pub fn deaf(&self) -> bool {
        self.now < self.deaf_until
    }

    /// How long nothing needs to be done, as far as time goes; `None`: for ever.
    pub fn idle(&self) -> Option<Duration> {
        let hears = self.deaf().then(|| self.deaf_until.saturating_sub(self.now));
        self.idle_of_screen().into_iter().chain(hears).min()
    }

    fn idle_of_screen(&self) -> Option<Duration> {
        if self.screen == Screen::Log && self.log.busy() {
            return Some(Duration::ZERO);
        }
        if self.lively() || !self.overlays.is_empty() {
            return Some(Duration::from_millis(250));
        }
        match self.screen {
            // The countdown is on the screen.
            Screen::Admin => Some(self.look_at.saturating_sub(self.now).min(Duration::from_secs(1))),
            Screen::Review if !self.checks.is_empty() => Some(self.look_at.saturating_sub(self.now)),
            Screen::Home if self.home.away && !self.home.gathering => Some(Duration::ZERO),
            Screen::Home => Some(self.home.schedule.due().saturating_sub(self.now)),
            _ => None,
        }
    }

    /// What is listened to: nothing where home is not on the screen, and a log where the container runs; and since which
    /// look it is known.
    pub fn listens(&self) -> Option<(bool, Duration)> {
        let status = self.home.status.as_ref().and_then(|status| status.as_ref().ok());
        let runs = status.is_some_and(|status| ["running", "stopping"].contains(&&*status.container.state));
        (self.screen == Screen::Home).then(|| (runs, self.home.schedule.last()))
    }

    /// The steps that have lines for an administrator to run.
    pub fn admin_steps(&self) -> impl Iterator<Item = &Report> {
        let reports = Step::ALL.into_iter().filter_map(|step| self.report(step));
        reports.filter(|report| !report.plan.admin_lines().is_empty())
    }

    /// The lines for an administrator to run: all of them, for he is asked once.
    pub fn admin_lines(&self) -> Vec<String> {
        self.admin_steps().flat_map(|report| report.plan.admin_lines()).collect()
    }

    /// Whether an administrator can do the step that is shown.
    pub fn admin_can(&self) -> bool {
        self.admin_steps().any(|report| report.step == self.step)
    }
}

/// How often the host is looked at again while an administrator is waited for.
pub const PATIENCE: Duration = Duration::from_secs(3);
