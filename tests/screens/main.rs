//! The screen without a host: keys in, model and effects out; and every screen drawn, as it was last agreed on.
//!
//! The pictures are `tests/screens/NAME-COLUMNSxROWS.txt`, and `assets/pictures/NAME.svg` for the README;
//! `PIPGLR_UPDATE_SCREENS=1 cargo test --test screens` writes them anew.

// A test stops at the first thing that is not as it should be, its helpers too; what it says is for who runs it.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr
)]

mod demo;
mod doctor;
mod editing;
mod editor;
mod every;
mod given;
mod hands;
mod history;
mod home;
mod keys;
mod log;
mod newer;
mod operations;
mod palette;
mod pictures;
mod pressed;
mod svg;
mod unsaved;
mod updates;
mod volumes;
mod way_back;
