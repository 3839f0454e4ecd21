//! Who wrote a line of the log.

/// The three programs of the container, and the containers of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// systemd and what it starts at boot.
    Systemd,
    /// The nested podman and its helpers.
    Podman,
    /// gitlab-runner.
    Runner,
    /// The container of a job's own script.
    Script,
    /// gitlab-runner's helper beside it: sources, caches, artifacts.
    Helper,
    /// A service beside it.
    Service,
}

impl Source {
    /// The three programs, in the order of their keys.
    pub const ALL: [Self; 3] = [Self::Systemd, Self::Podman, Self::Runner];

    /// Those of a job's trace, in the order of their keys.
    pub const OF_JOB: [Self; 3] = [Self::Script, Self::Helper, Self::Service];

    /// Returns one letter for the margin.
    pub fn letter(self) -> char {
        match self {
            Self::Systemd => 'S',
            Self::Podman => 'P',
            Self::Runner => 'R',
            Self::Script => 'J',
            Self::Helper => 'H',
            Self::Service => 'V',
        }
    }

    /// Returns the program's name, as in `--json`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Systemd => "systemd",
            Self::Podman => "podman",
            Self::Runner => "gitlab-runner",
            Self::Script => "job",
            Self::Helper => "helper",
            Self::Service => "service",
        }
    }

    /// Returns whose line it is by journald's identifier (logs/FACTS.md). A path (`/usr/bin/podman`) counts as
    /// the program.
    pub fn named(identifier: &str) -> Self {
        let name = memchr::memrchr(b'/', identifier.as_bytes()).map_or(identifier, |at| &identifier[at + 1..]);
        match name {
            "gitlab-runner" => Self::Runner,
            "podman" | "conmon" | "prune" | "netavark" | "aardvark-dns" => Self::Podman,
            _ => Self::Systemd,
        }
    }
}
