//! A change of the configuration: planned, planned again, the way back, and away from it.

use super::back::go_back;
use super::home::to_home;
use super::way::show;
use crate::change::{Offer, Standing};
use crate::secret::Secret;
use crate::tui::message::Effect;
use crate::tui::model::{Model, Screen};

const ASKING: &str = "keeping the text, and asking the image about it…";

/// Has a text kept, linted and planned; the difference is shown when that is done.
pub(crate) fn propose(model: &mut Model, standing: Option<Box<Standing>>, text: Secret) -> Vec<Effect> {
    model.notice = ASKING.into();
    vec![Effect::Propose { standing, text, now: false, back: None }]
}

/// Has the same change planned once more, from the host as it is now.
pub(crate) fn propose_again(model: &mut Model, Offer { proposal, wish, back, .. }: Offer) -> Vec<Effect> {
    model.notice = ASKING.into();
    vec![Effect::Propose { standing: None, text: proposal.new, now: wish.now, back }]
}

/// Has the way back to the version before planned.
pub(crate) fn put_back(model: &mut Model) -> Vec<Effect> {
    model.notice = "looking for the version before…".into();
    vec![Effect::Stop, Effect::PutBack]
}

/// Back to the text, where there is one.
pub(crate) fn close_change(model: &mut Model) -> Vec<Effect> {
    let change = model.change.take();
    let back = change.map_or(model.editor.is_none(), |change| change.back.is_some());
    model.failure = None;
    if back && matches!(model.from.last(), Some(Screen::History | Screen::Version)) {
        return go_back(model);
    }
    if model.editor.is_some() && !back {
        show(model, Screen::Editor);
        return vec![];
    }
    model.editor = None;
    to_home(model)
}
