//! Which of the three programs a console line is from.

use std::sync::LazyLock;

/// The three programs of the container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// systemd and what it starts at boot.
    Systemd,
    /// The nested podman and its helpers.
    Podman,
    /// gitlab-runner.
    Runner,
}

impl Source {
    /// One letter for the margin.
    pub fn letter(self) -> char {
        match self {
            Self::Systemd => 'S',
            Self::Podman => 'P',
            Self::Runner => 'R',
        }
    }
}

/// A line of the console: where it is from and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The program.
    pub source: Source,
    /// The text behind the journal's prefix.
    pub text: String,
}

/// journald's console format: `[ 7069.214247] gitlab-runner[46]: message` (facts/proof.md, "Log lines").
static PREFIX: LazyLock<Option<regex::Regex>> =
    LazyLock::new(|| regex::Regex::new(r"^\[ *\d+\.\d+\] ([^\s\[\]:]+)(?:\[\d+\])?: ?(.*)$").ok());

/// Takes a sanitised line apart. Only PID 1's first and last lines have no prefix.
pub fn parse(line: &str) -> Line {
    let Some(found) = PREFIX.as_ref().and_then(|prefix| prefix.captures(line)) else {
        return Line { source: Source::Systemd, text: line.to_owned() };
    };
    let program = found[1].rsplit('/').next().unwrap_or_default();
    let source = match program {
        "gitlab-runner" => Source::Runner,
        "podman" | "conmon" | "prune" | "netavark" | "aardvark-dns" => Source::Podman,
        _ => Source::Systemd,
    };
    Line { source, text: found[2].to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_identifier_decides() {
        for (line, source, text) in [
            ("[ 7069.214247] gitlab-runner[46]: Job succeeded", Source::Runner, "Job succeeded"),
            ("[   12.5] /usr/bin/podman[9]: x", Source::Podman, "x"),
            ("[12.5] conmon[139]: conmon 2d20 <nwarn>: y", Source::Podman, "conmon 2d20 <nwarn>: y"),
            ("[12.5] systemd[1]: Started a: b", Source::Systemd, "Started a: b"),
            ("Detected virtualization podman.", Source::Systemd, "Detected virtualization podman."),
        ] {
            assert_eq!(parse(line), Line { source, text: text.into() });
        }
    }
}
