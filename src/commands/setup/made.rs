//! A runner that GitLab makes, asked for on a bare terminal: in step 3 in place of a token.

use crate::api::creation::{Created, Owner, Wanted};
use crate::commands::printer::Printer;
use crate::commands::prompt;
use crate::commands::runner::user_token;
use crate::gitlab::{self, Named};
use crate::problem::{Kind, Problem, Result};
use crate::steps::{Setup, creating, registration};

/// Asks what it is to be, and has GitLab make it. Where GitLab refuses, that is said, and all is asked again with what was
/// answered for its defaults; `None` where the user gives it up.
///
/// # Errors
/// Ctrl-C, the input has ended, or what was made cannot be kept.
pub(super) fn ask(setup: &mut Setup, server: &str) -> Result<Option<Created>> {
    if creating::unanswered(&*setup.target.host) {
        say_behind!("note: ", "{}", creating::UNANSWERED);
    }
    let mut wanted = None;
    loop {
        say!();
        let user = user_token::asked()?;
        let now = wishes(setup, server, wanted.as_ref())?;
        match creating::make(setup, &user, &now, &Printer::new(true)) {
            Ok(created) => {
                say!("GitLab made the runner {}, {}.", created.id, now.description);
                return Ok(Some(created));
            }
            Err(problem) if problem.kind == Kind::Interrupted => return Err(problem),
            Err(problem) => say!("{problem}"),
        }
        wanted = Some(now);
        if !yes("Ask GitLab again", true)? {
            return Ok(None);
        }
    }
}

/// What the runner is to be; `before` is what was answered the last time.
fn wishes(setup: &Setup, server: &str, before: Option<&Wanted>) -> Result<Wanted> {
    let (kind, of) = match before.map(|wanted| &wanted.owner) {
        Some(Owner::Project(named)) => ("p", typed(named)),
        Some(Owner::Group(named)) => ("g", typed(named)),
        Some(Owner::Instance) => ("i", String::new()),
        None => ("p", String::new()),
    };
    let named = |what: &str| {
        prompt::until(|| gitlab::named(&prompt::line(&format!("Number, path or address of the {what}"), &of)?, server))
    };
    let owner =
        prompt::until(|| match prompt::line("For a project (p), a group (g), the instance (i)", kind)?.as_str() {
            "p" | "project" => named("project").map(Owner::Project),
            "g" | "group" => named("group").map(Owner::Group),
            "i" | "instance" => Ok(Owner::Instance),
            _ => Err(Problem::usage("That is none of them.", "Answer p, g, or i.")),
        })?;
    let description = before.map_or_else(|| registration::description(setup), |wanted| wanted.description.clone());
    let description = public("Name in GitLab", &description)?;
    let tags = before.map_or_else(String::new, |wanted| wanted.tags.join(","));
    let tags = Wanted::tags(&public("Tags, with commas between them", &tags)?);
    // Without tags it would never have a job else.
    let run_untagged =
        tags.is_empty() || yes("Takes jobs without tags", before.is_none_or(|wanted| wanted.run_untagged))?;
    let locked = matches!(owner, Owner::Project(_))
        && yes("For this project alone", before.is_some_and(|wanted| wanted.locked))?;
    let paused = yes("Takes no jobs until that is switched in GitLab", before.is_some_and(|wanted| wanted.paused))?;
    let longest = before.and_then(|wanted| wanted.maximum_timeout).map_or("none".into(), |n| n.to_string());
    let maximum_timeout = prompt::until(|| {
        match prompt::line("The longest that a job may take, in seconds (600 or more), or none", &longest)?.as_str() {
            "none" => Ok(None),
            text => Wanted::longest(text).map(Some),
        }
    })?;
    Ok(Wanted { owner, description, tags, run_untagged, locked, paused, maximum_timeout })
}

/// What everybody may read, and so no token.
fn public(question: &str, default: &str) -> Result<String> {
    prompt::until(|| {
        let text = prompt::line(question, default)?;
        gitlab::refuse_token("What everybody can read", &text).map(|()| text)
    })
}

/// As it was typed.
fn typed(named: &Named) -> String {
    match named {
        Named::Number(number) => number.to_string(),
        Named::Path(path) => path.clone(),
    }
}

/// Yes or no, where Enter takes the default.
fn yes(question: &str, default: bool) -> Result<bool> {
    prompt::until(|| {
        match prompt::line(&format!("{question} (yes, no)"), if default { "yes" } else { "no" })?.as_str() {
            "y" | "yes" => Ok(true),
            "n" | "no" => Ok(false),
            _ => Err(Problem::usage("That is neither.", "Answer yes or no.")),
        }
    })
}
