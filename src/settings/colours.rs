//! The colours that pipglr draws with: the terminal's own, or what is set in their place.

use ratatui::style::Color;
use serde::{Deserialize, Deserializer, de};

/// What is drawn in place of each colour of the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Colours {
    /// Wrong, failed.
    #[serde(deserialize_with = "colour")]
    red: Color,
    /// Done, holds.
    #[serde(deserialize_with = "colour")]
    green: Color,
    /// Mind this.
    #[serde(deserialize_with = "colour")]
    yellow: Color,
    /// One of the log's programs.
    #[serde(deserialize_with = "colour")]
    blue: Color,
    /// Another one.
    #[serde(deserialize_with = "colour")]
    magenta: Color,
    /// Here, now; keys and commands.
    #[serde(deserialize_with = "colour")]
    cyan: Color,
    /// What lies behind a panel.
    #[serde(deserialize_with = "colour")]
    darkgray: Color,
    /// A panel's text.
    #[serde(deserialize_with = "colour")]
    white: Color,
}

impl Default for Colours {
    fn default() -> Self {
        Self::TERMINAL
    }
}

impl Colours {
    /// The terminal's own; of its two blues the lighter: on black the other can hardly be read.
    pub const TERMINAL: Self = Self {
        red: Color::Red,
        green: Color::Green,
        yellow: Color::Yellow,
        blue: Color::LightBlue,
        magenta: Color::Magenta,
        cyan: Color::Cyan,
        darkgray: Color::DarkGray,
        white: Color::White,
    };

    /// On a light background the terminal's own yellow, cyan and green can hardly be read: darker ones of its 256.
    pub fn for_light(self) -> Self {
        let darker = |set: Color, own, dark| if set == own { Color::Indexed(dark) } else { set };
        Self {
            green: darker(self.green, Color::Green, 28),
            yellow: darker(self.yellow, Color::Yellow, 94),
            cyan: darker(self.cyan, Color::Cyan, 24),
            blue: darker(self.blue, Color::LightBlue, 19),
            ..self
        }
    }

    /// Returns what is drawn in place of a colour.
    pub fn of(&self, colour: Color) -> Color {
        match colour {
            Color::Red => self.red,
            Color::Green => self.green,
            Color::Yellow => self.yellow,
            Color::Blue => self.blue,
            Color::Magenta => self.magenta,
            Color::Cyan => self.cyan,
            Color::DarkGray => self.darkgray,
            Color::White => self.white,
            other => other,
        }
    }
}

/// Reads a colour: a name (`lightgreen`), a number of the terminal's 256, `#rrggbb`.
fn colour<'a, D: Deserializer<'a>>(from: D) -> Result<Color, D::Error> {
    let text = String::deserialize(from)?;
    text.parse().map_err(|_| {
        de::Error::custom(format!("there is no colour `{text}`: write a name such as lightgreen, 0 to 255, or #rrggbb"))
    })
}
