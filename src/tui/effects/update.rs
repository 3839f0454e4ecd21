//! What the screen of a newer image has done.

use super::operation::Watcher;
use crate::apply::Sudo;
use crate::host::Watch;
use crate::host::state_folder::Lock;
use crate::image_update::{self, Proposal, Source};
use crate::ladder::Rung;
use crate::problem::Result;
use crate::steps::{Report, Setup, Step};
use crate::target::Target;
use crate::tui::message::Message;

/// Pulls or builds the image.
pub(super) fn fetch(target: Target, source: &Source, watch: &Watcher) -> Result<Option<Report>> {
    let setup = Setup::new(target);
    let _lock = Lock::take(&*setup.target.host, "the image")?;
    let plan = image_update::fetch(&setup.target, source);
    watch.post.post(Message::OperationPlan(plan.clone()));
    setup.carry_out(&Report::ready(Step::Image, vec![], plan), Sudo::Terminal, watch).map(Some)
}

/// Has the container made of the new image; each rung of the ladder is a line.
pub(super) fn carry_out(target: &Target, proposal: &Proposal, watch: &Watcher) -> Result<Option<Report>> {
    let _lock = Lock::take(&*target.host, "an update of the image")?;
    let mut tell = |rung: &Rung| {
        let mark = match (rung.ok, rung.rests) {
            (None, _) => return,
            (_, true) => "-   ",
            (Some(true), _) => "ok  ",
            (Some(false), _) => "FAIL",
        };
        watch.line(&format!("{mark} {}: {}", rung.id.title(), rung.detail));
    };
    image_update::carry_out(target, proposal, Sudo::Terminal, watch, &mut tell).map(|()| None)
}
