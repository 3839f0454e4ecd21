//! What the editor and a change of the configuration need from the host.

use crate::apply::crossed;
use crate::apply::{Progress, Sudo};
use crate::change::external_editor::{self, Edited};
use crate::change::image_lint::{self, Verdict};
use crate::change::{self, Held, Standing, Undo, reader};
use crate::config::diff::diff;
use crate::config::document;
use crate::host::{Host, podman};
use crate::problem::{Kind, Problem, Result};
use crate::secret::Secret;
use crate::state;
use crate::target::Target;
use crate::tui::editor::check::Reader;
use crate::tui::mailbox::Mailbox;
use crate::tui::message::Opened;
use crate::tui::proposed::Proposed;

/// The configuration to edit: the text that was kept, else the secret.
pub fn open(target: &Target) -> Result<Opened> {
    let host = &*target.host;
    let left = external_editor::collect_left(host, &external_editor::place(host)).err();
    let standing = change::look(target)?;
    let text = match (standing.kept.as_ref().map(|kept| &kept.text), standing.held.text()) {
        (Some(text), _) | (None, Some(text)) => text.clone(),
        (None, None) if standing.held == Held::Missing => {
            return Err(Problem::new(
                "There is no configuration to edit.",
                "The steps before this one make one; `pipglr config undo` brings back one that was lost.",
            ));
        }
        (None, None) => {
            let notice = change::notice(&standing).unwrap_or_default();
            return Err(Problem::new("The configuration cannot be read.", format!("{notice}.")));
        }
    };
    let text = document::utf8(text.expose().to_vec(), &state::work_file(host)).map(Secret::new)?;
    let container = crate::container::recreate::current(host, &target.name)?;
    let (text, renewed) = crate::container::rotated_tokens::carried(host, container.as_ref(), &text);
    let at_work = standing.held != Held::Missing || !standing.history.is_empty();
    let notice = match &standing.kept {
        Some(kept) if at_work && kept.conflict => "The secret was changed since this text was begun.",
        Some(_) if at_work => "This text was kept, and not put to work yet.",
        _ if renewed > 0 => "GitLab has renewed a token; it is in this text. Ctrl-S stores it.",
        _ => "",
    }
    .to_owned();
    let notice = left.map_or(notice, |left| format!("{} {}", left.what, left.advice));
    let known = reader::reader(host, &target.name, container.as_ref(), &text);
    let reader = Reader { runner: known.runner, token: known.token };
    let (work, unsaved) = (standing.work.clone(), standing.unsaved.last().cloned());
    Ok(Opened { text, work, unsaved, standing: at_work.then(|| Box::new(standing)), reader, notice })
}

/// Keeps a text, says so to `kept`, asks the image's gitlab-runner about it, and plans how it is put to work.
pub fn propose(
    target: &Target,
    standing: Option<Box<Standing>>,
    text: &Secret,
    now: bool,
    back: Option<String>,
    kept: &dyn Fn(),
) -> Result<Proposed> {
    let host = &*target.host;
    let read = match standing {
        Some(standing) => *standing,
        None => {
            let mut read = change::look(target)?;
            // What waits there by now is another's, unless it is this text.
            read.work = read.work.filter(|work| work == text);
            read
        }
    };
    let there = read.work.as_ref() == Some(text);
    if back.is_none() && !there && (read.held.text() != Some(text) || read.work.is_some()) {
        change::keep(target, &read, text, &())?;
        kept();
    }
    // What was read must still be what is there: else the other's version would be overwritten unseen.
    let fresh = change::look(target)?;
    if fresh.held != read.held {
        return Err(conflict(host));
    }
    let image = match podman::container(host, &target.name)? {
        Some(container) if !container.image_id.is_empty() => Some(container.image_id),
        _ => target.found_image()?.map(|_| target.image.clone()),
    };
    if let Some(image) = image
        && let Verdict::Bad(lines) = image_lint::ask(host, &image, text)?
    {
        let advice = "Go back to the text (e) and mend it. It is kept; what is at work was not changed.";
        return Err(image_lint::refused(lines, advice));
    }
    // The way back goes over what waits there; a text of one's own over nothing but itself.
    let fresh = if back.is_some() { fresh.superseding() } else { fresh };
    let proposal = change::propose(target, &fresh, text, now)?;
    let old = proposal.old.as_ref().map_or("", |old| old.expose_str());
    let diff = diff(old, proposal.new.expose_str());
    Ok(Proposed { proposal, standing: Box::new(fresh), diff, back, now })
}

/// Plans the way back to the version before.
pub fn put_back(target: &Target) -> Result<Proposed> {
    let standing = change::look(target)?;
    let (text, from) = match change::undo(target, &standing)? {
        Undo::Back(text, from) => (text, from),
        Undo::Drop(_) => match standing.held.text().cloned() {
            Some(text) => (text, "the secret as it is".to_owned()),
            None => return Err(Problem::new("There is no version to go back to.", "Edit the text (e) instead.")),
        },
    };
    propose(target, Some(Box::new(standing)), &text, false, Some(from), &|| {})
}

/// Puts a change to work.
pub fn carry_out(target: &Target, change: &Proposed, watch: &dyn Progress) -> Result<()> {
    let done = change::carry_out(target, &change.proposal, Sudo::Terminal, watch);
    done.map_err(|problem| if problem.kind == Kind::Conflict { conflict(&*target.host) } else { problem })
}

/// Somebody else changed the secret: what to do about it here.
fn conflict(host: &dyn Host) -> Problem {
    Problem {
        advice: "Enter shows how your text differs from the secret as it is now, and asks before it takes its place; \
                 e goes back to your text."
            .into(),
        ..crossed::conflict(host)
    }
}

/// Has a text edited by the person's own editor, on the terminal.
pub fn lend(host: &dyn Host, post: &Mailbox, text: &Secret) -> Result<Edited> {
    let words = external_editor::words()?;
    let mut result = Err(super::bug());
    let say = format!("pipglr: {} has the configuration; leave it to come back.", words[0]);
    post.on_terminal(&say, &mut || result = external_editor::run(host, &external_editor::place(host), &words, text));
    result
}
