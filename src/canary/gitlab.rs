//! Asks GitLab for each runner, from where gitlab-runner asks it: in the container, with its system ID, its certificates
//! and its proxy. `gitlab-runner verify` itself takes an HTML page with status 200 for a yes, and ends with 0 where GitLab
//! refuses or is away (17.5.5, 19.4.0).

use super::Finding;
use crate::change;
use crate::config::document::{self, Runner};
use crate::container::copies;
use crate::host::{Cmd, Watch, podman};
use crate::problem::{Problem, Result};
use crate::secret::Secret;
use crate::target::Target;
use crate::text::mask;
use crate::text::sanitize::sanitize;
use std::time::Duration;

/// curl's own time is 30 s.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Stands for the system ID, which only the container knows.
const SYSTEM_ID: &str = "@SYSTEM_ID@";
/// What curl is to do comes by standard input, since the token is in it; of the answer, which has the token as well, only
/// the status, the kind, and whether it is the answer that it should be come back.
const SCRIPT: &str = r#"id=$(cat /run/gitlab-runner/.runner_system_id 2>/dev/null)
answer=$(sed "s/@SYSTEM_ID@/$id/" | curl --silent --show-error --max-time 30 --write-out '\n%{http_code} %{content_type}' --config - 2>&1) ||
{ printf '%s\n' "$answer" | grep '^curl:' | tail -n 1; exit 90; }
printf '%s\n' "$answer" | tail -n 1
printf '%s\n' "$answer" | grep -q '"id"' && echo answered"#;
/// curl had no answer.
const AWAY: i32 = 90;

/// Asks for each runner of the configuration that gitlab-runner works with.
///
/// # Errors
/// There is no configuration or no container that runs, or podman fails.
pub fn ask(target: &Target, watch: &dyn Watch) -> Result<Vec<Finding>> {
    let (host, name) = (&*target.host, target.name.as_str());
    let Some(container) = podman::container(host, name)?.filter(podman::Container::running) else {
        return Err(Problem::new(
            format!("The container {name} does not run, and GitLab is asked from there."),
            "`pipglr start` starts it.",
        ));
    };
    let works = copies::read_copies(host, &container).map(|copies| copies.works().clone());
    let Some(text) = works.or_else(|| change::read_standing(target).ok()?.held.text().cloned()) else {
        return Err(Problem::new(
            "There is no configuration that could be read.",
            "`pipglr status` says what is wrong.",
        ));
    };
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
            let cmd = cmd(&target.name);
            let done = target.host.run(&cmd.query(), Some(&request(runner)), watch)?;
            if [0, 1, AWAY].contains(&done.code) {
                judged(done.code, &done.text(), &runner.url)
            } else {
                return Err(podman::failed(&podman::exec(&target.name, Some("runner"), &["curl"]), done));
            }
        }
    };
    let shown = |text: &str| sanitize(&mask::mask(text));
    Ok(Finding { id: "gitlab", runner: shown(&runner.name), url: shown(&runner.url), ok, found: shown(&found), fix })
}

fn variable(runner: &Runner) -> Option<&'static str> {
    let has = |text: &str| text.contains('$');
    if has(&runner.url) { Some("url") } else { has(runner.token.expose_str()).then_some("token") }
}

fn cmd(name: &str) -> Cmd {
    Cmd::podman(["exec", "--interactive", "--user", "runner", name, "sh", "-c", SCRIPT]).timeout(Some(TIMEOUT))
}

/// What curl is to do, as its configuration says it.
fn request(runner: &Runner) -> Secret {
    let quoted = |text: &str| {
        let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\r', "\\r");
        format!("\"{escaped}\"")
    };
    let body = serde_json::json!({"token": runner.token.expose_str(), "system_id": SYSTEM_ID}).to_string();
    // As gitlab-runner does, which lets an old ending go.
    let url = runner.url.trim_end_matches('/').trim_end_matches("/ci");
    let mut lines = vec![
        format!("url = {}", quoted(&format!("{url}/api/v4/runners/verify"))),
        "globoff".to_owned(),
        "request = \"POST\"".to_owned(),
        "header = \"Content-Type: application/json\"".to_owned(),
        "header = \"Accept: application/json\"".to_owned(),
        format!("data = {}", quoted(&body)),
    ];
    for (option, file) in
        [("cacert", &runner.tls_ca_file), ("cert", &runner.tls_cert_file), ("key", &runner.tls_key_file)]
    {
        if !file.is_empty() {
            lines.push(format!("{option} = {}", quoted(file)));
        }
    }
    Secret::new(lines.join("\n") + "\n")
}

const EDIT: &str = "Look at `url` of the runner: `pipglr edit`.";

/// Whether GitLab accepts it, what was seen, and what to do.
fn judged(code: i32, said: &str, url: &str) -> (bool, String, String) {
    let found = |found: String, fix: &str| (false, found, fix.to_owned());
    if code == AWAY {
        let words = said.trim_start_matches("curl: ");
        return found(
            format!("GitLab could not be asked: {words}"),
            "Is the server up, and can it be reached from here? `pipglr check` looks at the way to it.",
        );
    }
    let mut lines = said.lines();
    let (status, kind) = lines.next().unwrap_or_default().split_once(' ').unwrap_or_default();
    let answered = lines.next() == Some("answered");
    let json = kind.starts_with("application/json");
    match status {
        "200" if json && answered => (true, "GitLab accepts it".into(), String::new()),
        "200" if json => found("the answer is no runner's: something else than GitLab is there".into(), EDIT),
        "200" => found(format!("a page came ({kind}) where GitLab's answer should be: a sign-in, or a proxy's"), EDIT),
        "401" | "403" if json => found(
            "GitLab does not know its token: the runner was removed there, or the token was renewed or has expired"
                .into(),
            "Make a new runner in GitLab, and put its token in place of the old one: `pipglr edit`.",
        ),
        "401" | "403" => {
            found(format!("refused with {status} by a page ({kind}): a proxy's rather than GitLab's"), EDIT)
        }
        "404" => found(format!("{url} has no GitLab: it knows no such address (404)"), EDIT),
        "429" => found("GitLab asks for patience (429)".into(), "Wait a minute, and run `pipglr verify` again."),
        _ if status.starts_with('3') => {
            found(format!("it is sent elsewhere ({status}); gitlab-runner needs the address itself"), EDIT)
        }
        _ if status.starts_with('5') => found(
            format!("the server has a fault of its own ({status})"),
            "Wait, or ask who runs it; then `pipglr verify` again.",
        ),
        _ => found(format!("an unexpected answer: {status} {kind}"), EDIT),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runner(url: &str, token: &str) -> Runner {
        Runner {
            name: "r".into(),
            url: url.into(),
            token: Secret::new(token),
            tls_ca_file: "/etc/a \"b\".pem".into(),
            tls_cert_file: String::new(),
            tls_key_file: String::new(),
        }
    }

    #[test]
    fn the_token_is_in_what_is_piped_and_in_no_word_of_the_command() {
        let request = request(&runner("https://g/ci/", "glrt-secret\"x\\"));
        let text = request.expose_str();
        assert!(text.contains("url = \"https://g/api/v4/runners/verify\"\n"), "{text}");
        assert!(
            text.contains(r#"data = "{\"system_id\":\"@SYSTEM_ID@\",\"token\":\"glrt-secret\\\"x\\\\\"}""#),
            "{text}"
        );
        assert!(text.contains("cacert = \"/etc/a \\\"b\\\".pem\"\n"), "{text}");
        assert!(!cmd("pipglr").shell().contains("glrt"));
        assert!(crate::text::shell::is_readable(SCRIPT));
    }

    #[test]
    fn only_gitlabs_own_yes_is_one() {
        let judge = |code, said: &str| judged(code, said, "https://g/");
        assert!(judge(0, "200 application/json\nanswered\n").0);
        for (code, said, words) in [
            (1, "200 text/html; charset=utf-8\n", "a page came"),
            (0, "200 text/html\nanswered\n", "a page came"),
            (1, "200 application/json\n", "no runner's"),
            (1, "403 application/json\n", "does not know its token"),
            (1, "403 text/html\n", "a proxy's"),
            (1, "404 text/html\n", "has no GitLab"),
            (1, "302 text/html\n", "sent elsewhere"),
            (1, "502 text/html\n", "a fault of its own (502)"),
            (AWAY, "curl: (7) Failed to connect", "could not be asked: (7) Failed to connect"),
            (0, "", "unexpected"),
        ] {
            let (ok, found, fix) = judge(code, said);
            assert!(!ok && found.contains(words) && fix.ends_with('.'), "{said}: {found} {fix}");
        }
    }

    #[test]
    fn what_only_gitlab_runner_can_fill_in_is_not_asked_about() {
        assert_eq!(variable(&runner("https://g/", "${TOKEN}")), Some("token"));
        assert_eq!(variable(&runner("https://$HOST/", "t")), Some("url"));
        assert_eq!(variable(&runner("https://g/", "t")), None);
    }
}
