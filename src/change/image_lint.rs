//! The image's own `gitlab-runner lint` (from 19.4 on), which has the last word.

use crate::config::secrets;
use crate::container::copies::{self, Copies};
use crate::host::interrupt::Query;
use crate::host::podman;
use crate::host::podman::throwaway::Once;
use crate::host::{Cmd, Finished, Host};
use crate::problem::{Kind, Problem, Result};
use crate::secret::Secret;
use crate::target::Target;
use crate::text::mask::mask;
use crate::text::sanitize::sanitize;
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
/// The exit code of the script where the text did not come, or not all of it.
const CUT: i32 = 101;
/// The text, `$1` bytes of it, comes by standard input, and lies in `$2`, which is in memory, until it was read.
const LINT: &str = "gitlab-runner lint --help 2>/dev/null | grep -q -e --config || exit 100; \
                    umask 077; at=$(mktemp -d $2/lint.XXXXXX) || exit 101; trap 'rm -r $at' EXIT; \
                    cat >$at/config.toml; [ $(stat -c %s $at/config.toml) = $1 ] || exit 101; \
                    gitlab-runner lint --config $at/config.toml";
/// How long it may take.
const ANSWER: Duration = Duration::from_secs(120);

/// Has the gitlab-runner that is to read a text lint it: the container's, else the image's. Where there is neither, or it
/// cannot lint, nothing is wrong as far as anybody can say. With it comes what the container has, where it was asked: to
/// get into a container takes longer than both.
///
/// # Errors
/// It does not take it, or could not be asked.
pub fn check(target: &Target, text: &Secret) -> (Result<()>, Option<Copies>) {
    // That it runs is seen by its answer.
    let (verdict, copies) = ask_container(&*target.host, &target.name, text).unzip();
    let taken = verdict.map_or_else(|| ask_image(target, text), Ok).and_then(|verdict| match verdict {
        Verdict::Silent | Verdict::Good => Ok(()),
        Verdict::Bad(lines) => Err(refused(lines, "Fix these lines; the configuration in force was not changed.")),
    });
    (taken, copies.flatten())
}

/// Asks the image that the container was made of, else the one that it would be made of.
fn ask_image(target: &Target, text: &Secret) -> Result<Verdict> {
    let host = &*target.host;
    let container = podman::container(host, &target.name)?;
    let image = match container.filter(|container| !container.image_id.is_empty()) {
        Some(container) => Some(container.image_id),
        None => target.found_image()?.map(|_| target.image.clone()),
    };
    image.map_or(Ok(Verdict::Silent), |image| ask(host, &image, text))
}

/// Returns the refusal of a text; `advice` is what to do where the lint is right.
pub fn refused(lines: Vec<String>, advice: &str) -> Problem {
    Problem::new("The gitlab-runner in the image does not take this configuration.", format!("{advice} {WAY_PAST}"))
        .said(lines)
        .kind(Kind::Found)
}

/// What is asked in a container that runs, side by side: what it has, on a line, and then the lint's words.
fn script() -> String {
    let copies = copies::shell();
    format!(
        "{copies}\ncopies 2>/dev/null &\nsaid=$( ({LINT}) 2>&1 ); code=$?; wait; echo; printf '%s\\n' \"$said\"; exit $code"
    )
}

/// Asks the gitlab-runner of a container that runs: one that is thrown away takes three times as long. `None` where it
/// could not be asked.
fn ask_container(host: &dyn Host, name: &str, text: &Secret) -> Option<(Verdict, Option<Copies>)> {
    let length = text.expose().len().to_string();
    let words = ["exec", "--interactive", name, "sh", "-c", &script(), "sh", &length, "/run"];
    let cmd = Cmd::podman(words).timeout(Some(ANSWER)).query();
    let mut done = host.run(&cmd, Some(text), &Query::begin()).ok()?;
    let copies =
        done.stdout.split(|byte| *byte == b'\n').next().and_then(|line| Copies::read_line(str::from_utf8(line).ok()?));
    done.lines =
        String::from_utf8_lossy(&done.stdout).lines().skip(1).map(|line| mask(&sanitize(line)).into_owned()).collect();
    Some((verdict(done, text).ok()?, copies))
}

/// Asks the gitlab-runner of an image, in a container that is thrown away.
///
/// # Errors
/// The container cannot be run.
pub fn ask(host: &dyn Host, image: &str, text: &Secret) -> Result<Verdict> {
    let length = text.expose().len().to_string();
    let once = Once {
        options: &["--interactive", "--tmpfs", "/tmp"],
        image,
        words: &["sh", "-c", LINT, "sh", &length, "/tmp"],
        input: Some(text),
        timeout: Some(ANSWER),
        ..Once::default()
    };
    verdict(once.run(host)?, text).map_err(|said| {
        Problem::new(
            "The image's gitlab-runner could not be asked about the configuration.",
            "Fix what podman complains of; nothing was changed.",
        )
        .said(said)
    })
}

/// What it said of the text; else what podman said.
fn verdict(done: Finished, text: &Secret) -> std::result::Result<Verdict, Vec<String>> {
    match done.code {
        0 => Ok(Verdict::Good),
        SILENT => Ok(Verdict::Silent),
        // podman's own failures: of `exec` in a container that does not run, and of what it could not start
        CUT | 125..=127 | 255 => Err(masked(done.lines, text)),
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

    #[test]
    fn the_script_is_one_that_a_shell_can_read() {
        assert!(crate::text::shell::is_readable(&script()));
    }
}
