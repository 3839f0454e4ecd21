//! The keys of the lines for an administrator.

use crate::tui::act::Act;
use crate::tui::keys::binding::{ANYWHERE, Binding, ENTER, ESC, SCROLL, ch, table};
use crate::tui::model::Model;

table! { ADMIN:
    [ENTER, ch('r')] Act::Look, "look now", "look at the host now";
    [ch('y')] Act::CopyNext, "copy", "copy the lines to the terminal's clipboard";
    [ESC, ch('b')] Act::Back, "back", "back to the step";
}

/// Returns the tables that count.
pub(crate) fn tables(_: &Model) -> Vec<&'static [Binding]> {
    vec![ADMIN, SCROLL, ANYWHERE]
}
