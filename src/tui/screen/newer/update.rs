//! A newer image: looked at, brought, taken.

use super::keys::proposal;
use crate::image_update::{Proposal, Source};
use crate::problem::Result;
use crate::tui::act::Act;
use crate::tui::go;
use crate::tui::message::Effect;
use crate::tui::model::{Model, Operation, Purpose, Screen};

/// It was planned, or cannot be.
pub(crate) fn on_proposed(model: &mut Model, result: Result<Proposal>) -> Vec<Effect> {
    if model.screen == Screen::Update {
        model.notice.clear();
        model.update = Some(result);
    }
    vec![]
}

/// Handles a key on the page.
pub(crate) fn on_act(model: &mut Model, act: Act) -> Vec<Effect> {
    match act {
        Act::Main => update(model),
        Act::Now => {
            let now = proposal(model).is_some_and(|proposal| !proposal.now);
            model.notice = "looking which jobs run…".into();
            vec![Effect::ProposeUpdate { now }]
        }
        Act::Look => {
            model.update = None;
            vec![Effect::ProposeUpdate { now: false }]
        }
        Act::Pull => go::fetch_image(model, Source::Pull),
        Act::Build => {
            go::open_screen(model, Screen::Build);
            vec![]
        }
        Act::Back => go::to_home(model),
        _ => vec![],
    }
}

fn update(model: &mut Model) -> Vec<Effect> {
    let Some(proposal) = proposal(model).cloned() else { return vec![] };
    model.operation = Some(Operation::new(Purpose::Update, Some(&proposal.plan), model.now));
    go::show(model, Screen::Operation);
    vec![Effect::Update(Box::new(proposal))]
}
