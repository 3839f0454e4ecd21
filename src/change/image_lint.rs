//! The image's own `gitlab-runner lint` (from 19.4 on), which has the last word.

use crate::config::secrets;
use crate::host::Host;
use crate::host::podman;
use crate::host::podman::throwaway::Once;
use crate::problem::{Kind, Problem, Result};
use crate::secret::Secret;
use crate::target::Target;
use std::time::Duration;

/// What it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// This gitlab-runner cannot lint.
    Silent,
    /// It takes it.
    Good,
    /// It does not; its own words, without tokens.
    Bad(Vec<String>),
}

/// The way past a verdict that is wrong, which `gitlab-runner lint` 19.4 was seen to give.
const WAY_PAST: &str = "Where its lint is wrong (it has no variables of the service, so that `$NAME` is empty, and takes \
                            nested tables of `plugin_config` for unknown): `pipglr config apply --without-lint`, with FILE \
                            where the text is in one, applies it all the same.";

/// The exit code of the script where there is no `lint`.
const SILENT: i32 = 100;
/// The text comes by standard input, and lies on a file system in memory.
const SCRIPT: &str = "gitlab-runner lint --help 2>/dev/null | grep -q -e --config || exit 100; \
                      umask 077; cat >/tmp/config.toml; exec gitlab-runner lint --config /tmp/config.toml";

/// Has the gitlab-runner that is to read a text lint it: the container's, else the image's. Where there is neither, or it
/// cannot lint, nothing is wrong as far as anybody can say.
///
/// # Errors
/// It does not take it, or could not be asked.
pub fn check(target: &Target, text: &Secret) -> Result<()> {
    let host = &*target.host;
    let image = match podman::container(host, &target.name)? {
        Some(container) if !container.image_id.is_empty() => container.image_id,
        _ if target.found_image()?.is_some() => target.image.clone(),
        _ => return Ok(()),
    };
    match ask(host, &image, text)? {
        Verdict::Silent | Verdict::Good => Ok(()),
        Verdict::Bad(lines) => Err(refused(lines, "Fix these lines; the configuration in force was not changed.")),
    }
}

/// Returns the refusal of a text; `advice` is what to do where the lint is right.
pub fn refused(lines: Vec<String>, advice: &str) -> Problem {
    Problem::new("The gitlab-runner in the image does not take this configuration.", format!("{advice} {WAY_PAST}"))
        .said(lines)
        .kind(Kind::Found)
}

/// Asks the gitlab-runner of an image, in a container that is thrown away.
///
/// # Errors
/// The container cannot be run.
pub fn ask(host: &dyn Host, image: &str, text: &Secret) -> Result<Verdict> {
    let once = Once {
        options: &["--interactive", "--tmpfs", "/tmp"],
        image,
        words: &["sh", "-c", SCRIPT],
        input: Some(text),
        timeout: Some(Duration::from_secs(120)),
    };
    let done = once.run(host)?;
    match done.code {
        0 => Ok(Verdict::Good),
        SILENT => Ok(Verdict::Silent),
        // podman's own failures
        125..=127 => Err(Problem::new(
            "The image's gitlab-runner could not be asked about the configuration.",
            "Fix what podman complains of; nothing was changed.",
        )
        .said(masked(done.lines, text))),
        _ => Ok(Verdict::Bad(masked(said(done.lines), text))),
    }
}

/// Without gitlab-runner's greeting; the last lines.
fn said(mut lines: Vec<String>) -> Vec<String> {
    lines.retain(|line| !line.trim().is_empty() && !line.starts_with("Runtime platform"));
    lines.drain(..lines.len().saturating_sub(12));
    lines
}

fn masked(lines: Vec<String>, text: &Secret) -> Vec<String> {
    let text = text.expose_str();
    let values: Vec<&str> =
        secrets::find(text).into_iter().filter_map(|secret| text.get(secret.span)).filter(|v| !v.is_empty()).collect();
    let mask = |line: String| values.iter().fold(line, |line, value| line.replace(value, "[MASKED]"));
    lines.into_iter().map(mask).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_masked() {
        let text = Secret::new("[[runners]]\ntoken = \"glrt-t1_hidden\"\n");
        let lines = vec!["FATAL: bad value \"glrt-t1_hidden\"".into()];
        assert_eq!(masked(lines, &text), ["FATAL: bad value \"[MASKED]\""]);
    }
}
