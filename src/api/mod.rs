//! Asks GitLab's API by curl, from where gitlab-runner asks it: in the container that runs, with its system ID, its
//! certificates, its names and its proxy; where none runs, in a container of the image that is thrown away.
//!
//! What curl is to do comes by standard input, since a token is in it; so does the answer come back, which may have one
//! too. Where an answer is to outlive this process, curl itself writes it to a file of the state folder.

mod answer;
pub mod creation;
mod refusal;
pub mod registered;
pub mod rotation;

use crate::host::interrupt;
use crate::host::podman::{self, throwaway::Once};
use crate::host::{Cmd, Finished, Host, Watch};
use crate::names::FIRST;
use crate::problem::{Problem, Result};
use crate::secret::Secret;
pub use answer::Answer;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// curl's own time is 30 s.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Stands for the system ID, which only the container that runs knows.
pub const SYSTEM_ID: &str = "@SYSTEM_ID@";
/// The last line of what curl is to do: podman can end with 0 where only the beginning came through its pipe (4.3 to 6.1).
const END: &str = "# whole";
/// A `.curlrc` of the user's counts for nothing: it could have a token follow a redirect to another server.
///
/// The system ID lies where gitlab-runner's state does, of older images in the volume of caches, also when gitlab-runner
/// has ended.
/// Behind the answer come its status and its kind; they are also the sign that it is whole.
const SCRIPT: &str = r#"todo=$(cat) && case $todo in *'# whole') ;; *) exit 97 ;; esac
id=$(for at in /var/lib/gitlab-runner /cache /run/gitlab-runner; do cat $at/.runner_system_id 2>/dev/null && break; done)
case $todo in *@SYSTEM_ID@*) [ -n "$id" ] || exit 96 ;; esac
printf '%s\n' "$todo" | sed "s/@SYSTEM_ID@/$id/" | curl --disable --silent --show-error --max-time 30 --write-out '\n%{http_code} %{content_type}\n' --config -"#;
/// The same, with the answer in a file that is on the disk before anything is said of it; one that fills the disk is none.
const KEEP: &str = r#"todo=$(cat) && case $todo in *'# whole') ;; *) exit 97 ;; esac
ulimit -f 2048
printf '%s\n' "$todo" | curl --disable --silent --show-error --max-time 30 --output "$1" --write-out '\n%{http_code} %{content_type}\n' --config -
code=$?; sync "$1"; exit $code"#;
/// The container has no system ID.
const NAMELESS: i32 = 96;
/// curl's exit codes for a certificate that it does not trust, and for a file of certificates that it cannot read.
const UNTRUSTED: [i32; 3] = [51, 60, 77];
/// Exit codes after which GitLab has heard nothing: there is no curl, no such name, nobody who answers, or no trust.
const UNHEARD: [i32; 8] = [5, 6, 7, 35, 51, 60, 77, 127];
/// The shell's exit code where there is no such program.
const NO_CURL: i32 = 127;
/// The highest exit code that is curl's own (its manual, "EXIT CODES").
const CURL: i32 = 99;

/// Where GitLab is asked from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The container of this name, which runs.
    Container(String),
    /// A container of this image, which is thrown away.
    Image {
        /// Its name.
        image: String,
        /// Whether it is given the authority of one's own.
        trusts: bool,
    },
    /// This machine, where there is no image.
    Here {
        /// The file of the authority of one's own that curl trusts.
        authority: Option<PathBuf>,
    },
}

impl Place {
    /// Returns where GitLab is asked from: the container that runs, else the image, else this machine.
    ///
    /// # Errors
    /// podman fails.
    pub fn find(host: &dyn Host, container: &str, image: &str) -> Result<Self> {
        if podman::container(host, container)?.is_some_and(|found| found.running()) {
            return Ok(Self::Container(container.to_owned()));
        }
        Self::without_container(host, image)
    }

    /// Returns where it is asked from where no container runs, or a file is to have the answer.
    ///
    /// # Errors
    /// podman fails.
    pub fn without_container(host: &dyn Host, image: &str) -> Result<Self> {
        if podman::image(host, image)?.is_none() {
            return Ok(Self::Here { authority: None });
        }
        Ok(Self::Image { image: image.to_owned(), trusts: podman::secret_id(host, &host.names().authority)?.is_some() })
    }

    /// Returns it with the file of an authority, which only this machine needs: the others have podman's secret.
    pub fn trusting(self, file: Option<PathBuf>) -> Self {
        match self {
            Self::Here { .. } => Self::Here { authority: file },
            other => other,
        }
    }
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    method: &'static str,
    server: String,
    endpoint: String,
    body: Option<Secret>,
    personal: Option<Secret>,
    tls: Vec<(&'static str, String)>,
}

impl Request {
    /// Returns a request to an endpoint (what stands behind `/api/v4/`) of a server.
    pub fn new(method: &'static str, server: &str, endpoint: &str) -> Self {
        let (server, endpoint) = (server.to_owned(), endpoint.to_owned());
        Self { method, server, endpoint, body: None, personal: None, tls: vec![] }
    }

    /// Sends a JSON object with it.
    pub fn json(mut self, body: &Value) -> Self {
        self.body = Some(Secret::new(body.to_string()));
        self
    }

    /// Asks with the access token of a user.
    pub fn with_token_of_user(mut self, token: &Secret) -> Self {
        self.personal = Some(token.clone());
        self
    }

    /// Uses the files of a `[[runners]]`: its `tls-ca-file`, `tls-cert-file`, `tls-key-file`; empty ones are none.
    pub fn tls(mut self, ca: &str, cert: &str, key: &str) -> Self {
        let files = [("cacert", ca), ("cert", cert), ("key", key)];
        self.tls = files.into_iter().filter(|(_, file)| !file.is_empty()).map(|(o, f)| (o, f.to_owned())).collect();
        self
    }

    /// What curl is to do, as its configuration says it.
    fn config(&self, place: &Place) -> Secret {
        // As gitlab-runner does, which lets an old ending go.
        let server = self.server.trim_end_matches('/').trim_end_matches("/ci");
        let mut lines = vec![
            format!("url = {}", quoted(&format!("{server}/api/v4/{}", self.endpoint))),
            "globoff".to_owned(),
            format!("request = {}", quoted(self.method)),
            "header = \"Accept: application/json\"".to_owned(),
        ];
        if let Some(token) = &self.personal {
            lines.push(format!("header = {}", quoted(&format!("PRIVATE-TOKEN: {}", token.expose_str()))));
        }
        if let Some(body) = &self.body {
            lines.push("header = \"Content-Type: application/json\"".to_owned());
            lines.push(format!("data = {}", quoted(body.expose_str())));
        }
        match place {
            Place::Container(_) => {
                lines.extend(self.tls.iter().map(|(name, file)| format!("{name} = {}", quoted(file))))
            }
            Place::Image { trusts: true, .. } => lines.push(format!("cacert = \"/run/secrets/{}\"", FIRST.authority)),
            Place::Here { authority: Some(file) } => {
                lines.push(format!("cacert = {}", quoted(&file.to_string_lossy())));
            }
            Place::Image { .. } | Place::Here { authority: None } => {}
        }
        lines.push(END.to_owned());
        Secret::new(lines.join("\n") + "\n")
    }
}

fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\r', "\\r");
    format!("\"{escaped}\"")
}

/// Asks GitLab, and returns what it answered, whatever that is.
///
/// # Errors
/// Nobody answers, or podman fails.
pub fn ask(host: &dyn Host, place: &Place, request: &Request, watch: &dyn Watch) -> Result<Answer> {
    let input = request.config(place);
    let done = match place {
        Place::Container(name) => {
            let words = ["exec", "--interactive", "--user", "runner", name, "sh", "-c", SCRIPT];
            host.run(&Cmd::podman(words).timeout(Some(TIMEOUT)).query(), Some(&input), &Silent(watch))?
        }
        Place::Image { image, trusts } => once(host, image, *trusts, &[], &["-c", SCRIPT], &input)?,
        Place::Here { .. } => {
            let cmd = Cmd::new("sh", ["-c", SCRIPT]).timeout(Some(TIMEOUT)).query();
            host.run(&cmd, Some(&input), &Silent(watch))?
        }
    };
    let done = answered(place, done, &request.server)?;
    Answer::read(&done.stdout).ok_or_else(|| cut(&request.server))
}

/// The same, with the answer in a file, which is there before this process knows of it: it may be gone by then.
///
/// # Errors
/// As [`ask`].
pub fn ask_into(host: &dyn Host, place: &Place, request: &Request, file: &Path) -> Result<Answer> {
    let input = request.config(place);
    let done = match place {
        Place::Image { image, trusts } => {
            let mount = format!("{}:/answer:Z", file.display());
            once(host, image, *trusts, &["--volume", &mount], &["-c", KEEP, "sh", "/answer"], &input)?
        }
        Place::Container(_) | Place::Here { .. } => {
            let words = ["-c", KEEP, "sh", &file.to_string_lossy()];
            host.run(&Cmd::new("sh", words).timeout(Some(TIMEOUT)), Some(&input), &interrupt::Query::begin())?
        }
    };
    if UNHEARD.contains(&done.code) {
        let _ = host.remove(file); // nothing was made that it could tell of
    }
    let done = answered(place, done, &request.server)?;
    let failed = |e: std::io::Error| {
        Problem::new(format!("{} cannot be read: {e}.", file.display()), "It has GitLab's answer. Make it readable.")
    };
    let body = host.read(file).map_err(failed)?;
    Answer::read(&[body.as_slice(), &done.stdout].concat()).ok_or_else(|| cut(&request.server))
}

fn once(host: &dyn Host, image: &str, trusts: bool, more: &[&str], words: &[&str], input: &Secret) -> Result<Finished> {
    let trusted = format!("{},mode=0444", host.names().secret_mount(&FIRST.authority));
    let mut options = vec!["--interactive", "--entrypoint", "sh"];
    options.extend(trusts.then_some(["--secret", &trusted]).into_iter().flatten());
    options.extend(more);
    Once { options: &options, image, words, input: Some(input), timeout: Some(TIMEOUT), network: true }.run(host)
}

/// curl had an answer.
fn answered(place: &Place, done: Finished, server: &str) -> Result<Finished> {
    if done.ok() {
        return Ok(done);
    }
    let said = done.lines.iter().find_map(|line| line.strip_prefix("curl: ")).map(str::to_owned);
    let from = match place {
        Place::Container(name) => format!("from the container {name}"),
        Place::Image { .. } => "from a container of the image".into(),
        Place::Here { .. } => "from this machine".into(),
    };
    match said {
        None if done.code == NAMELESS => Err(Problem::new(
            format!("GitLab ({server}) was not asked {from}: gitlab-runner has not begun there, and has no system ID."),
            "`pipglr status` shows whether it comes up; then try again.",
        )
        .kind(crate::problem::Kind::Away)),
        Some(said) if done.code <= CURL => Err(Problem::new(
            format!("GitLab ({server}) could not be asked, {from}: {said}"),
            if UNTRUSTED.contains(&done.code) {
                "Its certificate is not trusted there. Is the clock right? A private authority's certificates are named by \
                 `ca_file` in the answers of `pipglr setup`, `--ca-file` of `pipglr runner create`, and a field of the form."
            } else {
                "Is the server up, and can it be reached from here? `pipglr check` looks at the way to it."
            },
        )
        .kind(crate::problem::Kind::Away)),
        // What was said may be a part of the answer.
        _ => Err(Problem::new(
            match (place, done.code) {
                (Place::Here { .. }, NO_CURL) => {
                    format!("GitLab ({server}) could not be asked, {from}, which has no curl, and no image that has one.")
                }
                (_, code) => {
                    format!("GitLab ({server}) could not be asked, {from}: what asks it ended with exit code {code}.")
                }
            },
            "`pipglr check` looks at podman, and at the way to GitLab. curl must be there.",
        )
        .kind(crate::problem::Kind::Away)),
    }
}

fn cut(server: &str) -> Problem {
    Problem::new(format!("The answer of GitLab ({server}) came incomplete."), "Is the machine very busy? Try again.")
        .kind(crate::problem::Kind::Away)
}

/// Hears nothing: an answer may have a token in it.
struct Silent<'a>(&'a dyn Watch);

impl Watch for Silent<'_> {
    fn stopped(&self) -> bool {
        self.0.stopped()
    }
    fn patient(&self) -> bool {
        self.0.patient()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_tokens_are_in_what_is_piped_and_in_no_word_of_the_command() {
        let place = Place::Image { image: "i".into(), trusts: true };
        let request = Request::new("POST", "https://g/ci/", "user/runners")
            .json(&json!({"description": "a \"b\"\n"}))
            .with_token_of_user(&Secret::new("glpat-secret"));
        let text = request.config(&place);
        for line in [
            "url = \"https://g/api/v4/user/runners\"",
            "request = \"POST\"",
            "header = \"PRIVATE-TOKEN: glpat-secret\"",
            r#"data = "{\"description\":\"a \\\"b\\\"\\n\"}""#,
            "cacert = \"/run/secrets/pipglr-ca\"",
        ] {
            assert!(text.expose_str().lines().any(|found| found == line), "{line}: {}", text.expose_str());
        }
        assert!(!format!("{request:?}").contains("secret"));
        assert!(crate::text::shell::is_readable(SCRIPT) && crate::text::shell::is_readable(KEEP));
    }

    #[test]
    fn a_machine_without_curl_is_said_to_be_one() {
        let done = Finished { code: NO_CURL, ..Finished::default() };
        let said = |place: &Place| answered(place, done.clone(), "https://g/").unwrap_err().what;
        assert!(
            said(&Place::Here { authority: None })
                .ends_with("from this machine, which has no curl, and no image that has one.")
        );
        assert!(said(&Place::Container("pipglr".into())).ends_with("ended with exit code 127."));
    }

    #[test]
    fn the_files_of_a_runner_are_those_in_its_container() {
        let request = Request::new("POST", "https://g/", "runners/verify").tls("/etc/ca.pem", "", "/etc/key.pem");
        let inside = request.config(&Place::Container("pipglr".into()));
        assert!(inside.expose_str().contains("cacert = \"/etc/ca.pem\"\nkey = \"/etc/key.pem\"\n"));
        let here = Place::Here { authority: None };
        assert!(!request.config(&here).expose_str().contains("/etc/"));
        let trusted = request.config(&here.trusting(Some("/srv/my ca.pem".into())));
        assert!(trusted.expose_str().contains("cacert = \"/srv/my ca.pem\"\n"), "{}", trusted.expose_str());
    }

    /// What is in the place of curl: a shell's text.
    fn with_curl(program: &str, script: &str, words: &[&str]) -> std::process::Output {
        let folder = tempfile::tempdir().unwrap();
        let curl = folder.path().join("curl");
        std::fs::write(&curl, format!("#!/bin/sh\n{program}\n")).unwrap();
        std::fs::set_permissions(&curl, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
        let todo = format!("printf '%s\\n' 'url = \"https://g/\"' '{END}' | sh -c \"$@\"");
        let all = ["-c", &todo, "sh", script].into_iter().chain(words.iter().copied());
        std::process::Command::new("sh").args(all).env("PATH", path).output().unwrap()
    }

    #[test]
    fn a_curlrc_of_the_user_s_is_not_read() {
        let said = with_curl("echo $1", SCRIPT, &[]);
        assert_eq!(String::from_utf8_lossy(&said.stdout), "--disable\n", "{said:?}"); // curl minds it as the first one only
        let said = with_curl("echo $1", KEEP, &["sh", "/dev/null"]);
        assert_eq!(String::from_utf8_lossy(&said.stdout), "--disable\n", "{said:?}");
    }

    #[test]
    fn an_answer_without_an_end_does_not_fill_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("created.json");
        let said = with_curl("exec head -c 9000000 /dev/zero >\"$7\"", KEEP, &["sh", &file.to_string_lossy()]);
        assert!(!said.status.success() && file.metadata().unwrap().len() <= 2048 * 512, "{said:?}");
    }
}
