//! What `boot enable` of an earlier pipglr has written otherwise than this one: it is named, and renewed line by line, so
//! that what an admin has put into the file since stays.

use super::pausing;
use crate::host::Host;
use crate::host::systemd::Unit;
use crate::secret::Secret;

/// What a file begins with that `boot enable` has written.
pub const WRITTEN: &str = "# Written by `pipglr boot enable`";
/// What a start that fails is ended by: what never came up has no jobs, and may hear nothing.
pub const FAILED_START: &str =
    "# What never came up has no jobs, and may hear nothing.\nTimeoutStartFailureMode=kill\n";
/// Before which line it stands.
pub const BEFORE_STOP: &str = "# Running jobs are waited for.\nTimeoutStopSec=";

/// A file as this pipglr writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renewed {
    /// Its text.
    pub text: String,
    /// In what the file as it is differs, in words.
    pub why: String,
}

/// Returns what tells whether the runner in the container is well. No quotes: 5.4.2 loses the last one. A runner that is
/// paused is meant not to answer; one that answers and never asks GitLab is none. What GitLab says is not its health: also
/// a request that reached nobody is counted (17.5.5).
pub fn health() -> String {
    format!("test -e {} || /usr/local/libexec/pipglr/polls | grep -q .", pausing::FLAG)
}

/// Returns the text of a unit's file, where `boot enable` has written it.
pub fn text(host: &dyn Host, unit: &Unit) -> Option<String> {
    let text = host.read(&unit.file).ok().and_then(|text| String::from_utf8(text).ok())?;
    text.starts_with(WRITTEN).then_some(text)
}

/// Returns such a text as this pipglr writes it; `None` where it is so.
pub fn renewed(text: &str) -> Option<Renewed> {
    let earlier = format!("=test -e {} || /usr/local/libexec/pipglr/polls >/dev/null\n", pausing::FLAG);
    let stop = format!("\nTimeoutStartSec=120\n{BEFORE_STOP}");
    let older = [
        (
            earlier,
            format!("={}\n", health()),
            "its health check takes a gitlab-runner for well that never asks GitLab for a job",
        ),
        (
            stop.clone(),
            stop.replace(BEFORE_STOP, &format!("{FAILED_START}{BEFORE_STOP}")),
            "a start that fails is not ended at once",
        ),
    ];
    let found: Vec<_> = older.iter().filter(|(earlier, ..)| text.contains(earlier)).collect();
    let why = found.iter().map(|(.., why)| *why).collect::<Vec<_>>().join("; ");
    let text = found.iter().fold(text.to_owned(), |text, (earlier, now, _)| text.replace(earlier, now));
    (!found.is_empty()).then_some(Renewed { text, why })
}

impl Renewed {
    /// Returns its text as what is saved: it may hold what an admin gave the container.
    pub fn secret(&self) -> Secret {
        Secret::new(self.text.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_an_earlier_pipglr_wrote_is_renewed() {
        let health = |check: &str| format!("HealthStartupCmd={check}\nHealthCmd={check}\n");
        let rest = "Memory=1g\n\n[Service]\nTimeoutStartSec=120\n";
        let stop = format!("{BEFORE_STOP}3720\n");
        let earlier = "test -e /cache/.pipglr-paused || /usr/local/libexec/pipglr/polls >/dev/null";
        let older = format!("{}{rest}{stop}", health(earlier));
        let renewed_one = renewed(&older).unwrap();
        assert_eq!(renewed_one.text, format!("{}{rest}{FAILED_START}{stop}", health(&super::health())));
        assert!(renewed_one.why.contains("health check") && renewed_one.why.contains("start that fails"));
        assert_eq!(renewed(&renewed_one.text), None, "a second time there is nothing to renew");
        let own = format!("{}TimeoutStartSec=300\n{stop}", health("test -e /own"));
        assert_eq!(renewed(&own), None, "an admin's own lines stay");
    }
}
