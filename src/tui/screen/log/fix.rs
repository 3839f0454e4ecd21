//! What the doctor knows of a line of the log, and the step that fixes it.

use crate::logs::Item;
use crate::steps::Step;
use crate::symptoms::{Symptom, catalogue};
use crate::tui::go::Cure;
use crate::tui::model::Model;

/// Returns what a line shows, where the doctor would name it.
pub(super) fn symptom(item: &Item) -> Option<&'static Symptom> {
    let line = item.line()?;
    catalogue().find(Some(line.source), line.text()).filter(|symptom| symptom.severity.is_finding())
}

/// Returns the step that fixes what a line shows.
pub(super) fn fixing_step(model: &Model, number: u64) -> Option<Step> {
    match Cure::of(symptom(model.log.buffer.get(number)?)?.step?)? {
        Cure::Step(step) => Some(step),
        Cure::Edit => Some(Step::Configuration),
        Cure::Restart | Cure::Resume => Some(Step::Startup),
        Cure::Log | Cure::Setup => None,
    }
}
