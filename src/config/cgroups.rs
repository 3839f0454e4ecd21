//! The controllers of cgroups by which limits of jobs hold.

/// Where the image's generator (assets/image/cgroups/divide) leaves what it has decided, and what the container was given:
/// a command of a shell that prints the controllers that the jobs have, or nothing.
pub const ASK: &str =
    "! [ -e /run/systemd/generator/podman.service.d/cgroups.conf ] || cat /sys/fs/cgroup/cgroup.controllers";

/// Which of them jobs have; none where they run without cgroups.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Controllers {
    cpuset: bool,
    all: bool,
}

impl Controllers {
    /// Reads a `cgroup.controllers`. The image divides them where processors and memory are among them.
    pub fn read(text: &str) -> Self {
        let has = |name| text.split_whitespace().any(|word| word == name);
        let all = has("cpu") && has("memory");
        Self { all, cpuset: all && has("cpuset") }
    }

    /// Returns whether jobs have cgroups, with limits of processors and memory.
    pub fn is_some(self) -> bool {
        self.all
    }

    /// Returns whether jobs have what a row of the table of keys names: `cgroups` at all, or a controller.
    pub(super) fn has(self, name: &str) -> bool {
        match name {
            "cpuset" => self.cpuset,
            _ => self.all,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_this_and_that_host_gave() {
        for (text, all, cpuset) in [
            ("cpu memory pids\n", true, false), // Debian 13, a user's containers
            ("cpuset cpu io memory pids\n", true, true),
            ("memory pids\n", false, false), // systemd before 252
            ("\n", false, false),
        ] {
            let read = Controllers::read(text);
            assert_eq!((read.is_some(), read.has("cgroups"), read.has("cpuset")), (all, all, cpuset), "{text}");
        }
        assert!(crate::text::shell::is_readable(ASK));
    }
}
