//! The terminal's clipboard (OSC 52): it works over ssh, and no terminal says whether it has taken anything. Which ones
//! take nothing is known of two.

/// Whether what is copied gets there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clipboard {
    /// As far as is known.
    #[default]
    There,
    /// Only where tmux was told to pass it on: its default (`external`, 3.3a) does not for what runs in it.
    BehindTmux,
    /// There is none: the kernel's console, a serial line.
    None,
}

impl Clipboard {
    /// Returns that of the terminal which the environment names.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let term = variable("TERM").unwrap_or_default();
        match term.as_str() {
            "linux" | "vt100" | "vt102" | "vt220" | "ansi" => Self::None,
            _ if variable("TMUX").is_some_and(|tmux| !tmux.is_empty()) => Self::BehindTmux,
            _ => Self::There,
        }
    }

    /// Returns what is to be said where something was copied; nothing where nothing is in the way.
    pub fn warning(self) -> Option<&'static str> {
        match self {
            Self::There => None,
            Self::BehindTmux => Some("tmux passes it on where it has `set -g set-clipboard on`."),
            Self::None => Some("This terminal has no clipboard that a program could fill."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_nothing_is_named() {
        let of = |term: &'static str, tmux: &'static str| {
            Clipboard::of(|name| Some(if name == "TERM" { term } else { tmux }.into()))
        };
        assert_eq!(of("linux", ""), Clipboard::None);
        assert_eq!(of("xterm-256color", ""), Clipboard::There);
        assert_eq!(of("tmux-256color", "/tmp/tmux-1000/default,1,0"), Clipboard::BehindTmux);
    }
}
