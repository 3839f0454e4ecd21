//! A look at the steps.

use crate::steps::Step;
use crate::tui::message::Effect;
use crate::tui::model::{Model, Then};

/// Looks at these steps; at all of them where a look is going on, whose answers would be lost.
pub(crate) fn look_at(model: &mut Model, steps: &[Step]) -> Vec<Effect> {
    let steps: &[Step] = if model.looking || model.then != Then::Stay { &Step::ALL } else { steps };
    model.round += 1;
    model.looking = true;
    // What was to be run may not be any more: it is not, before the host has been seen again.
    model.fresh.retain(|step| !steps.contains(step));
    vec![Effect::Look { round: model.round, wants: model.wants.clone(), steps: steps.to_vec() }]
}
