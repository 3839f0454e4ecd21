//! How things look: the terminal's own colours, and never a colour alone.

use crate::settings::{Colour, Colours, Settings};
use crate::text::plural;
use ratatui::style::{Color, Modifier, Style};

/// Colours and signs that this terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    /// Whether colours are wanted.
    pub colour: bool,
    /// Whether the locale is UTF-8; plain ASCII signs where it is not.
    pub unicode: bool,
    /// What is drawn in place of each colour.
    pub colours: Colours,
}

/// What a sign says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// Done, holds.
    Ok,
    /// Wrong, failed.
    Bad,
    /// Here, now.
    Here,
    /// Not yet.
    Todo,
    /// Mind this.
    Warn,
}

/// Whether the terminal has 256 colours, or more.
fn many_colours() -> bool {
    let has = |name, word| std::env::var(name).is_ok_and(|value| value.contains(word));
    has("TERM", "256") || has("TERM", "direct") || std::env::var_os("COLORTERM").is_some()
}

impl Theme {
    /// As it is set, and as the environment has it: `LC_ALL`, `LC_CTYPE`, `LANG`.
    pub fn new(settings: &Settings) -> Self {
        let named = std::env::var("COLORFGBG").ok();
        let light = settings.background.is_light(named.as_deref()) && many_colours();
        let colours = if light { settings.colors.for_light() } else { settings.colors };
        Self { colour: settings.color != Colour::Never, unicode: plural::unicode(), colours }
    }

    /// Returns a sign's text, one column wide.
    pub fn sign(self, sign: Sign) -> &'static str {
        match (sign, self.unicode) {
            (Sign::Ok, true) => "✓",
            (Sign::Ok, false) => "+",
            (Sign::Bad, true) => "✗",
            (Sign::Bad, false) => "x",
            (Sign::Here, true) => "▸",
            (Sign::Here, false) => ">",
            (Sign::Todo, true) => "·",
            (Sign::Todo, false) => ".",
            (Sign::Warn, _) => "!",
        }
    }

    /// Returns a sign's style.
    pub fn of(self, sign: Sign) -> Style {
        match sign {
            Sign::Ok => self.colour(Color::Green),
            Sign::Bad => self.colour(Color::Red).add_modifier(Modifier::BOLD),
            Sign::Here => self.colour(Color::Cyan).add_modifier(Modifier::BOLD),
            Sign::Todo => self.dim(),
            Sign::Warn => self.colour(Color::Yellow),
        }
    }

    /// Returns a foreground colour, where colours are wanted.
    pub fn colour(self, colour: Color) -> Style {
        if self.colour { Style::new().fg(self.colours.of(colour)) } else { Style::new() }
    }

    /// A heading.
    pub fn bold(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// What may be passed over.
    pub fn dim(self) -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    /// A command.
    pub fn command(self) -> Style {
        self.colour(Color::Cyan)
    }

    /// A key: told from its word without a colour, too.
    pub fn key(self) -> Style {
        if self.colour { self.command() } else { self.bold() }
    }

    /// What the search found.
    pub fn found(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// What lies over something else.
    pub fn panel(self) -> Style {
        if !self.colour {
            return Style::new();
        }
        Style::new().bg(self.colours.of(Color::DarkGray)).fg(self.colours.of(Color::White))
    }

    /// Returns the sign that something is going on; turns with time.
    pub fn spinner(self, now: std::time::Duration) -> &'static str {
        const ROUND: [&str; 8] = ["⠋", "⠙", "⠸", "⠴", "⠦", "⠧", "⠇", "⠏"];
        const PLAIN: [&str; 4] = ["|", "/", "-", "\\"];
        let turn = (now.as_millis() / 250) as usize;
        if self.unicode { ROUND[turn % ROUND.len()] } else { PLAIN[turn % PLAIN.len()] }
    }

    /// Horizontal line, vertical line, and where they meet: below, above.
    pub fn lines(self) -> (&'static str, &'static str, &'static str, &'static str) {
        if self.unicode { ("─", "│", "┬", "┴") } else { ("-", "|", "+", "+") }
    }

    /// Returns what says that a line goes on to the left, and to the right.
    pub fn goes_on(self) -> (&'static str, &'static str) {
        if self.unicode { ("‹", "›") } else { ("<", ">") }
    }

    /// Returns what stands for a character that is not to be seen.
    pub fn mask(self) -> &'static str {
        if self.unicode { "•" } else { "*" }
    }

    /// Returns the names of keys for a terminal that may not have their arrows.
    pub fn keys(self, names: &str) -> String {
        if self.unicode { names.to_owned() } else { self.text(&names.replace('→', "Right")) }
    }

    /// Returns text with our own signs in it, for a terminal that may not have them.
    pub fn text(self, text: &str) -> String {
        if self.unicode {
            return text.to_owned();
        }
        text.chars()
            .map(|c| match c {
                '…' => "...".to_owned(),
                '→' => "->".to_owned(),
                '↵' => "\\n".to_owned(),
                '≥' => ">=".to_owned(),
                '–' | '—' | '─' => "-".to_owned(),
                '↑' => "Up".to_owned(),
                '↓' => "Down".to_owned(),
                '←' => "Left".to_owned(),
                c => c.to_string(),
            })
            .collect()
    }
}
