//! What tells that the host may not stand as it was seen last, so that nobody has to look again and again: podman's
//! events, the files that others write, and some lines of the container's log.

mod events;
mod log;
mod work;

use crate::container::work::Look;
use crate::host::Bell;
use crate::logs::jobs::Ended;
use crate::logs::level::Level;
use crate::logs::line::Line;
use crate::source::Source;
use crate::status::Ask;
pub(crate) use events::listen;
pub(crate) use log::read;
pub(crate) use work::watch;

/// Who wants to hear of it, until it does not any more.
pub(crate) trait Ear: Sync {
    /// Something happened; with what is to be asked again.
    fn news(&self, ask: Ask);
    /// The log says something of a job: there is work to be watched.
    fn work(&self);
    /// This runs, and takes so much.
    fn look(&self, look: Look);
    /// So today's jobs have ended.
    fn today(&self, today: Ended);
    /// Whether it wants no more.
    fn stopped(&self) -> bool;
    /// What rings when it wants no more.
    fn bells(&self) -> Vec<Bell>;
}

/// Whether an event of the container changes how it stands. What looking itself brings about does not (`exec`,
/// `exec_died`, `mount`, `unmount`), and neither does a health check: otherwise each look would be a reason for the next.
fn matters(event: &str) -> bool {
    let life = ["create", "start", "died", "stop", "cleanup", "remove", "restart", "restore"];
    life.contains(&event) || ["rename", "pause", "unpause", "update"].contains(&event)
}

/// What a line of the log is news of: a service that comes or goes, and GitLab that refuses or does not answer. That
/// podman.service starts is none, since a look is what starts it. Nor is a job: it changes nothing of what is looked at,
/// and is watched ([`watch`]).
fn said(line: &Line) -> Option<Ask> {
    let text = line.text();
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    match line.source {
        Source::Runner if text.contains("Checking for jobs... ") && !text.contains("received") => Some(Ask::Gitlab),
        Source::Runner if line.level == Level::Fatal || has(&["will be disabled", "Initializing executor"]) => {
            Some(Ask::Old)
        }
        Source::Systemd if has(&["runner.service", "Startup finished"]) => Some(Ask::Old),
        Source::Systemd if text.contains("podman.service") && has(&["exited", "Failed"]) => Some(Ask::Old),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::line;

    #[test]
    fn what_a_look_does_itself_is_no_news() {
        for event in ["exec", "exec_died", "mount", "unmount", "health_status", "init", "attach", ""] {
            assert!(!matters(event), "{event}");
        }
        for event in ["start", "died", "cleanup", "remove", "rename"] {
            assert!(matters(event), "{event}");
        }
    }

    #[test]
    fn lines_that_tell_of_a_rung() {
        for (text, ask) in [
            ("[ 1.0] systemd[1]: runner.service: Main process exited, code=exited, status=1/FAILURE", Some(Ask::Old)),
            ("[ 1.0] systemd[1]: Started runner.service - GitLab runner.", Some(Ask::Old)),
            ("[ 1.0] systemd[1]: Startup finished in 141ms.", Some(Ask::Old)),
            ("[ 1.0] systemd[1]: podman.service: Main process exited, code=killed, status=9/KILL", Some(Ask::Old)),
            ("[ 1.0] systemd[1]: Started podman.service - Nested rootless podman, which runs the jobs.", None),
            ("[ 1.0] systemd[1]: podman.service: Deactivated successfully.", None),
            ("[ 1.0] systemd[1]: Started prune.timer - Remove disused containers", None),
            ("[ 1.0] gitlab-runner[15]: FATAL: no such file", Some(Ask::Old)),
            ("[ 1.0] gitlab-runner[15]: Initializing executor providers   builds=0 max_builds=2", Some(Ask::Old)),
            ("[ 1.0] gitlab-runner[15]: ERROR: Checking for jobs... forbidden   runner=t1_abcdef", Some(Ask::Gitlab)),
            ("[ 1.0] gitlab-runner[15]: WARNING: Checking for jobs... failed   runner=t1_abcdef", Some(Ask::Gitlab)),
            ("[ 1.0] gitlab-runner[15]: Checking for jobs... received   job=1002", None),
            ("[ 1.0] gitlab-runner[15]: Job succeeded   duration_s=1.2 job=1002", None),
            ("[ 1.0] podman[44]: level=warning msg=\"runner.service\"", None),
        ] {
            assert_eq!(said(&line::parse(text)), ask, "{text}");
        }
    }
}
