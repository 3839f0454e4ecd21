//! The keys of the log, and of what opens over it.

use super::fix::fixing_step;
use super::update::running;
use crate::tui::act::Act;
use crate::tui::keys::binding::{ANYWHERE, Binding, ENTER, ESC, SCROLL, TYPING, ch, code, ctrl, table};
use crate::tui::logview::{Ask, Panel};
use crate::tui::model::Model;
use crossterm::event::KeyCode;

table! { LOG:
    [ch(' ')] Act::Pause, "pause", "hold still, or follow again";
    [ch('/')] Act::Search, "search", "search: a regular expression; capitals count where there is one in it";
    [ch('&')] Act::Filter, "filter", "show only lines that match";
    [ch('d')] Act::Doctor, "doctor", "what the doctor knows of this line, or of the nearest marked one above it";
    [ch('J')] Act::Jobs, "jobs", "the jobs that the log tells of, and the lines of one";
    [ESC] Act::Back, "back", "select nothing, forget the search, show all lines again, back";
    [ch('n')] Act::NextHit, "", "the next place";
    [ch('N')] Act::PreviousHit, "", "the place before";
    [ch('!')] Act::Invert, "", "show only lines that do not match, instead";
    [ch('1')] Act::Source(0), "", "systemd's lines on or off";
    [ch('2')] Act::Source(1), "", "podman's lines on or off";
    [ch('3')] Act::Source(2), "1 2 3 sources", "gitlab-runner's lines on or off";
    [ch('e')] Act::Levels, "errors", "show only errors, then warnings too, then all but debug, then all";
    [ch('E')] Act::ChooseLevels, "", "each level on or off";
    [ENTER] Act::Main, "", "take the line apart: all of it, and its fields";
    [ch('t')] Act::Times, "times", "times: none, time of day, full";
    [ch('s')] Act::Since, "", "show only the last 10 minutes before the newest line, an hour, 6 hours, a day, all";
    [ch('T')] Act::Time, "", "to a time: 14:05, 2026-11-24 14:05, 10m (before the newest line)";
    [ch('w')] Act::Wrap, "wrap", "break long lines, or not";
    [ch('m')] Act::Mark, "", "mark the line, or take the mark away";
    [ch('\'')] Act::NextMark, "", "to the next mark";
    [ch('v')] Act::Select, "", "begin to select lines, or select none";
    [ch('y')] Act::Copy, "copy", "copy the line, or what is selected, to the terminal's clipboard";
    [ch('S')] Act::Save, "save", "save to a file; stop saving";
    [ch('R')] Act::Reveal, "", "show tokens and passwords, or mask them";
    [code(KeyCode::Left)] Act::Left, "", "to the left";
    [code(KeyCode::Right)] Act::Right, "", "to the right";
    [ctrl('u')] Act::HalfUp, "", "half a page up";
    [ctrl('d')] Act::HalfDown, "", "half a page down";
    [code(KeyCode::End), ch('G')] Act::Bottom, "", "to the end, and follow";
}
table! { TRACE:
    [ch('1')] Act::Source(0), "", "the job's own lines on or off";
    [ch('2')] Act::Source(1), "", "the lines of gitlab-runner's helper on or off";
    [ch('3')] Act::Source(2), "1 2 3 sources", "the services' lines on or off";
}
table! { PROMPT:
    [ENTER] Act::Main, "go", "take what was typed";
    [code(KeyCode::Tab)] Act::NextField, "how much", "save what is shown, all that is kept, or all that there is";
    [ESC] Act::Back, "back", "as it was before";
}
table! { JOBS:
    [ENTER] Act::Main, "its lines", "the trace of this job while it runs, then its lines";
    [ch('l')] Act::Log, "its lines", "only the lines of this job";
    [ESC, ch('J')] Act::Back, "back", "back to the lines";
}
table! { LINE:
    [ESC, ENTER] Act::Back, "back", "back to the lines";
    [code(KeyCode::Left)] Act::Left, "the one before", "the line before";
    [code(KeyCode::Right)] Act::Right, "the next", "the line after";
    [ch('y')] Act::Copy, "copy", "copy the line to the terminal's clipboard";
    [ch('R')] Act::Reveal, "", "show tokens and passwords, or mask them";
}
table! { DOCTOR:
    [ENTER] Act::Main, "go to the step", "go to the step that fixes it";
    [ch('d')] Act::Doctor, "the one before", "the marked line before";
    [ESC] Act::Back, "back", "back to the lines";
}
table! { LEVELS:
    [ch('d')] Act::Level(0), "debug", "debug on or off";
    [ch('i')] Act::Level(1), "info", "info on or off";
    [ch('w')] Act::Level(2), "warnings", "warnings on or off";
    [ch('e')] Act::Level(3), "errors", "errors on or off";
    [ch('f')] Act::Level(4), "fatal", "fatal errors on or off";
    [ESC, ENTER] Act::Back, "back", "back to the lines";
}

/// Returns the tables that count now, the closest first.
pub(crate) fn tables(model: &Model) -> Vec<&'static [Binding]> {
    match model.log.panel {
        _ if typing(model) => vec![PROMPT, TYPING],
        None if model.log.given.job.is_some() => vec![TRACE, LOG, SCROLL, ANYWHERE],
        None => vec![LOG, SCROLL, ANYWHERE],
        Some(Panel::Jobs(_)) => vec![JOBS, SCROLL, ANYWHERE],
        Some(Panel::Line(..)) => vec![LINE, SCROLL, ANYWHERE],
        Some(Panel::Doctor(..)) => vec![DOCTOR, SCROLL, ANYWHERE],
        Some(Panel::Levels) => vec![LEVELS, ANYWHERE],
    }
}

/// Returns whether letters are text.
pub(crate) fn typing(model: &Model) -> bool {
    model.log.typing.is_some()
}

/// Returns whether something can be done now.
pub(crate) fn allowed(model: &Model, act: Act) -> bool {
    match act {
        Act::Main => match model.log.panel {
            Some(Panel::Doctor(number, _)) => fixing_step(model, number).is_some(),
            Some(Panel::Jobs(_)) => model.log.jobs.iter().len() > 0,
            _ => true,
        },
        Act::Log => chosen(model).is_some(),
        // A trace tells of one job alone.
        Act::Jobs => model.log.given.job.is_none(),
        Act::NextField => model.log.typing.as_ref().is_some_and(|typing| matches!(typing.ask, Ask::Save(_))),
        _ => true,
    }
}

/// Returns the word for a key in the line at the bottom.
pub(crate) fn hint(model: &Model, binding: &Binding) -> &'static str {
    match binding.act {
        Act::Pause if !model.log.follow => "follow",
        Act::Main if chosen(model).is_some() => "its trace",
        _ => binding.hint,
    }
}

/// The running job that is chosen in the table.
fn chosen(model: &Model) -> Option<u64> {
    match model.log.panel {
        Some(Panel::Jobs(at)) => running(&model.log, at),
        _ => None,
    }
}
