//! To the home screen, and to the ladder that is climbed before it.

use super::way::{come_from, show};
use crate::steps::Step;
use crate::tui::message::Effect;
use crate::tui::model::{Climb, Model, Screen};

/// Shows the home screen, and looks at the host.
pub(crate) fn to_home(model: &mut Model) -> Vec<Effect> {
    model.from.clear();
    model.changed = false;
    show(model, Screen::Home);
    gather(model)
}

/// Looks how the host stands, once at a time.
pub(crate) fn gather(model: &mut Model) -> Vec<Effect> {
    if model.home.gathering {
        return vec![];
    }
    (model.home.gathering, model.home.away) = (true, false);
    model.home.schedule.begin(model.now);
    vec![Effect::Gather(std::mem::take(&mut model.home.ask))]
}

/// Climbs the ladder, and tries a small job where it holds: one that fails on a runner that is down says nothing.
pub(crate) fn climb_and_try_job(model: &mut Model) -> Vec<Effect> {
    come_from(model, model.screen);
    let effects = climb_ladder(model);
    model.climb.tries = true;
    effects
}

/// Climbs the ladder, waiting at each rung.
pub(crate) fn climb_ladder(model: &mut Model) -> Vec<Effect> {
    if matches!(model.screen, Screen::Step | Screen::Admin) {
        come_from(model, Screen::Step);
    }
    model.step = Step::Startup;
    model.climb = Climb { climbing: true, ..Climb::default() };
    show(model, Screen::Ladder);
    vec![Effect::Climb]
}
