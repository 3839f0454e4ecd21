//! The six steps of the README, each check → plan → verify. They know nothing of terminals: the wizard and
//! `pipglr setup` both drive them. State is what the host says; nothing is remembered.

pub mod authority;
pub mod configuration;
mod converge;
pub mod creating;
mod differences;
pub mod id_ranges;
pub mod image;
pub mod image_build;
pub mod persistent;
pub mod registration;
pub mod startup;
mod store_driver;
pub mod volumes;

use crate::answers::{Allow, Answers};
use crate::apply::{Progress, Sudo, apply};
use crate::host::subid_diagram::Picture;
use crate::image::label;
use crate::plan::{Action, Plan};
use crate::problem::{Kind, Problem, Result};
use crate::secret::Vault;
use crate::target::Target;
use crate::text::mask;
pub use differences::differences;

/// The steps, in order. `Image` has no number in the README: it is passed over where the image is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// 1: the user's processes survive a logout.
    Persistent,
    /// 2: enough subordinate IDs.
    IdRanges,
    /// The image is on this machine.
    Image,
    /// 3: registered with GitLab.
    Registration,
    /// 4: config.toml as a podman secret.
    Configuration,
    /// 5: the two volumes.
    Volumes,
    /// 6: the container.
    Startup,
}

impl Step {
    /// All, in order.
    pub const ALL: [Self; STEPS.len()] = {
        let mut all = [Self::Persistent; STEPS.len()];
        let mut at = 0;
        while at < all.len() {
            assert!(STEPS[at].step as usize == at, "a row of STEPS is not in its place");
            all[at] = STEPS[at].step;
            at += 1;
        }
        all
    };

    fn row(self) -> &'static Row {
        &STEPS[self as usize]
    }

    /// Returns its number in the README.
    pub fn number(self) -> Option<u8> {
        self.row().number
    }

    /// Returns its name in JSON.
    pub fn id(self) -> &'static str {
        self.row().id
    }

    /// Returns its name.
    pub fn title(self) -> &'static str {
        self.row().title
    }

    /// Returns why it is needed, in a sentence or three.
    pub fn why(self) -> &'static str {
        self.row().why
    }
}

/// What makes a step: one row a file.
struct Row {
    step: Step,
    /// Its number in the README.
    number: Option<u8>,
    /// Its name in JSON.
    id: &'static str,
    title: &'static str,
    why: &'static str,
    /// What applying its plan is called, where its report has no other word.
    verb: &'static str,
    /// Looks at the host, and plans what is missing.
    check: fn(&Setup) -> Result<Report>,
    /// Explains a failure as this step knows it.
    explain: fn(Problem) -> Problem,
}

/// All steps, in the order of [`Step`].
const STEPS: [Row; 7] =
    [persistent::ROW, id_ranges::ROW, image::ROW, registration::ROW, configuration::ROW, volumes::ROW, startup::ROW];

/// Explains nothing: the failure says it all.
fn as_it_is(problem: Problem) -> Problem {
    problem
}

/// How it stands with a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing to do.
    Done,
    /// The plan does it.
    Ready,
    /// The user must say something first; what, in a sentence.
    Asks(String),
    /// An earlier step comes first; which.
    Waits(Step),
    /// It cannot be done from here.
    Blocked(Problem),
}

/// Something that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What.
    pub what: String,
    /// What was found.
    pub found: String,
    /// What is needed; empty where there is nothing to compare.
    pub needed: String,
    /// Whether it is as it should be.
    pub ok: bool,
}

impl Fact {
    /// Returns a fact.
    pub fn new(what: &str, found: impl Into<String>, needed: &str, ok: bool) -> Self {
        Self { what: what.into(), found: mask::mask(&found.into()).into_owned(), needed: needed.into(), ok }
    }
}

/// What a look found that more than its own step goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    /// podman cannot open its storage.
    BrokenStorage,
    /// A container of ours is there, whatever its state.
    Container,
}

/// What a look at the host gave for one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Which step.
    pub step: Step,
    /// How it stands.
    pub state: State,
    /// What was found.
    pub facts: Vec<Fact>,
    /// What of it more than this step goes by.
    pub shows: Option<Shows>,
    /// What is to be done; empty where it is done. Where it cannot be done yet: what would be done, as far as it is known.
    pub plan: Plan,
    /// What the answers must allow before the plan may run.
    pub allows: Vec<Allow>,
    /// Who has which IDs, where the step is about that.
    pub pictures: Vec<Picture>,
    /// What applying the plan is called, for the key that does it.
    pub verb: &'static str,
}

impl Report {
    /// Done, with what was found.
    pub fn done(step: Step, facts: Vec<Fact>) -> Self {
        Self::not_yet(step, facts, State::Done)
    }

    /// To be done by this plan.
    pub fn ready(step: Step, facts: Vec<Fact>, plan: Plan) -> Self {
        Self::not_yet(step, facts, State::Ready).preview(plan)
    }

    /// Not to be done yet.
    pub fn not_yet(step: Step, facts: Vec<Fact>, state: State) -> Self {
        let (shows, plan, allows, pictures, verb) = (None, Plan::default(), vec![], vec![], step.row().verb);
        Self { step, state, facts, shows, plan, allows, pictures, verb }
    }

    /// Returns whether podman cannot open its storage: nothing else can be looked at before.
    pub fn blocks_podman(&self) -> bool {
        self.shows == Some(Shows::BrokenStorage)
    }

    /// Says what of it more than this step goes by.
    pub fn showing(mut self, shows: Option<Shows>) -> Self {
        self.shows = shows;
        self
    }

    /// Returns what would be done, once it can be.
    pub fn preview(mut self, plan: impl Into<Plan>) -> Self {
        self.plan = plan.into();
        self
    }

    /// Has applying the plan called this.
    pub fn called(mut self, verb: &'static str) -> Self {
        self.verb = verb;
        self
    }

    /// Returns who has which IDs.
    pub fn pictured(mut self, pictures: Vec<Picture>) -> Self {
        self.pictures = Picture::merged(pictures);
        self
    }

    /// Returns what the answers must allow.
    pub fn allowed_by(mut self, allows: &[Allow]) -> Self {
        self.allows = allows.to_vec();
        self
    }
}

/// What the user wants.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wants {
    /// The answers so far.
    pub answers: Answers,
    /// The tokens, in memory only.
    pub vault: Vault,
    /// Leave the REGISTRATION_TOKEN secret in podman after step 3.
    pub keep_token: bool,
    /// Make the volumes anew although they are there.
    pub recreate_volumes: bool,
    /// Bring a host that is set up to what the answers say: they are today's, and not those of an earlier run.
    pub converge: bool,
    /// End running jobs instead of waiting for them.
    pub now: bool,
    /// Build the image, with these options, rather than pull it.
    pub build: Option<image_build::Options>,
}

impl Wants {
    /// Returns the same without the tokens, for whoever only looks at the host.
    pub fn without_tokens(&self) -> Self {
        Self { vault: Vault::default(), ..self.clone() }
    }
}

/// What the steps work on: the machine, and what the user wants of it.
#[derive(Clone)]
pub struct Setup {
    /// The machine, the image and the container.
    pub target: Target,
    /// What is wanted.
    pub wants: Wants,
}

impl Setup {
    /// Returns a setup with nothing answered yet.
    pub fn new(target: Target) -> Self {
        Self { target, wants: Wants::default() }
    }

    /// Looks at the host for one step. Changes nothing.
    ///
    /// # Errors
    /// The host cannot be asked: podman is missing or fails.
    pub fn check(&self, step: Step) -> Result<Report> {
        let report = (step.row().check)(self)?;
        self.of_labels(report)
    }

    /// Names in what the labels that a plan runs differ from those that this program carries: a user has to agree.
    fn of_labels(&self, mut report: Report) -> Result<Report> {
        let runs = |action: &Action| match action {
            Action::Register { .. } => report.step == Step::Registration,
            Action::Run(cmd) => match cmd.args.first().map(String::as_str) {
                Some("run") => report.step == Step::Startup,
                Some("volume") => report.step == Step::Volumes,
                _ => false,
            },
            _ => false,
        };
        let labels: &[&str] = match report.step {
            _ if report.state == State::Done || !report.plan.all().any(runs) => return Ok(report),
            Step::Registration => &["register"],
            Step::Volumes => &["setupstorage", "setupcache"],
            _ => &["run"],
        };
        let Some(image) = self.target.found_image()? else { return Ok(report) };
        for label in labels {
            let found = label::differs(&image, label);
            if !found.is_empty() {
                let (image, found) = (&self.target.image, found.join(", "));
                let warning = format!("The label `{label}` of {image} is not the one that pipglr carries: {found}.");
                report.plan.warnings.push(warning);
                report.allows.push(Allow::Labels);
            }
        }
        Ok(report)
    }

    /// Applies a report's plan, looks again, and explains a failure as this step knows it.
    ///
    /// # Errors
    /// What failed; or all was run, and the host is still not as it should be.
    pub fn carry_out(&self, report: &Report, sudo: Sudo, watch: &dyn Progress) -> Result<Report> {
        let applied = apply(&*self.target.host, &report.plan, &self.wants.vault, sudo, watch);
        applied.and_then(|()| self.verify(report.step)).map_err(|problem| match problem.kind {
            Kind::NeedsRoot => self.with_root_lines(report.step, problem),
            _ => (report.step.row().explain)(problem),
        })
    }

    /// Returns root's part of all that is yet to be done from a step on: an administrator is asked once. `refused` is
    /// what was asked for and not given.
    fn with_root_lines(&self, from: Step, refused: Problem) -> Problem {
        let later = Step::ALL.into_iter().filter(|step| *step > from).filter_map(|step| self.check(step).ok());
        let lines: Vec<String> =
            later.filter(|report| report.state == State::Ready).flat_map(|report| report.plan.root_lines()).collect();
        let advice = [refused.advice.clone()].into_iter().chain(lines).collect::<Vec<_>>().join("\n");
        Problem { advice, ..refused }
    }

    /// Returns what is left to do of a plan that was looked at before the lock was taken: another pipglr may have done it
    /// meanwhile (`None`), or a part of it. A plan that expects what was looked at finds out by itself.
    ///
    /// # Errors
    /// Something else is to be done by now, which nobody has seen; or the host cannot be asked.
    pub fn left_of(&self, step: Step, seen: Plan) -> Result<Option<Plan>> {
        let report = self.check(step)?;
        let now = report.plan;
        match report.state {
            State::Done => Ok(None),
            State::Ready if now.all().all(|action| seen.all().any(|seen| seen == action)) => Ok(Some(now)),
            _ if matches!(seen.actions.first(), Some(Action::Expect { .. })) => Ok(Some(seen)),
            _ => Err(Problem::new(
                format!("Something else is to be done by now for {} than was shown; nothing was done.", step.title()),
                "Look at it again (`r`): another pipglr, or an administrator, has changed something meanwhile.",
            )),
        }
    }

    /// Looks again after a plan was applied: what it was to do must be done.
    ///
    /// # Errors
    /// It is not, with what was found instead.
    pub fn verify(&self, step: Step) -> Result<Report> {
        // What was to be done once more has been done: asked again, it would be wanted again.
        let wants = Wants { recreate_volumes: false, ..self.wants.clone() };
        let report = Self { target: self.target.clone(), wants }.check(step)?;
        match &report.state {
            State::Done => Ok(report),
            State::Blocked(problem) => Err(problem.clone()),
            State::Ready | State::Asks(_) | State::Waits(_) => {
                let said = report
                    .facts
                    .iter()
                    .filter(|fact| !fact.ok)
                    .map(|fact| format!("{}: {} (needed: {})", fact.what, fact.found, fact.needed))
                    .collect();
                Err(Problem::new(
                    format!("All was run, and yet {} is not as it should be.", step.title()),
                    "Compare what was found with what is needed; `pipglr check` looks at it again.",
                )
                .said(said))
            }
        }
    }
}

/// Returns whether the host was set up before, however it stands now: its container is there, or all that it is made of
/// is.
pub fn was_set_up(reports: &[Report]) -> bool {
    let startup = reports.iter().find(|report| report.step == Step::Startup);
    let made_of = [Step::Registration, Step::Configuration, Step::Volumes];
    let done = |step| reports.iter().any(|report| report.step == step && report.state == State::Done);
    startup.is_some_and(|report| report.shows == Some(Shows::Container)) || made_of.into_iter().all(done)
}

/// Returns whether all steps are done: the host is set up.
pub fn all_done(reports: &[Report]) -> bool {
    !reports.is_empty() && reports.iter().all(|report| report.state == State::Done)
}
