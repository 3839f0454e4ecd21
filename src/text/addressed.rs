//! What this program says, about another container than the first: each of its commands names that one, and so does what
//! is said of the first one's things. Typed as they stand they would be about the first one.

use std::borrow::Cow;
use std::sync::OnceLock;

/// The container that this process is about, where that is not the first.
static ABOUT: OnceLock<About> = OnceLock::new();

struct About {
    container: String,
    /// The words about the first one, and those about this one.
    words: Vec<(String, String)>,
}

/// Has [`addressed`] name this container from now on, and put the second of these words for the first.
pub fn about(container: &str, words: Vec<(String, String)>) {
    let _ = ABOUT.set(About { container: container.to_owned(), words }); // a process is about one
}

/// Returns a text whose commands, each between two backticks, are about the container of this process.
pub fn addressed(text: &str) -> Cow<'_, str> {
    ABOUT.get().map_or(Cow::Borrowed(text), |about| about.named(text).into())
}

impl About {
    fn named(&self, text: &str) -> String {
        const PROGRAM: &str = "`pipglr";
        let (mut whole, mut rest) = (String::new(), text);
        while let Some(at) = rest.find(PROGRAM) {
            let (before, after) = rest.split_at(at + PROGRAM.len());
            whole.push_str(before);
            let command = after.split('`').next().unwrap_or(after);
            if after.starts_with([' ', '`']) && !command.contains(" --name") {
                whole.push_str(" --name ");
                whole.push_str(&self.container);
            }
            rest = after;
        }
        whole.push_str(rest);
        self.words.iter().fold(whole, |text, (first, own)| text.replace(first, own))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_command_is_about_the_second_container_and_nothing_else_changes() {
        let words = vec![("volume x-y".to_owned(), "volume box-y".to_owned())];
        let about = About { container: "box".into(), words };
        for (text, named_text) in [
            ("`pipglr status` looks; `pipglr` too", "`pipglr --name box status` looks; `pipglr --name box` too"),
            ("`pipglr start --name box` starts it", "`pipglr start --name box` starts it"),
            ("Use pipglr's (`pipglr-storage`), `podman ps`", "Use pipglr's (`pipglr-storage`), `podman ps`"),
            ("the volume x-y", "the volume box-y"),
            ("", ""),
        ] {
            assert_eq!(about.named(text), named_text);
        }
        assert_eq!(addressed("`pipglr status`"), "`pipglr status`", "the first one's need no name");
    }
}
