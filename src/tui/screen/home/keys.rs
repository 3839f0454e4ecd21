//! The keys of home.

use crate::tui::act::Act;
use crate::tui::go::{Cure, home_cure};
use crate::tui::keys::binding::{ANYWHERE, Binding, ENTER, SCROLL, ch, table};
use crate::tui::model::Model;

table! { STOPPED:
    [ENTER, ch('s')] Act::Start, "start", "start the container";
}

table! { MISSING:
    [ch('s')] Act::Start, "start", "have the container's unit start it";
}

table! { PAUSED:
    [ch('p')] Act::Resume, "resume", "have the runner take jobs again";
}

table! { WRONG:
    [ENTER] Act::Main, "fix it", "go to what fixes it";
}

table! { HOME:
    [ENTER] Act::Trace, "its trace", "the trace of the job that runs; the jobs, where there are several";
    [ch('J')] Act::Jobs, "jobs", "the jobs: the traces of those that run, and what became of the others";
    [ch('e')] Act::Edit, "edit", "edit the configuration";
    [ch('l')] Act::Log, "logs", "the container's log";
    [ch('d')] Act::Doctor, "doctor", "what is wrong on this host and in the log, and what fixes it";
    [ch('s')] Act::Restart, "restart", "restart the container; it says first which jobs are waited for";
    [ch('v')] Act::Volumes, "volumes", "what the volumes hold, and how to make room on them";
    [ch('u')] Act::Update, "update", "a newer image: what is newer in it, and the container of it";
    [ch('w')] Act::Overview, "steps", "the six steps";
    [ch('r')] Act::Look, "refresh", "look at the host again now";
    [ch('p')] Act::Rest, "pause", "take no new jobs, and let running ones end; it outlasts a restart";
    [ch('x')] Act::Halt, "stop", "stop the container; it says first which jobs are waited for";
    [ch('z')] Act::PutBack, "undo", "take the last change of the configuration back; what differs is shown first";
    [ch('h')] Act::History, "history", "the versions of the configuration: what each changed, and the way back to one";
    [ch('V')] Act::TryJob, "try a job", "climb the ladder, and run a small job in the nested podman, without GitLab";
    [ch('t')] Act::TearDown, "", "remove all that pipglr made, after GitLab was told; it says first what goes";
}

/// Returns the tables that count now, the closest first.
pub(crate) fn tables(model: &Model) -> Vec<&'static [Binding]> {
    match model.has_no_container() {
        true => vec![PAUSED, WRONG, MISSING, HOME, SCROLL, ANYWHERE],
        false => vec![STOPPED, PAUSED, WRONG, HOME, SCROLL, ANYWHERE],
    }
}

/// Returns whether something can be done now.
pub(crate) fn allowed(model: &Model, act: Act) -> bool {
    match act {
        Act::Main => home_cure(model).is_some(),
        Act::Trace => running(model) > 0,
        Act::Update => !model.has_no_container(),
        Act::Start => !model.runs(),
        Act::Restart | Act::Halt => model.runs(),
        Act::Rest | Act::TryJob => model.runs() && !model.is_paused(),
        Act::Resume => model.runs() && model.is_paused(),
        _ => true,
    }
}

/// Returns the word for a key in the line at the bottom.
pub(crate) fn hint(model: &Model, binding: &Binding) -> &'static str {
    match binding.act {
        Act::Main => home_cure(model).map_or(binding.hint, |cure| cure.word()),
        Act::Trace if running(model) > 1 => "their traces",
        Act::PutBack if !model.changed => "",
        // Enter does it, and says so.
        Act::Edit if home_cure(model) == Some(Cure::Edit) => "",
        Act::Log if home_cure(model) == Some(Cure::Log) => "",
        Act::Restart if home_cure(model) == Some(Cure::Restart) => "",
        _ => binding.hint,
    }
}

/// How many jobs run.
fn running(model: &Model) -> usize {
    model.home.status.iter().flatten().map(|status| status.jobs.len()).sum()
}

/// Returns what Enter does here.
pub(crate) fn enter(model: &Model) -> Option<&'static str> {
    let mut bindings = tables(model).into_iter().flatten();
    let binding = bindings.find(|binding| binding.keys.contains(&ENTER) && allowed(model, binding.act))?;
    Some(hint(model, binding))
}
