//! The keys of the ladder.

use crate::tui::act::Act;
use crate::tui::keys::binding::{ANYWHERE, Binding, ENTER, ESC, SCROLL, ch, table};
use crate::tui::model::Model;

table! { LADDER:
    [ENTER] Act::Main, "home", "go on to the home screen";
    [ch('r')] Act::Look, "climb again", "climb from the ground again";
    [ch('V')] Act::TryJob, "try a job", "run a small job in the nested podman, without GitLab";
    [ch('z')] Act::PutBack, "put the old one back", "apply the configuration before this one again";
    [ch('l')] Act::Log, "log", "the container's log";
    [ch('e')] Act::Edit, "edit", "edit the configuration";
    [ESC, ch('b')] Act::Back, "", "back";
}

/// Returns the tables that count.
pub(crate) fn tables(_: &Model) -> Vec<&'static [Binding]> {
    vec![LADDER, SCROLL, ANYWHERE]
}

/// Returns whether something can be done now.
pub(crate) fn allowed(model: &Model, act: Act) -> bool {
    match act {
        Act::PutBack => model.changed && !model.climb.climbing,
        Act::Main | Act::Look => !model.climb.climbing,
        Act::TryJob => model.climb.is_up() && !model.climb.trying,
        _ => true,
    }
}
