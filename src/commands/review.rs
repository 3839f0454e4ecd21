//! A change of the configuration, line by line: what is wrong with it, what differs, the question, the ladder, and the
//! way back.

use super::output::Tone;
use super::printer::Printer;
use super::{prompt, setup};
use crate::apply::Sudo;
use crate::change::{self, Offer, Proposal, Undo, Wish};
use crate::config::diff::{self, Change, Diff};
use crate::config::lint::{self, Severity};
use crate::container::{limits, recreate};
use crate::host::{interrupt, podman};
use crate::names;
use crate::problem::{Exit, Kind, Problem, Result};
use crate::secret::Secret;
use crate::target::Target;
use std::time::Instant;

/// How far the user agrees beforehand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Consent {
    /// `--yes`: nothing is asked.
    pub yes: bool,
    /// `--now`, `--recreate`: how it is made.
    pub wish: Wish,
    /// Somebody is there to be asked.
    pub interactive: bool,
    /// `--without-lint`: the image's gitlab-runner is not asked whether it takes the text.
    pub without_lint: bool,
}

impl Consent {
    /// With standard input used up, nobody can be asked.
    pub fn with_stdin(self, used: bool) -> Self {
        Self { interactive: self.interactive && !used, ..self }
    }

    /// Asks; only a yes goes on.
    ///
    /// # Errors
    /// It is a no, or nobody is there.
    pub fn ask(self, question: &str) -> Result<()> {
        if self.yes || (self.interactive && prompt::yes(question)?) {
            return Ok(());
        }
        Err(if self.interactive {
            unwanted()
        } else {
            Problem::usage("This needs a yes, and nobody is there to be asked.", "Add `--yes`. Nothing was changed.")
        })
    }
}

fn unwanted() -> Problem {
    Problem::new("Nothing was changed.", "Run it again when it is time.").kind(Kind::Interrupted)
}

/// Shows what a change comes to, asks, and applies it.
///
/// # Errors
/// The user does not want it, or it fails.
pub(super) fn run(target: &Target, mut offer: Offer, consent: Consent, tone: Tone) -> Result<Exit> {
    if !offer.does_something() {
        say!("Nothing to do: the runner works with this configuration.");
        return Ok(Exit::Done);
    }
    if offer.proposal.recreates && ask_about_rights(target, consent)? {
        offer = offer.again(target, consent.wish)?;
    }
    if offer.conflicts() {
        say_behind!(
            "note: ",
            "the secret was changed by somebody else since this text was begun; this is how it differs:"
        );
    }
    let proposal = &offer.proposal;
    print_diff(&offer.diff, tone);
    for warning in &proposal.plan.warnings {
        say_behind!("note: ", "{warning}");
    }
    tell_jobs(proposal);
    // `--yes` was said before anybody knew: what would be lost for good is for a user to agree to.
    if !proposal.losses.is_empty() && (consent.yes || !consent.interactive) {
        return Err(recreate::would_lose(&target.name, &proposal.losses));
    }
    if offer.has_jobs() && !offer.wish.now && consent.interactive && !consent.yes {
        match prompt::line("Wait for them (w), end them now (n), or change nothing (q)", "w")?.as_str() {
            "w" => {}
            "n" => offer = offer.again(target, Wish { now: true, ..consent.wish })?,
            _ => return Err(unwanted()),
        }
    } else {
        consent.ask("Apply it?")?;
    }
    match put(target, &offer.proposal, tone) {
        Ok(()) => Ok(Exit::Done),
        Err(problem) => Err(way_back(target, &offer.proposal, problem, consent, tone)),
    }
}

/// Asks whether a container with `--privileged` is to give that up, once; says whether somebody has decided.
///
/// # Errors
/// Ctrl-C, or the answer cannot be kept.
pub(super) fn ask_about_rights(target: &Target, consent: Consent) -> Result<bool> {
    let host = &*target.host;
    if consent.yes || !consent.interactive || !limits::undecided(host, podman::container(host, &target.name)?.as_ref())
    {
        return Ok(false);
    }
    say!("The container was made with --privileged. It can give that up: {}.", limits::GIVEN_UP);
    let gives_up = prompt::yes("Give it up?")?;
    limits::decide(host, !gives_up)?;
    Ok(true)
}

/// After a failure: what is kept where, and back to the old version where the user wants that.
fn way_back(target: &Target, failed: &Proposal, mut problem: Problem, consent: Consent, tone: Tone) -> Problem {
    let Ok(standing) = interrupt::cleaning(|| change::read_standing(target)) else { return problem };
    if standing.held.text() != Some(&failed.new) {
        // It did not come as far as the secret; what did is said.
        if let Some(notice) = change::notice(&standing).filter(|_| problem.kind != Kind::Conflict) {
            problem.advice = format!("{} Then: {notice}.", problem.advice);
        }
        return problem;
    }
    let Ok(Undo::Back(old, from)) = change::undo(target, &standing) else { return problem };
    if problem.kind == Kind::Interrupted || !consent.interactive || consent.yes {
        problem.advice = format!("{} `pipglr config undo` goes back to {from}.", problem.advice);
        return problem;
    }
    complain!("pipglr: {problem}\n");
    let back = || -> Result<bool> {
        if !prompt::yes(&format!("Go back to {from}?"))? {
            return Ok(false);
        }
        // Nothing works now that would have to be waited for, unless a job still runs.
        let offer = change::offer_old(target, standing.clone(), &old, from.clone(), consent.wish)?;
        put(target, &offer.proposal, tone).map(|()| true)
    };
    match back() {
        Ok(true) => Problem::new(
            "The new configuration did not work; the old one does again.",
            "The new one is the second in `pipglr config history`; fix it, then `pipglr config apply FILE`.",
        ),
        Ok(false) => Problem::new(
            "The new configuration is in place, and the runner is not up.",
            format!("`pipglr config undo` goes back to {from}; `pipglr status` looks again."),
        ),
        Err(problem) => problem,
    }
}

/// Refuses a text with errors by our own lint; says what else there is.
///
/// # Errors
/// It has errors.
pub(super) fn lint(new: &Secret, reader: &lint::Context) -> Result<()> {
    let findings = lint::lint_bytes(new.expose(), reader);
    let line = |finding: &lint::Finding| {
        let hint = if finding.hint.is_empty() { String::new() } else { format!(" {}", finding.hint) };
        format!("line {}, column {}: {}{hint}", finding.line, finding.column, finding.message)
    };
    for warning in findings.iter().filter(|finding| finding.severity == Severity::Warning) {
        say!("warning: {}", line(warning));
    }
    change::refuse(findings.iter().filter(|finding| finding.severity == Severity::Error).map(line).collect())
}

/// Prints what differs, without tokens.
pub(super) fn show_diff(old: Option<&Secret>, new: &Secret, tone: Tone) {
    print_diff(&diff::diff(old.map_or("", |old| old.expose_str()), new.expose_str()), tone);
}

fn print_diff(diff: &Diff, tone: Tone) {
    for line in &diff.lines {
        let (mark, color) = match line.change {
            Change::Same => (" ", None),
            Change::Removed => ("-", Some(31)),
            Change::Added => ("+", Some(32)),
            Change::Head => ("", Some(36)),
        };
        let text = format!("{mark}{}", line.text);
        say!("{}", color.map_or_else(|| text.clone(), |color| tone.paint(&text, color)));
    }
    for note in &diff.notes {
        say!("# {note}");
    }
}

fn tell_jobs(proposal: &Proposal) {
    if proposal.hands_over {
        say!("\ngitlab-runner takes it while it runs: the container stays, and running jobs go on.");
    }
    if !proposal.recreates {
        return;
    }
    match &proposal.jobs {
        Some(jobs) if jobs.is_empty() => say!("\nThe container is recreated; no job runs."),
        Some(jobs) => {
            let ids = jobs.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
            say!("\nThe container is recreated. Running jobs: {} ({ids}).", jobs.len());
        }
        None => say!("\nThe container is recreated. It does not say which jobs run."),
    }
}

/// Does it, and climbs the ladder where there is a container.
fn put(target: &Target, proposal: &Proposal, tone: Tone) -> Result<()> {
    let begun = Instant::now();
    let printer = Printer::new(false);
    change::carry_out(target, proposal, Sudo::Silent, &printer)?;
    if proposal.paused {
        say!(
            "\nThe runner is paused; it works with this configuration from `{}` on.",
            names::typed("resume", &target.name)
        );
        return Ok(());
    }
    if proposal.recreates || proposal.asks_anew {
        setup::climb(target, &printer, tone)?;
    }
    if proposal.recreates || proposal.hands_over {
        say!("\nThe runner works with this configuration ({:.1} s).", begun.elapsed().as_secs_f64());
    } else {
        say!("\nStored. There is no container {} yet: `pipglr setup` starts it.", target.name);
    }
    Ok(())
}
