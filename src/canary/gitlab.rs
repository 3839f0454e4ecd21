//! Asks GitLab for each runner, from where gitlab-runner asks it: in the container, with its system ID, its certificates
//! and its proxy. `gitlab-runner verify` itself takes an HTML page with status 200 for a yes, and ends with 0 where GitLab
//! refuses or is away (17.5.5, 19.4.0).

use super::{Finding, Of};
use crate::api::{self, Answer, Place, registered};
use crate::config::document::{self, Runner};
use crate::host::Watch;
use crate::problem::{Kind, Problem, Result};
use crate::target::Target;

/// Asks for each runner of the configuration that gitlab-runner works with.
///
/// # Errors
/// There is no configuration or no container that runs, or podman fails.
pub fn ask(target: &Target, watch: &dyn Watch) -> Result<Vec<Finding>> {
    let text = super::configuration(target, "GitLab is asked from there")?;
    let runners = document::read(text.expose_str())?.runners;
    if runners.is_empty() {
        return Err(Problem::new("The configuration has no [[runners]].", "`pipglr setup` registers one."));
    }
    runners.iter().map(|runner| one(target, runner, watch)).collect()
}

fn one(target: &Target, runner: &Runner, watch: &dyn Watch) -> Result<Finding> {
    let (ok, found, fix) = match variable(runner) {
        Some(what) => (
            false,
            format!("its {what} is a variable, which only gitlab-runner can fill in"),
            "`pipglr status` shows whether GitLab answers it.".to_owned(),
        ),
        None => {
            let place = Place::Container(target.name.clone());
            match api::ask(&*target.host, &place, &registered::verification(&place, runner), watch) {
                Ok(answer) => judged(&answer, &runner.url),
                Err(problem) if problem.kind == Kind::Away => (false, problem.what, problem.advice),
                Err(problem) => return Err(problem),
            }
        }
    };
    let of = Of { runner: runner.name.clone(), url: runner.url.clone() };
    Ok(of.finding("gitlab", ok, found, fix))
}

fn variable(runner: &Runner) -> Option<&'static str> {
    let has = |text: &str| text.contains('$');
    if has(&runner.url) { Some("url") } else { has(runner.token.expose_str()).then_some("token") }
}

const EDIT: &str = "Look at `url` of the runner: `pipglr edit`.";

/// Whether GitLab accepts it, what was seen, and what to do.
fn judged(answer: &Answer, url: &str) -> (bool, String, String) {
    let found = |found: String, fix: &str| (false, found, fix.to_owned());
    let (status, kind) = (answer.status, answer.kind());
    match status {
        200 if answer.json().is_some_and(|told| !told["id"].is_null()) => {
            (true, "GitLab accepts it".into(), String::new())
        }
        200 if answer.is_gitlabs() => {
            found("the answer is no runner's: something else than GitLab is there".into(), EDIT)
        }
        200 => found(format!("a page came ({kind}) where GitLab's answer should be: a sign-in, or a proxy's"), EDIT),
        401 | 403 if answer.is_gitlabs() => found(
            "GitLab does not know its token; the runner was removed there, or the token was renewed or has expired"
                .into(),
            "Make a new runner in GitLab, and put its token in place of the old one: `pipglr edit`.",
        ),
        401 | 403 => found(format!("refused with {status} by a page ({kind}): a proxy's rather than GitLab's"), EDIT),
        404 => found(format!("{url} has no GitLab: it knows no such address (404)"), EDIT),
        429 => found("GitLab asks for patience (429)".into(), "Wait a minute, and run `pipglr verify` again."),
        300..=399 => found(format!("it is sent elsewhere ({status}); gitlab-runner needs the address itself"), EDIT),
        500..=599 => found(
            format!("the server has a fault of its own ({status})"),
            "Wait, or ask who runs it; then `pipglr verify` again.",
        ),
        _ => found(format!("an unexpected answer: {status} {kind}"), EDIT),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    fn runner(url: &str, token: &str) -> Runner {
        Runner {
            name: "r".into(),
            url: url.into(),
            token: Secret::new(token),
            tls_ca_file: "/etc/a \"b\".pem".into(),
            tls_cert_file: String::new(),
            tls_key_file: String::new(),
            token_obtained_at: None,
            token_expires_at: None,
        }
    }

    #[test]
    fn only_gitlabs_own_yes_is_one() {
        let judge = |said: &str| judged(&Answer::read(said.as_bytes()).unwrap(), "https://g/");
        assert!(judge("{\"id\":7}\n200 application/json\n").0);
        for (said, words) in [
            ("<html>\n200 text/html; charset=utf-8\n", "a page came"),
            ("{\"id\":7}\n200 text/html\n", "a page came"),
            ("{}\n200 application/json\n", "no runner's"),
            ("{}\n403 application/json\n", "does not know its token"),
            ("<html>\n403 text/html\n", "a proxy's"),
            ("\n404 text/html\n", "has no GitLab"),
            ("\n302 text/html\n", "sent elsewhere"),
            ("\n502 text/html\n", "a fault of its own (502)"),
            ("\n100 \n", "unexpected"),
        ] {
            let (ok, found, fix) = judge(said);
            assert!(!ok && found.contains(words) && fix.ends_with('.'), "{said}: {found} {fix}");
            assert_eq!(crate::text::mask::mask(&found), found, "it is shown masked");
        }
    }

    #[test]
    fn what_only_gitlab_runner_can_fill_in_is_not_asked_about() {
        assert_eq!(variable(&runner("https://g/", "${TOKEN}")), Some("token"));
        assert_eq!(variable(&runner("https://$HOST/", "t")), Some("url"));
        assert_eq!(variable(&runner("https://g/", "t")), None);
    }
}
