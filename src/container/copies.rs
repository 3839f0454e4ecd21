//! The configuration as a container has it, in up to three texts: the secret as it was when the container was made, the
//! text that was handed over to it since ([`super::hand_over`]), and the file that gitlab-runner works with, into which it
//! writes the tokens that GitLab renews.
//!
//! They lie on the container's own disk, so that they outlive its restart; where it has the volume for them
//! ([`super::state_volume`]), the last two lie there, and outlive it too.

use super::metrics::loads;
use super::{pausing, state_volume};
use crate::config::reload;
use crate::config::rotated_tokens::{self, Renewed};
use crate::host::podman::{self, Container};
use crate::host::{Cmd, Host, ask};
use crate::secret::Secret;
use base64::prelude::{BASE64_STANDARD, Engine};
use jiff::Timestamp;
use std::time::Duration;

/// Where the image's `runner` keeps the file that gitlab-runner works with; see its FACTS.md.
pub const FOLDER: &str = "/var/lib/gitlab-runner";
/// Between the texts, where none has one; and behind the last, since output may come cut off (podman 4.3).
const BETWEEN: char = '\0';
/// Prints the texts of a container whose folder for them is `$1` and whose copy of the secret is `$2`. What was agreed to
/// lies beside the file that is worked with, which is a link then; older images have only what that was begun from.
const PRINT: &str = "at=$1/config.toml; cat \"$2\" && printf '\\0' && \
                     { cat \"$(dirname \"$(readlink -f \"$at\")\")/agreed\" 2>/dev/null || cat \"$1/secret\" 2>/dev/null || :; } && \
                     printf '\\0' && cat \"$at\" && printf '\\0'";
/// Whether gitlab-runner is up, and has metrics by which it tells that it has loaded its file.
const RUNNER: &str = "systemctl show -p ActiveState runner.service; loads >/dev/null && echo tells; \
                      cat /cache/.pipglr-paused";

/// A busy machine has booted the container within so many seconds.
const BOOT: i64 = 15;
/// How long it is waited before a container that boots is looked at again.
const PAUSE: Duration = Duration::from_millis(250);
const ACTIVE: &str = "ActiveState=active\n";

/// The texts of one container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copies {
    /// The secret, as it was when the container was made.
    made_with: Secret,
    /// What was handed over last.
    handed_over: Option<Secret>,
    /// What gitlab-runner works with.
    works: Secret,
    /// Since when the runner is paused.
    pub paused_since: Option<String>,
    /// Whether gitlab-runner is up, and tells when it has loaded its file.
    pub up: bool,
}

/// Returns the texts of a container, whether it runs or not; `None` where it does not say.
pub fn read_copies(host: &dyn Host, container: &Container) -> Option<Copies> {
    let cmd = if container.running() { inside(&container.name) } else { outside(&host.names().config, container) };
    let done = loop {
        match ask(host, &cmd).ok()? {
            done if done.ok() => break done,
            _ if container.running() && boots(host, container) => host.pause(PAUSE),
            _ => return None,
        }
    };
    Copies::read(done.stdout)
}

/// Whether it was started a moment ago: its files are not all there yet, and will be.
fn boots(host: &dyn Host, container: &Container) -> bool {
    let started = container.started_at.parse::<Timestamp>();
    started.is_ok_and(|at| (0..BOOT).contains(&host.now().duration_since(at).as_secs()))
}

impl Copies {
    /// Reads the line that `copies` printed ([`shell`]); `None` where it is none, or was cut off.
    pub fn read_line(line: &str) -> Option<Self> {
        Self::read(BASE64_STANDARD.decode(line).ok()?)
    }

    /// Reads what [`program`] printed; `None` where that was cut off.
    fn read(printed: Vec<u8>) -> Option<Self> {
        let text = String::from_utf8(printed).ok()?;
        let parts: Vec<&str> = text.split(BETWEEN).collect();
        let [made_with, handed_over, works, rest @ .., _] = parts.as_slice() else { return None };
        Some(Self {
            made_with: Secret::new(*made_with),
            handed_over: (!handed_over.is_empty()).then(|| Secret::new(*handed_over)),
            works: Secret::new(*works),
            paused_since: rest
                .first()
                .filter(|said| !said.contains(ACTIVE))
                .and_then(|said| pausing::since_of(said.lines().last()?)),
            up: rest.first().is_some_and(|said| said.contains(ACTIVE) && said.contains("tells")),
        })
    }

    /// Returns the text that was agreed to for this container last: gitlab-runner's own file was begun from it.
    pub fn agreed(&self) -> &Secret {
        self.handed_over.as_ref().unwrap_or(&self.made_with)
    }

    /// Returns whether that is another one than the container was made with.
    pub fn is_handed_over(&self) -> bool {
        self.agreed() != &self.made_with
    }

    /// Returns what gitlab-runner works with.
    pub fn works(&self) -> &Secret {
        &self.works
    }

    /// Returns the tokens that GitLab has renewed since.
    pub fn renewed(&self) -> Vec<Renewed> {
        rotated_tokens::find(self.agreed().expose_str(), self.works.expose_str())
    }

    /// Returns a text with the tokens that GitLab has renewed since, and how many. One that is not TOML stays as it is.
    pub fn carried(&self, text: &Secret) -> (Secret, usize) {
        let renewed = self.renewed();
        let carried = std::str::from_utf8(text.expose()).ok().filter(|_| !renewed.is_empty());
        match carried.and_then(|text| rotated_tokens::carry(text, &renewed).ok()) {
            Some((carried, count @ 1..)) => (Secret::new(carried), count),
            _ => (text.clone(), 0),
        }
    }

    /// Returns the settings that gitlab-runner's file contradicts, but for renewed tokens: somebody wrote into it.
    pub fn changed_inside(&self) -> Vec<String> {
        let agreed = self.carried(self.agreed()).0;
        reload::contradictions(agreed.expose_str(), self.works.expose_str())
    }
}

/// The program that prints the texts in the container.
fn program() -> String {
    let loads = loads();
    format!("{loads}\nset -- {FOLDER} /run/secrets/config.toml\n{PRINT} && {{ {RUNNER}; printf '\\0'; }} 2>/dev/null")
}

/// Returns shell that defines `copies`, which prints the texts in the container for [`Copies::read_line`]: in base64, since
/// they hold whatever somebody wrote, and without the end of the line.
pub fn shell() -> String {
    format!("copies() {{ (\n{}\n) | base64 -w 0; }}", program())
}

fn inside(name: &str) -> Cmd {
    podman::exec(name, None, &["sh", "-c", &program()])
}

/// A container that does not run has its disk all the same.
fn outside(secret: &str, container: &Container) -> Cmd {
    let script = format!(
        "name=$1; at=$(podman mount \"$name\") && set -- \"${{3:-$at{FOLDER}}}\" \"$2\" && {PRINT}; code=$?; \
         podman unmount \"$name\" >/dev/null; exit $code"
    );
    let folder = state_volume::folder(container).unwrap_or_default();
    let copy = format!("{}/secrets/{secret}", container.folder);
    podman::unshared(&["sh", "-c", &script, "sh", &container.name, &copy, folder])
}
