//! What is said where two changes meet: whoever comes second stops, and both texts are named.

use crate::host::Host;
use crate::problem::{Kind, Problem};
use crate::state;
use std::path::Path;

/// Somebody else has changed the secret since it was read.
pub fn conflict(host: &dyn Host) -> Problem {
    Problem::new(
        "The secret config.toml was changed by somebody else meanwhile; nothing was overwritten.",
        "`pipglr config apply` shows how your text differs from the secret and asks before it takes its place; \
         `pipglr config undo` drops your text.",
    )
    .said(vec![
        format!("your text:   {}", state::work_file(host).display()),
        "the other's: the secret config.toml (`pipglr config show`)".into(),
    ])
    .kind(Kind::Conflict)
}

/// The work file is not what it was when this was looked at. `mine`: where the text is that was to be applied.
pub fn crossed(host: &dyn Host, mine: Option<&Path>) -> Problem {
    let work = state::work_file(host);
    let waits = state::read_work(host).is_ok_and(|work| work.is_some());
    let mine = mine.map(|path| path.display().to_string());
    let first = "`pipglr config apply` applies the other's, `pipglr config undo` discards it";
    let advice = match (&mine, waits) {
        (Some(mine), true) => format!("{first}; then `pipglr config apply {mine}` applies yours."),
        (Some(mine), false) => {
            format!("`pipglr config apply {mine}` shows how your text differs from the secret, and asks.")
        }
        (None, true) => format!("{first}. Then try again."),
        (None, false) => "`pipglr status` says how it stands now. Then try again.".into(),
    };
    let theirs =
        if waits { work.display().to_string() } else { "the secret config.toml (`pipglr config show`)".into() };
    let mine = mine.map(|mine| format!("your text:   {mine}"));
    Problem::new("Another pipglr has changed what waits to be applied; nothing was changed here.", advice)
        .kind(Kind::Crossed)
        .said(mine.into_iter().chain([format!("the other's: {theirs}")]).collect())
}
