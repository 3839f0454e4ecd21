//! The build arguments of the image: what each means, what it is where none is given, and what it may be.
//!
//! The image's own build looks once more (`install`, `fetch-runner`); here a wrong one is told before anything is started.

use crate::gitlab;
use crate::problem::{Problem, Result};
use crate::text::sanitize::sanitize;

/// A build argument.
#[derive(Clone, Copy, Debug)]
pub struct Argument {
    /// Its name in the Containerfile.
    pub name: &'static str,
    /// What it is called in a form.
    pub label: &'static str,
    /// What it does, and what it is where none is given.
    pub meaning: &'static str,
    may_be: May,
}

/// What an argument may be.
#[derive(Clone, Copy, Debug)]
enum May {
    /// One of these.
    Be(&'static [&'static str]),
    /// What this takes; else this is said.
    Fit(fn(&str) -> bool, &'static str),
    /// The address of a GitLab.
    Gitlab,
}
use May::{Be, Fit, Gitlab};

const fn argument(name: &'static str, label: &'static str, meaning: &'static str, may_be: May) -> Argument {
    Argument { name, label, meaning, may_be }
}

/// All, in the order in which a form has them.
pub const ARGUMENTS: [Argument; 10] = [
    argument(
        "BASE_IMAGE",
        "base image",
        "what it is built on: a newer suite (debian:testing-slim) brings a newer podman; empty: Debian stable",
        Fit(no_blank, "the name of an image, such as docker.io/library/debian:testing-slim"),
    ),
    argument("GITLAB_URL", "GitLab URL", "empty: https://gitlab.com/; it can be changed in step 3", Gitlab),
    argument(
        "RUNNER_VERSION",
        "gitlab-runner version",
        "an exact one, such as 17.5.5; empty: the latest",
        Fit(is_version, "latest or a version, such as 17.5.5"),
    ),
    argument(
        "RUNNER_SHA256",
        "gitlab-runner checksum",
        "of that version's program, where you know it; empty: the one that lies beside the download is believed",
        Fit(is_sha256, "the SHA-256 of the program, 64 hexadecimal digits"),
    ),
    argument(
        "RUNNER_DOWNLOAD_URL",
        "gitlab-runner mirror",
        "where it is downloaded from; empty: GitLab's own place",
        Fit(is_url, "an address that begins with https://; with http:// only where RUNNER_SHA256 says what is to come"),
    ),
    argument(
        "RUNNER_LOG_LEVEL",
        "log level of gitlab-runner",
        "debug, info, warn, error, fatal, panic; debug shows tokens in the log; empty: info",
        Be(&["debug", "info", "warn", "error", "fatal", "panic"]),
    ),
    argument(
        "PODMAN_LOG_LEVEL",
        "log level of the nested podman",
        "trace, debug, info, warn, error; empty: warn",
        Be(&["trace", "debug", "info", "warn", "error"]),
    ),
    argument(
        "PRUNE_INTERVAL",
        "pruning",
        "when disused images and containers of jobs go: systemd's OnCalendar, such as hourly; empty: daily",
        Fit(is_calendar, "a time as systemd's OnCalendar takes it, such as daily or Sun 03:00"),
    ),
    argument(
        "NESTED_PRIVILEGED",
        "privileged jobs",
        "true, or false: jobs cannot build images with podman or buildah then; empty: true",
        Be(&["true", "false"]),
    ),
    argument("TARGETARCH", "architecture", "amd64 or arm64; empty: this machine's", Be(&["amd64", "arm64"])),
];

/// Returns a build argument `NAME=value` as it is given to podman; of one that is none of the image's own nothing is known.
///
/// # Errors
/// It cannot be that.
pub fn checked(name: &str, value: &str) -> Result<String> {
    let Some(argument) = ARGUMENTS.iter().find(|argument| argument.name == name) else {
        return Ok(format!("{name}={value}"));
    };
    let wrong = |wanted: &str| {
        let what = format!("{name} is `{}`, it must be {wanted}.", sanitize(value));
        Problem::usage(what, format!("It is about this: {}.", argument.meaning))
    };
    match argument.may_be {
        Gitlab => return Ok(format!("{name}={}", gitlab::base_url(value)?)),
        Be(words) if !words.contains(&value) => return Err(wrong(&format!("one of {}", words.join(", ")))),
        Fit(fits, wanted) if !fits(value) => return Err(wrong(wanted)),
        _ => {}
    }
    Ok(format!("{name}={value}"))
}

/// Looks at what arguments say together.
///
/// # Errors
/// A checksum of no version, or a mirror that anybody may be.
pub fn agree(args: &[String]) -> Result<()> {
    let of = |name: &str| args.iter().rev().find_map(|arg| arg.strip_prefix(name)?.strip_prefix('='));
    if of("RUNNER_SHA256").is_some() && of("RUNNER_VERSION").is_none_or(|version| version == "latest") {
        return Err(Problem::usage(
            "RUNNER_SHA256 is the checksum of one version, and RUNNER_VERSION is latest.",
            "Name the version as well.",
        ));
    }
    let open = of("RUNNER_DOWNLOAD_URL").is_some_and(|url| url.starts_with("http://") && !is_here(url));
    if open && of("RUNNER_SHA256").is_none() {
        return Err(Problem::usage(
            "What RUNNER_DOWNLOAD_URL gives without https:// may be anybody's, and its checksums with it.",
            "Give RUNNER_SHA256 and RUNNER_VERSION as well, or an address that begins with https://.",
        ));
    }
    Ok(())
}

fn no_blank(text: &str) -> bool {
    !text.is_empty() && !text.starts_with('-') && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

fn is_version(text: &str) -> bool {
    let (numbers, candidate) =
        text.trim_start_matches('v').split_once("-rc").unwrap_or((text.trim_start_matches('v'), "1"));
    let is_number = |word: &str| !word.is_empty() && word.bytes().all(|c| c.is_ascii_digit());
    text == "latest" || (numbers.split('.').count() == 3 && numbers.split('.').chain([candidate]).all(is_number))
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|c| c.is_ascii_digit() || (b'a'..=b'f').contains(&c))
}

fn is_url(text: &str) -> bool {
    no_blank(text) && ["https://", "http://"].iter().any(|scheme| text.len() > scheme.len() && text.starts_with(scheme))
}

fn is_here(url: &str) -> bool {
    let host = url.trim_start_matches("http://").split([':', '/']).next().unwrap_or_default();
    ["127.0.0.1", "localhost"].contains(&host)
}

fn is_calendar(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || " *:,./~-+_".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_argument_of_the_containerfile_is_one_of_these_and_no_other() {
        let file = include_str!("../../Containerfile");
        let of_the_file = file.lines().filter_map(|line| line.strip_prefix("ARG ")?.split('=').next());
        let mut of_the_file: Vec<_> = of_the_file.collect();
        let mut known = ARGUMENTS.map(|argument| argument.name);
        of_the_file.sort_unstable();
        known.sort_unstable();
        assert_eq!(of_the_file, known);
    }

    /// What is masked of a user's own build arguments, in the log of commands, is not of these.
    #[test]
    fn what_each_argument_is_can_be_read_in_the_log_of_commands() {
        for argument in ARGUMENTS {
            let word = format!("{}=amd64", argument.name);
            let shown = crate::text::mask::command::shown(["podman", "build", "--build-arg", &word]);
            assert!(shown.contains(&word), "{shown}: its name belongs into OURS of text/mask/command.rs");
        }
    }

    #[test]
    fn what_an_argument_may_be_and_what_not() {
        let sha = "0a".repeat(32);
        for (name, good, bad) in [
            ("BASE_IMAGE", "docker.io/library/debian@sha256:00", "debian stable"),
            ("RUNNER_VERSION", "v17.5.5", "newest"),
            ("RUNNER_VERSION", "18.0.0-rc2", "17.5"),
            ("RUNNER_VERSION", "latest", "17.5.5-rc"),
            ("RUNNER_SHA256", &sha, "abc"),
            ("RUNNER_DOWNLOAD_URL", "https://mirror.example/runner", "mirror.example"),
            ("RUNNER_LOG_LEVEL", "debug", "trace"),
            ("PODMAN_LOG_LEVEL", "trace", "loud"),
            ("PRUNE_INTERVAL", "Sun *-*-* 03:00", "daily; rm"),
            ("NESTED_PRIVILEGED", "false", "no"),
            ("TARGETARCH", "arm64", "riscv64"),
        ] {
            assert_eq!(checked(name, good).unwrap(), format!("{name}={good}"));
            let refused = checked(name, bad).unwrap_err().to_string();
            assert!(refused.contains(name) && refused.contains(bad), "{refused}");
            assert!(checked(name, "").is_err(), "{name}: an empty one is left out");
        }
        assert_eq!(checked("GITLAB_URL", "gitlab.example/api/v4").unwrap(), "GITLAB_URL=https://gitlab.example/");
        assert_eq!(checked("MINE", "x y").unwrap(), "MINE=x y", "of another nothing is known");
    }

    #[test]
    fn what_arguments_say_together_is_looked_at() {
        let agree = |args: &[&str]| super::agree(&args.iter().map(|arg| (*arg).to_owned()).collect::<Vec<_>>()).is_ok();
        assert!(agree(&[]) && agree(&["RUNNER_SHA256=00", "RUNNER_VERSION=17.5.5"]));
        assert!(!agree(&["RUNNER_SHA256=00"]) && !agree(&["RUNNER_SHA256=00", "RUNNER_VERSION=latest"]));
        assert!(!agree(&["RUNNER_DOWNLOAD_URL=http://mirror.example/"]));
        assert!(agree(&["RUNNER_DOWNLOAD_URL=http://127.0.0.1:80/"]));
        assert!(agree(&["RUNNER_DOWNLOAD_URL=http://m/", "RUNNER_SHA256=00", "RUNNER_VERSION=17.5.5"]));
    }
}
