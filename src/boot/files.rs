//! The files of `boot`: where they lie, how words stand in them, and the host's own word on them.

use crate::host::{Cmd, Host};
use crate::plan::Action;
use crate::problem::{Problem, Result};
use crate::secret::Secret;
use crate::text::mask;
use crate::text::shell::quote;
use std::path::{Path, PathBuf};

/// What makes units of quadlets, on the distributions (podman 4.4 to 6.1).
pub(super) const GENERATORS: [&str; 3] = [
    "/usr/libexec/podman/quadlet",
    "/usr/lib/podman/quadlet",
    "/usr/lib/systemd/user-generators/podman-user-generator",
];

/// Returns what makes units of quadlets on this host.
pub(super) fn generator(host: &dyn Host) -> Option<&'static str> {
    let executable = |path: &&&str| host.meta(Path::new(path)).is_ok_and(|meta| meta.mode & 0o111 != 0);
    GENERATORS.iter().find(executable).copied()
}

/// The quadlet, in a folder of its own: one line in a file of that folder that is none, and no unit is made of any file in
/// it; sub-folders are spared (5.4, 5.8, 6.1).
pub(super) fn quadlet(host: &dyn Host, name: &str) -> PathBuf {
    host.user().home.join(format!(".config/containers/systemd/pipglr/{name}.container"))
}

/// The variables of podman's own environment that the quadlet's container needs.
pub(super) fn variables(host: &dyn Host, name: &str) -> PathBuf {
    quadlet(host, name).with_extension("env")
}

/// The unit that starts a container that is there.
pub(super) fn unit(host: &dyn Host, name: &str) -> PathBuf {
    host.user().home.join(format!(".config/systemd/user/{name}.service"))
}

/// The command that made the container before, to be given back.
pub(super) fn before(host: &dyn Host, name: &str) -> PathBuf {
    host.user().state.join(format!("boot/{name}.json"))
}

/// The log of a container that is recreated at each start.
pub(super) fn log(host: &dyn Host, name: &str) -> PathBuf {
    host.user().state.join(format!("boot/{name}.log"))
}

/// Refuses to take the place of a unit of that name that has nothing to do with the container.
///
/// # Errors
/// There is one.
pub(super) fn refuse_another(host: &dyn Host, name: &str) -> Result<()> {
    let of_the_name = format!("{name}.service");
    let ours = [quadlet(host, name), unit(host, name)];
    let all = crate::host::systemd::all(host, name)?;
    match all.iter().find(|unit| unit.name == of_the_name && !ours.contains(&unit.file)) {
        Some(unit) if !unit.file.as_os_str().is_empty() => Err(Problem::new(
            format!(
                "There is a unit {of_the_name} already, which does not run the container: {}.",
                unit.file.display()
            ),
            "Give it another name, or run pipglr with another (`--name`). Nothing was changed.",
        )),
        _ => Ok(()),
    }
}

/// Writes a file beside, and has it looked at by the host's own program, before anything is changed.
pub(super) fn checked(host: &dyn Host, path: &Path, text: &str, check: impl Fn(&str, &str) -> Cmd) -> [Action; 3] {
    let folder = host.user().state.join("boot/check");
    let beside = folder.join(path.file_name().unwrap_or_default());
    let check = check(&folder.to_string_lossy(), &beside.to_string_lossy());
    [Action::Save { path: beside, text: Secret::new(text) }, Action::Run(check), Action::Remove(folder)]
}

/// A word as the line of a unit has it, whose `%` and `$` mean nothing.
pub(super) fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-+=./:,@^~[]".contains(c);
    let mut word = String::new();
    for c in text.chars() {
        match c {
            '"' | '\\' => word.extend(['\\', c]),
            '\n' => word.push_str("\\n"),
            '\t' => word.push_str("\\t"),
            '%' | '$' => word.extend([c, c]),
            c => word.push(c),
        }
    }
    if !text.is_empty() && text.chars().all(plain) { word } else { format!("\"{word}\"") }
}

/// A line of an `EnvironmentFile=`.
pub(super) fn variable(name: &str, value: &str) -> String {
    let mut line = format!("{name}=\"");
    for c in value.chars() {
        if matches!(c, '"' | '\\' | '$' | '`') {
            line.push('\\');
        }
        line.push(c);
    }
    line + "\"\n"
}

/// Returns a quadlet's text as it may be shown: what an admin gave the container of their own is masked.
pub fn shown(text: &str) -> String {
    let line = |line: &str| match line.strip_prefix("PodmanArgs=").and_then(shlex::split) {
        Some(words) => {
            let words: Vec<_> = std::iter::once("podman").chain(words.iter().map(String::as_str)).collect();
            match mask::command::shown(words.iter().copied()) {
                shown if shown == words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" ") => line.to_owned(),
                shown => format!("PodmanArgs={}", shown.trim_start_matches("podman ")),
            }
        }
        None => mask::mask(line).into_owned(),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_means_itself_in_a_unit() {
        for (text, expected) in [
            ("pipglr-cache:/cache", "pipglr-cache:/cache"),
            ("", "\"\""),
            ("a b", "\"a b\""),
            ("50% of $HOME", "\"50%% of $$HOME\""),
            (r#"{"a":"\n"}"#, r#""{\"a\":\"\\n\"}""#),
            ("a'b;c", "\"a'b;c\""),
            ("two\nlines", "\"two\\nlines\""),
        ] {
            assert_eq!(word(text), expected, "{text}");
        }
        assert_eq!(variable("A", "x \"$y\" \\"), "A=\"x \\\"\\$y\\\" \\\\\"\n");
    }

    #[test]
    fn what_an_admin_gave_the_container_is_not_shown() {
        let text = "Image=i\nPodmanArgs=--env \"PASSWORD=hidden it\"\nPodmanArgs=--tty";
        assert_eq!(shown(text), "Image=i\nPodmanArgs=--env 'PASSWORD=[MASKED]'\nPodmanArgs=--tty");
    }
}
