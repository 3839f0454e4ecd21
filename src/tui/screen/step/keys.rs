//! The keys of a step.

use super::view;
use crate::steps::{State, Step};
use crate::tui::act::Act;
use crate::tui::go;
use crate::tui::keys::binding::{ANYWHERE, Binding, ENTER, ESC, SCROLL, ch, code, table};
use crate::tui::model::Model;
use crate::tui::view::layout;
use crossterm::event::KeyCode;

table! { STEP:
    [ENTER] Act::Main, "go on", "do what is shown, or go on";
    [ch('e')] Act::Edit, "edit first", "change what it is done with: the form, the configuration, how the image is built";
    [ch('n')] Act::Recreate, "recreate", "recreate both volumes, or leave them as they are";
    [ch(' ')] Act::Toggle, "start at boot", "have the container started when the machine starts, or not; pull the image after all";
    [ch('p')] Act::Print, "print for an admin", "show root's part for an administrator, and wait until it was run";
    [ch('y')] Act::CopyNext, "copy", "copy the address to the terminal's clipboard; again: the next one";
    [ch('r')] Act::Look, "look again", "look at the host again";
    [ch('b')] Act::Previous, "step before", "the step before";
    [code(KeyCode::Left), code(KeyCode::BackTab)] Act::Previous, "", "visit the step before";
    [code(KeyCode::Right), code(KeyCode::Tab)] Act::Next, "", "visit the step after";
    [ESC] Act::Back, "back", "back to where you came from";
    [ch('w')] Act::Overview, "", "all steps on one page";
    [ch('1')] Act::Number(1), "", "go to step 1";
    [ch('2')] Act::Number(2), "", "go to step 2";
    [ch('3')] Act::Number(3), "", "go to step 3";
    [ch('4')] Act::Number(4), "", "go to step 4";
    [ch('5')] Act::Number(5), "", "go to step 5";
    [ch('6')] Act::Number(6), "", "go to step 6";
}

table! { STEP_ARROWS:
    [code(KeyCode::Up)] Act::Previous, "", "visit the step before";
    [code(KeyCode::Down)] Act::Next, "", "visit the step after";
}

/// Returns the tables that count now, the closest first.
pub(crate) fn tables(model: &Model) -> Vec<&'static [Binding]> {
    // Where there is more below, ↑ and ↓ are for that.
    let area = layout::step_page(model.size);
    match view::lines(model, area.width).len() > usize::from(area.height) {
        true => vec![STEP, SCROLL, ANYWHERE],
        false => vec![STEP, STEP_ARROWS, SCROLL, ANYWHERE],
    }
}

/// Returns whether something can be done now.
pub(crate) fn allowed(model: &Model, act: Act) -> bool {
    let step = model.step;
    match act {
        Act::Recreate => {
            let there = matches!(model.state(), Some(State::Done | State::Blocked(_)));
            step == Step::Volumes && (there || model.wants.recreate_volumes)
        }
        Act::Toggle => step == Step::Startup || step == Step::Image && model.wants.build.is_some(),
        Act::Edit => go::can_edit(model),
        Act::Print => model.admin_can(),
        _ => true,
    }
}

/// Returns the word for a key in the line at the bottom.
pub(crate) fn hint(model: &Model, binding: &Binding) -> &'static str {
    match binding.act {
        Act::Main => main_hint(model),
        Act::Toggle if model.step == Step::Image => "pull instead",
        Act::Recreate if model.wants.recreate_volumes => "keep them",
        Act::Edit => go::edit_word(model, binding.hint),
        _ => binding.hint,
    }
}

/// Returns what Enter does.
fn main_hint(model: &Model) -> &'static str {
    match (model.step, model.state()) {
        (_, None) => "look again",
        (step, Some(State::Ready)) if !model.fresh.contains(&step) => "",
        (_, Some(State::Done)) if model.all_done() => "see whether it is up",
        (_, Some(State::Done)) => "next step",
        (Step::Registration, Some(State::Asks(_))) => "the token",
        (_, Some(State::Asks(_))) => "answer it",
        (_, Some(State::Waits(_))) => "go to that step",
        (_, Some(State::Blocked(_))) => "look again",
        (step, _) => model.report(step).map_or("", |found| found.verb),
    }
}
