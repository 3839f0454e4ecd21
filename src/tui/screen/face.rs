//! What a screen is to all that is above it: a row of the table of screens.

use crate::tui::act::Act;
use crate::tui::keys::binding::Binding;
use crate::tui::message::Effect;
use crate::tui::model::Model;
use crate::tui::view::layout;
use crossterm::event::KeyEvent;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

/// A screen.
pub(crate) struct Face {
    /// The tables of keys that count now, the closest first.
    pub tables: fn(&Model) -> Vec<&'static [Binding]>,
    /// Whether something can be done now; what cannot is in no help and does nothing.
    pub allowed: fn(&Model, Act) -> bool,
    /// The word for a key in the line at the bottom.
    pub hint: fn(&Model, &Binding) -> &'static str,
    /// What a key changes.
    pub act: fn(&mut Model, Act) -> Vec<Effect>,
    /// What time changes while it is on the screen.
    pub tick: fn(&mut Model) -> Vec<Effect>,
    /// What it draws.
    pub body: Body,
    /// Whether the list of steps is beside it.
    pub beside_steps: bool,
    /// Where letters can be text.
    pub text: Option<Text>,
    /// What stands by itself to be copied: addresses, the lines for an administrator.
    pub copies: fn(&Model) -> Vec<String>,
    /// What is said to whom the screen is new, once; short enough for the rule of 80 columns.
    pub first: Option<fn() -> String>,
    /// Whether what it says holds of what is on the screen.
    pub holds: fn(&Model) -> bool,
    /// What is to be known beside the keys, on the `?` page.
    pub legend: fn(&Model) -> Vec<String>,
}

/// What a screen draws.
pub(crate) enum Body {
    /// Lines that are scrolled by the keys that scroll everywhere.
    Page {
        /// The lines for so many columns.
        lines: fn(&Model, u16) -> Vec<Line<'static>>,
        /// Where they are.
        area: fn((u16, u16)) -> Rect,
    },
    /// Its own, scrolled by itself.
    Drawn {
        /// Draws it.
        draw: fn(&Model, &mut Frame),
        /// Whether there is more than is in sight.
        scrolls: fn(&Model) -> bool,
    },
}

/// What is done with letters.
pub(crate) struct Text {
    /// Whether letters are text now.
    pub typing: fn(&Model) -> bool,
    /// Takes a key that is text.
    pub typed: fn(&mut Model, KeyEvent),
    /// Takes a paste.
    pub pasted: fn(&mut Model, &str),
}

type Tables = fn(&Model) -> Vec<&'static [Binding]>;
type Lines = fn(&Model, u16) -> Vec<Line<'static>>;
type OnAct = fn(&mut Model, Act) -> Vec<Effect>;

impl Face {
    /// Returns a page of text by itself.
    pub(crate) const fn page(tables: Tables, lines: Lines, act: OnAct) -> Self {
        Self {
            tables,
            allowed: |_, _| true,
            hint: |_, binding| binding.hint,
            act,
            tick: |_| vec![],
            body: Body::Page { lines, area: layout::page },
            beside_steps: false,
            text: None,
            copies: |_| vec![],
            first: None,
            holds: |_| true,
            legend: |_| vec![],
        }
    }

    /// Returns a page of text beside the list of steps.
    pub(crate) const fn step_page(tables: Tables, lines: Lines, act: OnAct) -> Self {
        let body = Body::Page { lines, area: layout::step_page };
        Self { body, beside_steps: true, ..Self::page(tables, lines, act) }
    }

    /// Returns a screen that draws itself.
    pub(crate) const fn drawn(tables: Tables, draw: fn(&Model, &mut Frame), act: OnAct) -> Self {
        let body = Body::Drawn { draw, scrolls: |_| false };
        Self { body, ..Self::page(tables, |_, _| vec![], act) }
    }
}
