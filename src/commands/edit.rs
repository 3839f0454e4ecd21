//! `pipglr edit` without a screen of ours: the user's own editor, on a private file in memory.
//!
//! What it has left is in `work/` before anything else: nothing that ends pipglr at one of the questions takes it along.

use super::Context;
use super::output::Tone;
use super::printer::Printer;
use super::review::{self, Consent};
use super::{config, prompt};
use crate::change::unsaved::{self, Unsaved};
use crate::change::{self, Offer, Standing, Wish, external_editor};
use crate::container::rotated_tokens;
use crate::host::interrupt;
use crate::problem::{Exit, Kind, Problem, Result};
use crate::secret::Secret;
use crate::state;
use crate::target::Target;
use crate::tui;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use std::cell::Cell;
use std::sync::Arc;

/// How it is called.
pub const EXAMPLES: &str = "\
Examples:
  pipglr edit                     # checks as you type; then shows what changes, and asks
  EDITOR=nano pipglr edit --plain # in an editor of your own";

/// Opens the screen's editor; without a screen the user's own.
///
/// # Errors
/// There is no terminal or no configuration, the editor fails, or the change does.
pub fn run(context: &Context) -> Result<Exit> {
    if context.screen { tui::edit(context.resumed()?) } else { by_lines(&context.target()?, context.tone) }
}

/// Edits with the user's own editor, and applies the text.
fn by_lines(target: &Target, tone: Tone) -> Result<Exit> {
    let host = &*target.host;
    if !config::is_interactive() {
        return Err(Problem::usage(
            "An editor needs a terminal.",
            "Use `pipglr config show` and `pipglr config apply`.",
        ));
    }
    let change::Opening { mut text, renewed, standing, reader, left } = change::open(target)?;
    if let Some(problem) = left {
        complain!("{problem}");
    }
    if let Some(notice) = change::notice(&standing) {
        say!("{notice}.{}", if standing.kept.is_some() { " That text is opened." } else { "" });
    }
    if renewed > 0 {
        say!("{}", rotated_tokens::notice(renewed));
    }
    let mut safe = None;
    if let Some(unsaved) = standing.unsaved.last() {
        let path = unsaved.path.display();
        let question = format!("Go on with {path} (y), or leave it there (n), or discard it (d)");
        match prompt::line(&question, "y")?.as_str() {
            "y" => {
                text = unsaved.text.clone();
                safe = Some(unsaved.clone());
            }
            "d" => unsaved::forget(host, unsaved),
            _ => {}
        }
    }
    let mut draft = Draft { target, standing, safe };
    let (editor, place) = (external_editor::words()?, external_editor::place(host));
    signals();
    let offer = loop {
        let edited = external_editor::run(host, &place, &editor, &text)?;
        if let Some(left) = edited.left {
            complain!("{left}");
        }
        text = edited.text;
        draft.save(&text)?;
        let _printer = Printer::new(true); // Ctrl-C at a question is for us
        match review::lint(&text, &reader).and_then(|()| draft.offer(&text)) {
            Ok(offer) => break offer,
            Err(problem) if problem.kind == Kind::Found => {
                say!("{problem}\n");
                if !prompt::yes("Edit it again?")? {
                    draft.leave(&text)?;
                    return Ok(Exit::Found);
                }
            }
            Err(problem) => {
                draft.leave(&text)?;
                return Err(problem);
            }
        }
    };
    let done = review::run(target, offer, Consent { interactive: true, ..Consent::default() }, tone);
    // A no to the question: the work is kept all the same.
    if done.as_ref().is_err_and(|problem| problem.kind == Kind::Interrupted) && !interrupt::stopped() {
        draft.leave(&text)?;
    }
    done
}

/// While the editor has the terminal Ctrl-C is for it; what ends pipglr lets it first take what was written.
fn signals() {
    for signal in [SIGTERM, SIGHUP] {
        let _ = signal_hook::flag::register(signal, interrupt::flag()); // else it ends us, as it would without
    }
    let _ = signal_hook::flag::register(SIGINT, Arc::default());
}

/// What is edited, and where it is safe meanwhile.
struct Draft<'a> {
    target: &'a Target,
    /// What the change is planned from.
    standing: Standing,
    /// The file of its own that has the text, until the work file has it.
    safe: Option<Unsaved>,
}

impl Draft<'_> {
    /// Saves what the editor has left, in the place of what it left before; unless it is somewhere anyway.
    fn save(&mut self, text: &Secret) -> Result<()> {
        let host = &*self.target.host;
        if self.safe.as_ref().is_some_and(|before| before.text == *text) {
            return Ok(());
        }
        let there = self.standing.held.text() == Some(text) || self.standing.work.as_ref() == Some(text);
        let safe = if there { None } else { Some(Unsaved { path: unsaved::save(host, text)?, text: text.clone() }) };
        let before = std::mem::replace(&mut self.safe, safe);
        before.iter().for_each(|before| unsaved::forget(host, before));
        Ok(())
    }

    /// Has the text offered, from how it stood when it was opened; where the secret was changed since, as a change of
    /// that one, which is said.
    fn offer(&mut self, text: &Secret) -> Result<Offer> {
        let kept = Cell::new(false);
        let tell = || kept.set(true);
        let read = self.standing.clone();
        let offer = match change::offer_typed(self.target, Some(read), text, Wish::default(), &tell) {
            Err(problem) if problem.kind == Kind::Conflict => {
                say_behind!("note: ", "{}", problem.what);
                change::offer_typed(self.target, None, text, Wish::default(), &tell)
            }
            offer => offer,
        };
        if kept.get() {
            self.standing.work = Some(text.clone());
            self.safe.take().iter().for_each(|safe| unsaved::forget(&*self.target.host, safe));
        }
        offer
    }

    /// Leaves a text that is not in force as the one that waits, where none does; and says where it is.
    fn leave(&mut self, text: &Secret) -> Result<()> {
        let host = &*self.target.host;
        if self.safe.is_some()
            && self.standing.kept.is_none()
            && change::keep(self.target, &self.standing, text, &()).is_ok()
        {
            self.safe.take().iter().for_each(|safe| unsaved::forget(host, safe));
        }
        change::answer_by(host, &self.standing, text)?;
        if let Some(safe) = &self.safe {
            say!("The text is kept in {}: `pipglr edit` goes on with it.", safe.path.display());
        } else if state::read_work(host)?.as_deref() == Some(text.expose()) {
            let path = state::work_file(host);
            say!(
                "The text is kept in {}: `pipglr edit` goes on with it, `pipglr config undo` discards it.",
                path.display()
            );
        }
        Ok(())
    }
}
