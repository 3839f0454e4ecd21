//! The container's log, from bytes to lines that are safe to show and know where they come from.
//!
//! The way of a line: a log driver's store ([`driver`], [`stream`]) or a saved file ([`file`]) gives bytes; [`decode`] makes records
//! of them; [`parse`] makes a [`Line`] of a record: harmless ([`clean`]), without secrets ([`redact`]), with source,
//! level, time and job; [`join`] puts together what gitlab-runner spread over two console lines. What comes out goes to
//! a [`Sink`]: plain lines print it, the screen keeps it in a [`Buffer`] and looks at it through a [`Filter`].

pub mod buffer;
pub mod clean;
pub mod clock;
pub mod decode;
mod driver;
pub mod encoding;
mod entries;
pub mod export;
pub mod feed;
pub mod fields;
pub mod file;
pub mod filter;
pub mod jobs;
pub mod join;
pub mod level;
mod life;
pub mod line;
mod own;
pub mod parse;
pub mod pipeline;
mod redact;
pub mod save;
mod saved;
pub mod stream;

use crate::host::Bell;
pub use buffer::{Buffer, Limits};
pub use filter::{Filter, Pattern};
pub use jobs::{Job, Jobs};
pub use level::Level;
pub use line::{Item, Line, Paint, Ruler};
pub use pipeline::Pipeline;

/// Who takes what a log gives.
pub trait Sink {
    /// A line, or a word of ours between two of them.
    fn item(&mut self, item: Item);

    /// Nothing more is there for the moment: what was collected can be shown.
    fn idle(&mut self) {}

    /// Whether nobody wants any more.
    fn stopped(&self) -> bool {
        false
    }

    /// What rings when [`Self::stopped`] has become true. Where nothing does, it is asked several times a second.
    fn bells(&self) -> Vec<Bell> {
        vec![]
    }
}

/// What collects everything.
impl Sink for Vec<Item> {
    fn item(&mut self, item: Item) {
        self.push(item);
    }
}
