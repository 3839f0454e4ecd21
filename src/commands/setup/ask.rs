//! What a user is asked before step 3.

use super::{made, take_url, token};
use crate::api::creation;
use crate::commands::prompt;
use crate::commands::setup::Args;
use crate::problem::Result;
use crate::secret::Secret;
use crate::steps::{Setup, authority, registration};
use crate::text::mask;
use crate::{answers, gitlab, state};

/// Asks a user what step 3 needs to know; what is not right is asked again. GitLab's own line is taken apart wherever
/// it is given, and a token too.
///
/// # Errors
/// Ctrl-C, the input has ended, or the token that was given is none.
pub(super) fn ask(setup: &mut Setup, args: &Args) -> Result<()> {
    let given = token::given(setup, args)?;
    if let Some(text) = &given {
        take_url(setup, text)?;
    }
    let mut tokens = given.map(|text| gitlab::check_tokens(&text)).transpose()?.unwrap_or_default();
    let default = registration::server(setup, setup.target.found_image()?.as_ref());
    let url = prompt::until(|| server(setup, &default, &mut tokens))?;
    setup.wants.answers.gitlab_url = Some(url.clone());
    if url.starts_with("https://") {
        ask_for_authority(setup)?;
    }
    if tokens.is_empty() {
        tokens = given_or_made(setup, &url)?;
    }
    // What setup finds waiting is what it goes on with.
    let made = creation::waiting(&*setup.target.host)?.is_some_and(|created| tokens.contains(&created.token));
    let kind = gitlab::TokenKind::of(&tokens[0]);
    say!("That is a {}.", kind.name());
    let mut registrations = u32::try_from(tokens.len()).unwrap_or(1);
    if !kind.registers_once() {
        registrations = number("Registrations", setup.wants.answers.runners.unwrap_or(registrations))?;
        setup.wants.answers.runners = Some(registrations);
    }
    let jobs = number("Jobs at once", setup.wants.answers.jobs_for(registrations))?;
    setup.wants.answers.concurrent = Some(jobs);
    let name = registration::description(setup);
    if !made {
        setup.wants.answers.description = Some(prompt::until(|| {
            let name = prompt::line("Name in GitLab", &name)?;
            gitlab::refuse_token("The name", &name).map(|()| name)
        })?);
    }
    setup.wants.vault.tokens = tokens;
    state::save_answers(&*setup.target.host, &setup.wants.answers)
}

/// The certificates that the server's is signed with; a file that is none is asked for again.
fn ask_for_authority(setup: &mut Setup) -> Result<()> {
    let before = setup.wants.answers.ca_file.as_ref().map_or("none".into(), |file| file.display().to_string());
    prompt::until(|| {
        let question = "A private authority's certificates (a file, system, or none)";
        let text = prompt::line(question, &before)?;
        gitlab::refuse_token("The file", &text)?;
        setup.wants.answers.ca_file = (text != "none").then(|| authority::absolute(text.as_ref()));
        authority::file(setup).map(drop)
    })
}

/// The token, which is given, or that of a runner that GitLab makes now.
fn given_or_made(setup: &mut Setup, url: &str) -> Result<Vec<Secret>> {
    say!("\nThis needs {}.", registration::ASKED);
    for line in gitlab::where_it_is_had(url) {
        say!("  {line}");
    }
    say!("  GitLab's own line, `gitlab-runner register ...`, is understood too.");
    say!("  Or have GitLab make the runner now, with an access token of yours: type `make`.");
    loop {
        if let Some(tokens) = prompt::until(|| token(setup))? {
            return Ok(tokens);
        }
        if let Some(created) = made::ask(setup, url)? {
            return Ok(vec![created.token]);
        }
    }
}

/// The server; a token that is given in its place is kept, and the server asked for again.
fn server(setup: &mut Setup, default: &str, tokens: &mut Vec<Secret>) -> Result<String> {
    let text = prompt::line("GitLab URL", default)?;
    if let Some(line) = gitlab::register_line(&text) {
        *tokens = gitlab::check_tokens(&text)?;
        setup.wants.answers.description = line.name.or(setup.wants.answers.description.take());
        return taken(&line.url.unwrap_or_else(|| default.to_owned()));
    }
    if mask::looks_like_token(&text) && !text.contains("://") {
        *tokens = gitlab::check_tokens(&text)?;
        say!("That is a token; it is taken as such.");
        return server(setup, default, tokens);
    }
    taken(&text)
}

/// The token, unseen; GitLab's own line says the server and the name too. `None` where GitLab is to make the runner.
fn token(setup: &mut Setup) -> Result<Option<Vec<Secret>>> {
    let text = prompt::hidden("Token (not shown)")?;
    if text.trim() == "make" {
        return Ok(None);
    }
    if let Some(line) = gitlab::register_line(&text) {
        if let Some(url) = line.url {
            setup.wants.answers.gitlab_url = Some(taken(&url)?);
        }
        setup.wants.answers.description = line.name.or(setup.wants.answers.description.take());
    }
    gitlab::check_tokens(&text).map(Some)
}

/// The address that a text means; where it is another than was typed, that is said.
fn taken(typed: &str) -> Result<String> {
    let url = gitlab::base_url(typed)?;
    if let Some(told) = gitlab::taken_as(typed, &url) {
        say!("{told}");
    }
    Ok(url)
}

fn number(question: &str, default: u32) -> Result<u32> {
    prompt::until(|| answers::number(&prompt::line(question, &default.to_string())?))
}
