//! Step 1: the user's processes survive a logout.

use super::{Fact, Report, Row, Setup, Shows, Step, as_it_is, store_driver};
use crate::answers::Allow;
use crate::host::logind;
use crate::plan::Action;

/// The row of this step.
pub(super) const ROW: Row = Row {
    step: Step::Persistent,
    number: Some(1),
    id: "persistent",
    title: "Persistent",
    why: "Without linger the system ends all your processes, and so the runner, when your last login ends.",
    verb: "fix it",
    check: |setup| Ok(check(setup)),
    explain: as_it_is,
};

/// Looks whether podman opens its storage, and whether linger is on; plans to have it so.
pub fn check(setup: &Setup) -> Report {
    let host = &*setup.target.host;
    let on = logind::lingers(host);
    let mut facts = vec![Fact::new("linger", if on { "on" } else { "off" }, "on", on)];
    let (mut actions, mut shows) = (vec![], None);
    // First of all: without it no other step can look.
    if let Some((choose, driver)) = store_driver::choose(host) {
        let found = "podman finds two stores, and opens neither";
        facts
            .insert(0, Fact::new("podman's storage", found, &format!("the one with the containers ({driver})"), false));
        shows = Some(Shows::BrokenStorage);
        actions.extend(choose);
    }
    actions.extend((!on).then(|| Action::Run(logind::enable_linger(host))));
    if actions.is_empty() {
        return Report::done(Step::Persistent, facts);
    }
    Report::ready(Step::Persistent, facts, actions.into()).showing(shows).allowed_by(if on {
        &[]
    } else {
        &[Allow::Linger]
    })
}
