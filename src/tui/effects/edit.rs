//! What the editor and a change of the configuration need from the host, in this face's words.

use crate::apply::crossed;
use crate::apply::{Progress, Sudo};
use crate::change::external_editor::{self, Edited};
use crate::change::image_lint;
use crate::change::{self, Offer, Opening, Standing};
use crate::host::Host;
use crate::problem::{Kind, Problem, Result};
use crate::secret::Secret;
use crate::target::Target;
use crate::tui::act::Act;
use crate::tui::editor::check::Reader;
use crate::tui::keys::binding::key_of;
use crate::tui::mailbox::Mailbox;
use crate::tui::message::Opened;
use crate::tui::screen::editor::keys::EDITOR;
use crate::tui::screen::failure::keys::FAILURE;

/// The configuration to edit.
pub(super) fn open(target: &Target) -> Result<Opened> {
    let Opening { text, renewed, standing, reader, left } = change::open(target)?;
    let stored = standing.was_stored();
    let notice = match &standing.kept {
        Some(kept) if stored && kept.conflict => "The secret was changed since this text was begun.".into(),
        Some(_) if stored => "This text is not applied yet.".into(),
        _ if renewed > 0 => {
            format!("GitLab has renewed a token; it is in this text. {} stores it.", key_of(EDITOR, Act::Keep))
        }
        _ => String::new(),
    };
    let notice = left.map_or(notice, |left| format!("{} {}", left.what, left.advice));
    let reader = Reader { runner: reader.runner, token: reader.token, controllers: reader.controllers };
    let (work, unsaved) = (standing.work.clone(), standing.unsaved.last().cloned());
    Ok(Opened { text, work, unsaved, standing: stored.then(|| Box::new(standing)), reader, notice })
}

/// Has a text offered; an old one as the way `back` to it.
pub(super) fn propose(
    target: &Target,
    standing: Option<Box<Standing>>,
    text: &Secret,
    now: bool,
    back: Option<String>,
    kept: &dyn Fn(),
) -> Result<Offer> {
    let standing = standing.map(|standing| *standing);
    let offer = match back {
        Some(from) => change::offer_old(
            target,
            standing.map_or_else(|| change::read_standing(target), Ok)?,
            text,
            from,
            now.into(),
        ),
        None => change::offer_typed(target, standing, text, now.into(), kept),
    };
    offer.map_err(|problem| match problem.kind {
        Kind::Found => {
            let back = key_of(FAILURE, Act::Edit);
            let advice = format!(
                "Go back to the text ({back}) and fix it. It is kept; the configuration in force was not changed."
            );
            image_lint::refused(problem.said, &advice)
        }
        _ => here(&*target.host, problem),
    })
}

/// Applies a change.
pub(super) fn carry_out(target: &Target, offer: &Offer, watch: &dyn Progress) -> Result<()> {
    let done = change::carry_out(target, &offer.proposal, Sudo::Terminal, watch);
    done.map_err(|problem| here(&*target.host, problem))
}

/// Somebody else changed the secret: what to do about it here.
fn here(host: &dyn Host, problem: Problem) -> Problem {
    if problem.kind != Kind::Conflict {
        return problem;
    }
    Problem {
        advice: format!(
            "Enter shows how your text differs from the secret as it is now, and asks before it takes its place; {} goes \
             back to your text.",
            key_of(FAILURE, Act::Edit)
        ),
        ..crossed::conflict(host)
    }
}

/// Has a text edited by the user's own editor, on the terminal.
pub(super) fn lend(host: &dyn Host, post: &Mailbox, text: &Secret) -> Result<Edited> {
    let words = external_editor::words()?;
    let mut result = Err(super::bug());
    let say = format!("pipglr: {} has the configuration; leave it to come back.", words[0]);
    post.on_terminal(&say, &mut || result = external_editor::run(host, &external_editor::place(host), &words, text));
    result
}
