//! What is in an image: its podman, its gitlab-runner and what it was built on, as it says itself.

use crate::host::podman::throwaway::Once;
use crate::host::podman::{self, Container, Image, PRINT_END};
use crate::host::{Host, ask};
use crate::text::sanitize::sanitize;
use serde::Serialize;
use std::time::Duration;

/// What is in an image; `null` where it does not say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Contents {
    /// Its ID, in hex.
    pub id: String,
    /// When it was made, RFC 3339.
    pub created: Option<String>,
    /// The version of the podman that runs the jobs.
    pub podman: Option<String>,
    /// The version of its gitlab-runner.
    pub gitlab_runner: Option<String>,
    /// What it was built on.
    pub base: Option<String>,
}

/// A look takes a second, where podman need not copy the image first (4.3 with the vfs driver).
const LOOK: Duration = Duration::from_secs(60);
/// How often it is asked: podman 4.3 loses a short container's output now and then.
const LOOKS: usize = 3;

const SCRIPT: &str = "timeout 5 podman --version 2>/dev/null | sed 's/^podman version /podman=/'
timeout 5 gitlab-runner --version 2>/dev/null | sed -n 's/^Version: */runner=/p'
. /etc/os-release 2>/dev/null && echo \"base=$PRETTY_NAME\"
sed 's/^/debian=/' /etc/debian_version 2>/dev/null";

impl Contents {
    /// Looks into an image, by the container of it that runs where there is one, else by one that is thrown away.
    pub fn of(host: &dyn Host, id: &str, image: &Image, running: Option<&Container>) -> Self {
        let text = said(host, id, running).unwrap_or_default();
        let of = |name: &str| {
            let found = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
            found.map(|found| sanitize(found.trim())).filter(|found| !found.is_empty())
        };
        // Of Debian stable there are points: 13.2.
        let point = of("debian").filter(|point| point.starts_with(|c: char| c.is_ascii_digit()));
        let base = of("base").map(|base| point.map_or(base.clone(), |point| format!("{base}, {point}")));
        let created = image.created.parse::<jiff::Timestamp>().ok().map(|at| format!("{at:.0}"));
        Self { id: id.to_owned(), created, podman: of("podman"), gitlab_runner: of("runner"), base }
    }

    /// Returns what two of them differ in, and what not: what it is, before, after. What is not known is said.
    pub fn beside(&self, new: &Self) -> Vec<[String; 3]> {
        let known = |value: &Option<String>| value.clone().unwrap_or_else(|| "unknown".into());
        let row = |what: &str, old: String, new: String| [what.to_owned(), old, new];
        vec![
            row("image", format!("{:.12}", self.id), format!("{:.12}", new.id)),
            row("made", known(&self.created), known(&new.created)),
            row("gitlab-runner", known(&self.gitlab_runner), known(&new.gitlab_runner)),
            row("podman", known(&self.podman), known(&new.podman)),
            row("base", known(&self.base), known(&new.base)),
        ]
    }
}

fn said(host: &dyn Host, id: &str, running: Option<&Container>) -> Option<String> {
    let script = format!("{SCRIPT}\n{PRINT_END}");
    if let Some(container) = running {
        let done = ask(host, &podman::exec(&container.name, None, &["sh", "-c", &script])).ok()?;
        return podman::whole(done.stdout).map(|text| String::from_utf8_lossy(&text).into_owned());
    }
    let words = ["-c", script.as_str()];
    let once =
        Once { options: &["--entrypoint", "sh"], image: id, words: &words, timeout: Some(LOOK), ..Once::default() };
    for _ in 0..LOOKS {
        let done = once.run(host).ok().filter(crate::host::Finished::ok)?;
        if let Some(text) = podman::whole(done.stdout) {
            return Some(String::from_utf8_lossy(&text).into_owned());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_said_to_be_unknown() {
        let old = Contents { id: "0123456789abcdef".into(), podman: Some("5.4.2".into()), ..Contents::default() };
        let rows = old.beside(&Contents { podman: Some("6.1.1".into()), ..old.clone() });
        assert_eq!(rows[0], ["image", "0123456789ab", "0123456789ab"]);
        assert_eq!(rows[2], ["gitlab-runner", "unknown", "unknown"]);
        assert_eq!(rows[3], ["podman", "5.4.2", "6.1.1"]);
    }

    #[test]
    fn the_script_is_one_that_a_shell_can_read() {
        assert!(crate::text::shell::is_readable(SCRIPT));
    }
}
