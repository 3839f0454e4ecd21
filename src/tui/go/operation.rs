//! Operations: planned, and begun.

use super::way::show;
use crate::lifecycle::Verb;
use crate::steps::Step;
use crate::tui::message::Effect;
use crate::tui::model::{Model, Operation, Purpose, Screen, Then};

/// Has a start, stop or restart of the container planned.
pub(crate) fn plan_operation(model: &mut Model, verb: Verb) -> Vec<Effect> {
    model.notice = match verb {
        Verb::Start => "looking at the container…",
        Verb::Prune => "measuring what was not used for a day…",
        Verb::Teardown => "looking at all there is, and asking GitLab…",
        _ => "looking which jobs run…",
    }
    .into();
    vec![Effect::Plan(verb, false)]
}

/// Has what is asked about planned anew, so that it ends jobs; they are named, and asked about, as they run then.
pub(crate) fn plan_without_waiting(model: &mut Model) -> Vec<Effect> {
    model.planned.take().map(|operation| Effect::Plan(operation.verb, true)).into_iter().collect()
}

/// Does what was planned.
pub(crate) fn operate(model: &mut Model) -> Vec<Effect> {
    let Some(operation) = model.planned.take() else { return vec![] };
    model.operation = Some(Operation::new(Purpose::Operate(operation.verb), Some(&operation.plan), model.now));
    show(model, Screen::Operation);
    vec![Effect::Operate(operation)]
}

/// Applies the plan that is shown, or a fresh one.
pub(crate) fn apply_step(model: &mut Model, step: Step, fresh: bool) -> Vec<Effect> {
    let plan = if fresh { None } else { model.report(step).map(|report| report.plan.clone()) };
    let purpose = Purpose::Step(step);
    model.operation = Some(Operation::new(purpose, plan.as_ref(), model.now));
    model.step = step;
    // What is being looked at now will be old.
    (model.round, model.looking, model.then) = (model.round + 1, false, Then::Stay);
    model.fresh.clear();
    show(model, Screen::Operation);
    vec![Effect::Apply { wants: model.wants.clone(), purpose, plan }]
}
