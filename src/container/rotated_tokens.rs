//! What gitlab-runner has renewed in the container, and the secret does not say yet.
//!
//! The container's own copy of the secret is compared with the one gitlab-runner works with: the secret itself may have
//! been changed meanwhile.

use crate::config::rotated_tokens::{self, Renewed};
use crate::host::podman::{self, Container};
use crate::host::{Cmd, Host, ask};
use crate::secret::Secret;

/// The copy that gitlab-runner writes into; it outlives a restart of the container.
const COPY: &str = "/var/lib/gitlab-runner/config.toml";
/// Between the two texts, where neither has one; and behind them, since output may come cut off (podman 4.3).
const BETWEEN: char = '\0';

/// The tokens that were renewed; none where the container does not say.
pub fn find(host: &dyn Host, container: &Container) -> Vec<Renewed> {
    let name = &container.name;
    let done = ask(host, &if container.running() { inside(name) } else { outside(name, container) });
    let Some(done) = done.ok().filter(|done| done.ok()) else { return vec![] };
    let Ok(text) = String::from_utf8(done.stdout) else { return vec![] };
    let mut parts = text.split(BETWEEN);
    match (parts.next(), parts.next(), parts.next()) {
        (Some(given), Some(copy), Some(_)) => rotated_tokens::find(given, copy),
        _ => vec![],
    }
}

/// A text with the tokens that were renewed since, and how many. One that is not TOML stays as it is, and all do where
/// there is no container.
pub fn carried(host: &dyn Host, container: Option<&Container>, text: &Secret) -> (Secret, usize) {
    let renewed = container.map(|container| find(host, container)).unwrap_or_default();
    let carried = std::str::from_utf8(text.expose()).ok().filter(|_| !renewed.is_empty());
    match carried.and_then(|text| rotated_tokens::carry(text, &renewed).ok()) {
        Some((carried, count @ 1..)) => (Secret::new(carried), count),
        _ => (text.clone(), 0),
    }
}

/// An older version with the tokens that were renewed up to a newer one; `None` where there are none.
pub fn later(older: &Secret, newer: &Secret) -> Option<Secret> {
    let text = |secret: &Secret| std::str::from_utf8(secret.expose()).map(str::to_owned).ok();
    let (older, newer) = (text(older)?, text(newer)?);
    let (carried, count) = rotated_tokens::carry(&older, &rotated_tokens::find_later(&older, &newer)).ok()?;
    (count > 0).then(|| Secret::new(carried))
}

/// What was taken over, in a sentence.
pub fn notice(count: usize) -> String {
    let what = if count == 1 { "the token of a runner" } else { &*format!("the tokens of {count} runners") };
    format!("GitLab has renewed {what}; taken over from gitlab-runner, for the old one does not work any more.")
}

fn inside(name: &str) -> Cmd {
    let script = format!("cat /run/secrets/config.toml && printf '\\0' && cat {COPY} && printf '\\0'");
    podman::exec(name, None, &["sh", "-c", &script])
}

/// A container that does not run has its disk all the same.
fn outside(name: &str, container: &Container) -> Cmd {
    let script = format!(
        "cat \"$2/secrets/config.toml\" && printf '\\0' && at=$(podman mount \"$1\") && cat \"$at{COPY}\" && printf '\\0'; \
         code=$?; podman unmount \"$1\" >/dev/null; exit $code"
    );
    podman::unshared(&["sh", "-c", &script, "sh", name, &container.folder])
}
