//! The commands of this program in what it says: where it is about another container than the first, each of them says so.
//! Typed as they stand they would be about the first one.

use std::borrow::Cow;
use std::sync::OnceLock;

/// The container that this process is about, where that is not the first.
static ABOUT: OnceLock<String> = OnceLock::new();

/// Has [`addressed`] name this container from now on.
pub fn about(container: &str) {
    let _ = ABOUT.set(container.to_owned()); // a process is about one
}

/// Returns a text whose commands, each between two backticks, are about the container of this process.
pub fn addressed(text: &str) -> Cow<'_, str> {
    ABOUT.get().map_or(Cow::Borrowed(text), |container| named(text, container))
}

fn named<'a>(text: &'a str, container: &str) -> Cow<'a, str> {
    const PROGRAM: &str = "`pipglr";
    let (mut whole, mut rest) = (String::new(), text);
    while let Some(at) = rest.find(PROGRAM) {
        let (before, after) = rest.split_at(at + PROGRAM.len());
        whole.push_str(before);
        let command = after.split('`').next().unwrap_or(after);
        if after.starts_with([' ', '`']) && !command.contains(" --name") {
            whole.push_str(" --name ");
            whole.push_str(container);
        }
        rest = after;
    }
    if whole.is_empty() { Cow::Borrowed(text) } else { (whole + rest).into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_command_is_about_the_second_container_and_nothing_else_changes() {
        for (text, named_text) in [
            ("`pipglr status` looks; `pipglr` too", "`pipglr --name box status` looks; `pipglr --name box` too"),
            ("`pipglr start --name box` starts it", "`pipglr start --name box` starts it"),
            (
                "Use an image of pipglr's (`pipglr-storage`), `podman ps`",
                "Use an image of pipglr's (`pipglr-storage`), `podman ps`",
            ),
            ("", ""),
        ] {
            assert_eq!(named(text, "box"), named_text);
        }
        assert_eq!(addressed("`pipglr status`"), "`pipglr status`", "the first one's need no name");
    }
}
