//! Step 1: the user's processes survive a logout.

use super::{Fact, Report, Setup, Step};
use crate::answers::Allow;
use crate::host::logind;
use crate::plan::Action;

/// Why.
pub const WHY: &str =
    "Without linger the system ends all your processes, and so the runner, when your last login ends.";

/// Looks whether linger is on; plans to switch it on.
pub fn look(setup: &Setup) -> Report {
    let host = &*setup.target.host;
    let on = logind::lingers(host);
    let fact = Fact::new("linger", if on { "on" } else { "off" }, "on", on);
    if on {
        return Report::done(Step::Persistent, vec![fact]);
    }
    Report::ready(Step::Persistent, vec![fact], vec![Action::Run(logind::enable_linger(host))].into())
        .allowed_by(&[Allow::Linger])
}
