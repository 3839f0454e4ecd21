//! `pipglr edit` without a screen of ours: the person's own editor, on a private file in memory.
//!
//! What it has left is in `work/` before anything else: nothing that ends pipglr at one of the questions takes it along.

use super::Context;
use super::output::Tone;
use super::printer::Printer;
use super::review::Consent;
use super::{config, prompt, review as changing};
use crate::change::history::{self, Version};
use crate::change::unsaved::{self, Unsaved};
use crate::change::{self, Standing, external_editor};
use crate::host::interrupt;
use crate::problem::{Exit, Kind, Problem, Result};
use crate::secret::Secret;
use crate::state;
use crate::target::Target;
use crate::tui;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
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
    if !config::person() {
        return Err(Problem::usage(
            "An editor needs a terminal.",
            "Use `pipglr config show` and `pipglr config apply`.",
        ));
    }
    let place = external_editor::place(host);
    if let Err(problem) = external_editor::collect_left(host, &place) {
        complain!("{problem}");
    }
    let standing = change::look(target)?;
    let Some(mut text) = standing.kept.as_ref().map(|kept| &kept.text).or(standing.held.text()).cloned() else {
        return config::show(target, false); // says why there is nothing to edit
    };
    if let Some(notice) = change::notice(&standing) {
        say!("{notice}.{}", if standing.kept.is_some() { " That text is opened." } else { "" });
    }
    let mut safe = None;
    if let Some(unsaved) = standing.unsaved.last() {
        let path = unsaved.path.display();
        let question = format!("Go on with {path} (y), or leave it there (n), or drop it (d)");
        match prompt::line(&question, "y")?.as_str() {
            "y" => {
                text = unsaved.text.clone();
                safe = Some(unsaved.clone());
            }
            "d" => unsaved::forget(host, unsaved),
            _ => {}
        }
    }
    let editor = external_editor::words()?;
    signals();
    loop {
        let edited = external_editor::run(host, &place, &editor, &text)?;
        if let Some(left) = edited.left {
            complain!("{left}");
        }
        text = edited.text;
        safe = save(target, &standing, &text, safe)?;
        let _printer = Printer::new(true); // Ctrl-C at a question is for us
        match changing::check(target, &text) {
            Ok(()) => break,
            Err(problem) if problem.kind == Kind::Found => {
                say!("{problem}\n");
                if !prompt::yes("Edit it again?")? {
                    keep(target, &standing, &text, safe)?;
                    return Ok(Exit::Found);
                }
            }
            Err(problem) => {
                keep(target, &standing, &text, safe)?;
                return Err(problem);
            }
        }
    }
    // What waited was opened: this text takes its place.
    if standing.kept.as_ref().is_some_and(|kept| kept.text != text) {
        change::keep(target, &standing, &text, &())?;
    }
    let consent = Consent { person: true, ..Consent::default() };
    let done = changing::run(target, &change::look(target)?, &text, consent, tone);
    // A no to the question: the work is kept all the same.
    if done.as_ref().is_err_and(|problem| problem.kind == Kind::Interrupted) && !interrupt::stopped() {
        keep(target, &change::look(target)?, &text, safe)?;
    } else if let Some(safe) = safe {
        let is_text = |version: &Version| version.text == text;
        let there = state::read_work(host)?.as_deref() == Some(text.expose());
        if done.is_ok() || there || history::versions(host)?.iter().any(is_text) {
            unsaved::forget(host, &safe);
        } else {
            say!("The text is in {}: `pipglr edit` goes on with it.", safe.path.display());
        }
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

/// Saves what the editor has left, in the place of what it left before; `None` where it is what is there anyway.
fn save(target: &Target, standing: &Standing, text: &Secret, before: Option<Unsaved>) -> Result<Option<Unsaved>> {
    let host = &*target.host;
    if before.as_ref().is_some_and(|before| before.text == *text) {
        return Ok(before);
    }
    let there = standing.held.text() == Some(text) || standing.work.as_ref() == Some(text);
    let safe = if there { None } else { Some(Unsaved { path: unsaved::save(host, text)?, text: text.clone() }) };
    before.iter().for_each(|before| unsaved::forget(host, before));
    Ok(safe)
}

/// Keeps a text as the one that waits, where none does; else it stays where it is.
fn keep(target: &Target, standing: &Standing, text: &Secret, safe: Option<Unsaved>) -> Result<()> {
    let host = &*target.host;
    let Some(safe) = safe else { return Ok(()) };
    let kept = standing.kept.is_none() && change::keep(target, standing, text, &()).is_ok();
    if kept {
        unsaved::forget(host, &safe);
    }
    let path = if kept { state::work_file(host) } else { safe.path };
    let drop = if kept { ", `pipglr config undo` drops it" } else { "" };
    say!("The text is kept in {}: `pipglr edit` goes on with it{drop}.", path.display());
    Ok(())
}
