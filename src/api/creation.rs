//! A runner that GitLab makes for a user's access token. The answer, with the runner's own token in it, is written to
//! `work/created.json` by curl itself: whatever is killed after GitLab has answered, the runner is not lost. Its server is in
//! `work/created.url` before it is asked: answers that name another one meanwhile have its token sent to nobody else.

use super::registered::{self, Known};
use super::{Place, Request, ask, ask_into};
use crate::config::document::Runner;
use crate::gitlab::{Named, check_token, refuse_token};
use crate::host::state_folder::{self, cannot_write};
use crate::host::{Host, Watch};
use crate::names::typed;
use crate::problem::{Kind, Problem, Result};
use crate::secret::Secret;
use crate::state;
use serde_json::{Value, json};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The least `maximum_timeout` that GitLab takes, in seconds.
const LEAST_TIMEOUT: u32 = 600;

/// Whose runner it is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The instance's.
    Instance,
    /// A group's.
    Group(Named),
    /// A project's.
    Project(Named),
}

/// The runner that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Whose it is.
    pub owner: Owner,
    /// Its name in GitLab's list.
    pub description: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// Whether it takes jobs without tags.
    pub run_untagged: bool,
    /// Whether it is for this project alone.
    pub locked: bool,
    /// Whether it takes no jobs yet.
    pub paused: bool,
    /// The longest that a job may take, in seconds.
    pub maximum_timeout: Option<u32>,
}

impl Wanted {
    /// Returns the tags that a text with commas between them means.
    pub fn tags(text: &str) -> Vec<String> {
        text.split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned).collect()
    }

    /// Returns the longest time of a job that a text means.
    ///
    /// # Errors
    /// It is no number, or less than GitLab takes.
    pub fn longest(text: &str) -> Result<u32> {
        text.trim().parse().ok().filter(|seconds| *seconds >= LEAST_TIMEOUT).ok_or_else(|| {
            Problem::usage(
                format!("That is no number of seconds from {LEAST_TIMEOUT} on."),
                "Give the longest that a job may take, such as 3600 for an hour.",
            )
        })
    }

    /// Refuses what GitLab would refuse, and a token where everybody can read it.
    ///
    /// # Errors
    /// It is such.
    pub fn refuse_nonsense(&self) -> Result<()> {
        for text in self.tags.iter().chain([&self.description]) {
            refuse_token("The name or a tag", text)?;
            if text.chars().any(char::is_control) {
                return Err(Problem::usage(
                    "The name or a tag has a control character in it.",
                    "Give it as plain text.",
                ));
            }
        }
        if self.description.trim().is_empty() {
            return Err(Problem::usage("The runner has no name.", "Give the one that GitLab is to show."));
        }
        if !self.run_untagged && self.tags.is_empty() {
            return Err(Problem::usage(
                "A runner without tags that takes no untagged jobs would never have a job.",
                "Give it tags (`--tags`), or have it take untagged jobs.",
            ));
        }
        Ok(())
    }
}

/// A runner that was made, and not set up yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Created {
    /// Its number in GitLab.
    pub id: u64,
    /// Its token.
    pub token: Secret,
    /// The server that made it, which alone is to have its token.
    pub server: String,
}

impl Created {
    /// Returns it as a configuration would have it.
    fn runner(&self) -> Runner {
        Runner { url: self.server.clone(), token: Secret::new(self.token.expose_str()), ..Runner::default() }
    }

    /// Refuses another server than the one that made it. `name` is the container's.
    ///
    /// # Errors
    /// It is another.
    pub fn refuse_elsewhere(&self, server: &str, name: &str) -> Result<()> {
        if self.server.trim_end_matches('/') == server.trim_end_matches('/') {
            return Ok(());
        }
        let (setup, discard) = (typed("setup", name), typed("runner create --discard", name));
        let what = format!(
            "The runner {} of an earlier run waits to be set up, and is at {}, not at {server}.",
            self.id, self.server
        );
        Err(Problem::usage(
            what,
            format!("`{setup}` goes on with it, `{discard}` deletes it; both ask its own server."),
        ))
    }
}

/// Returns the file that has the answer.
pub fn file(host: &dyn Host) -> PathBuf {
    state_folder::work(host).join("created.json")
}

/// Returns all files of one that waits, the one by which it is known to wait as the last.
pub fn files(host: &dyn Host) -> [PathBuf; 2] {
    [server_file(host), file(host)]
}

/// The file that has the server which is asked.
fn server_file(host: &dyn Host) -> PathBuf {
    state_folder::work(host).join("created.url")
}

/// Returns the runner that was made and waits to be set up; `None` where there is none, or no whole answer came.
///
/// # Errors
/// The file is there and cannot be read. That is not the same as none: its token is nowhere else.
pub fn waiting(host: &dyn Host) -> Result<Option<Created>> {
    let file = file(host);
    match host.read(&file) {
        Ok(text) => {
            let told = told(&Secret::new(text));
            told.map(|(id, token)| Ok(Created { id, token, server: asked(host)? })).transpose()
        }
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(unreadable(&file, &e, "It may hold the token of a runner that was made.")),
    }
}

/// The server that was asked; an earlier pipglr has it in the answers alone.
fn asked(host: &dyn Host) -> Result<String> {
    let file = server_file(host);
    match host.read(&file) {
        Ok(text) if !text.is_empty() => Ok(String::from_utf8_lossy(&text).into_owned()),
        Err(e) if e.kind() != ErrorKind::NotFound => {
            Err(unreadable(&file, &e, "It has the server of a runner that was made."))
        }
        _ => Ok(state::load_answers(host).server(None).to_owned()),
    }
}

fn unreadable(file: &Path, error: &std::io::Error, holds: &str) -> Problem {
    let advice = format!("{holds} Make it readable for you, then try again.");
    Problem::new(format!("{} cannot be read: {error}.", file.display()), advice)
}

/// Number and token of the runner that an answer tells of; `None` where it is not whole.
fn told(answer: &Secret) -> Option<(u64, Secret)> {
    let value: Value = serde_json::from_slice(answer.expose()).ok()?;
    Some((value["id"].as_u64()?, check_token(value["token"].as_str()?).ok()?))
}

/// Returns what is to be said of one that waits. `name` is the container's.
pub fn words(id: u64, name: &str) -> String {
    let (setup, discard) = (typed("setup", name), typed("runner create --discard", name));
    format!(
        "GitLab made the runner {id} for this host, and it is not set up: `{setup}` goes on with it, `{discard}` deletes it"
    )
}

/// Finds the number of a group or project.
fn number(
    host: &dyn Host,
    place: &Place,
    server: &str,
    user: &Secret,
    of: (&str, &Named),
    watch: &dyn Watch,
) -> Result<u64> {
    let (kind, path) = match of {
        (_, Named::Number(number)) => return Ok(*number),
        (kind, Named::Path(path)) => (kind, path),
    };
    let request = Request::new("GET", server, &format!("{kind}/{}", path.replace('/', "%2F"))).with_token_of_user(user);
    let answer = ask(host, place, &request, watch)?;
    let what = format!("GitLab did not say the number of {path}.");
    answer.json().filter(|_| answer.ok()).and_then(|found| found["id"].as_u64()).ok_or_else(|| answer.refused(&what))
}

/// Has GitLab make a runner.
///
/// # Errors
/// GitLab refuses, nobody answers, or the answer cannot be kept.
pub fn create(
    host: &dyn Host,
    place: &Place,
    server: &str,
    user: &Secret,
    wanted: &Wanted,
    watch: &dyn Watch,
) -> Result<Created> {
    host.settings().refuse_change()?;
    let number = |kind, named| number(host, place, server, user, (kind, named), watch);
    let mut body = json!({
        "description": wanted.description, "run_untagged": wanted.run_untagged, "locked": wanted.locked,
        "paused": wanted.paused,
    });
    match &wanted.owner {
        Owner::Instance => body["runner_type"] = "instance_type".into(),
        Owner::Group(named) => {
            body["runner_type"] = "group_type".into();
            body["group_id"] = number("groups", named)?.into();
        }
        Owner::Project(named) => {
            body["runner_type"] = "project_type".into();
            body["project_id"] = number("projects", named)?.into();
        }
    }
    if !wanted.tags.is_empty() {
        body["tag_list"] = wanted.tags.clone().into();
    }
    if let Some(seconds) = wanted.maximum_timeout {
        body["maximum_timeout"] = seconds.into();
    }
    let file = file(host);
    if waiting(host)?.is_some() {
        return Err(Problem::usage(
            "A runner was made already, and waits to be set up.",
            "`pipglr setup` goes on with it, `pipglr runner create --discard` deletes it.",
        ));
    }
    // It is private before there is a token in it.
    for (file, text) in [(&file, ""), (&server_file(host), server)] {
        host.write(file, text.as_bytes()).map_err(|e| cannot_write(file, &e))?;
    }
    let request = Request::new("POST", server, "user/runners").json(&body).with_token_of_user(user);
    let answer = match ask_into(host, place, &request, &file) {
        Ok(answer) => answer,
        // It may have been made all the same.
        Err(problem) if problem.kind == Kind::Away => {
            let made = waiting(host)?;
            if host.read(&file).is_err_and(|e| e.kind() == ErrorKind::NotFound) {
                let _ = forget(host); // nobody has heard of it
            }
            return made.ok_or(problem);
        }
        Err(problem) => return Err(problem),
    };
    match waiting(host)? {
        // A proxy may say of a runner that it is of another kind of text.
        Some(created) if answer.did() => Ok(created),
        _ if answer.ok() => Err(Problem::new(
            "GitLab's answer has no runner in it.",
            format!("Look at it, and at the URL: {}.", file.display()),
        )),
        _ => {
            let _ = forget(host); // there is nothing in it
            Err(answer.refused("GitLab did not make the runner."))
        }
    }
}

/// Deletes the runner that waits, in the GitLab that made it and here.
///
/// # Errors
/// GitLab cannot be asked, or refuses.
pub fn discard(host: &dyn Host, place: &Place, created: &Created, watch: &dyn Watch) -> Result<()> {
    host.settings().refuse_change()?;
    let body = json!({"token": created.token.expose_str()});
    let answer = ask(host, place, &Request::new("DELETE", &created.server, "runners").json(&body), watch)?;
    let gone = match answer.status {
        // A page, or another server's JSON, with status 200 is no yes.
        204 => true,
        // It does not know the token; a proxy that lets nobody delete says the same.
        403 => answer.is_gitlabs() && registered::known(host, place, &created.runner(), watch)? == Known::No,
        _ => false,
    };
    if !gone {
        return Err(answer.refused(&format!("GitLab did not delete the runner {}.", created.id)));
    }
    forget(host)
}

/// Removes the files: the configuration has its token, or GitLab no more of it.
///
/// # Errors
/// It cannot be removed.
pub fn forget(host: &dyn Host) -> Result<()> {
    files(host).iter().try_for_each(|file| host.remove(file).map_err(|e| cannot_write(file, &e)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_not_be_read_back_is_no_name() {
        let wanted = |description: &str, tag: &str| Wanted {
            owner: Owner::Instance,
            description: description.into(),
            tags: vec![tag.into()],
            run_untagged: true,
            locked: false,
            paused: false,
            maximum_timeout: None,
        };
        assert!(wanted("build box ☃", "größe").refuse_nonsense().is_ok());
        for (description, tag) in
            [("", "a"), (" ", "a"), ("a\nb", "a"), ("a", "b\u{1b}[m"), ("glrt-abcdefghijklmnop", "a")]
        {
            assert!(wanted(description, tag).refuse_nonsense().is_err(), "{description:?} {tag:?}");
        }
    }
}
