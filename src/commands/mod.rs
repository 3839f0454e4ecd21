//! The verbs, a file each: what it takes, what it does, and its lines or JSON. Where a verb has a screen, it opens that.

/// Prints a line. Where nobody reads any more (a closed pipe) the work goes on: half a setup helps nobody.
macro_rules! say {
    () => {
        say!("")
    };
    ($($arg:tt)*) => {
        $crate::commands::output::print_line(format_args!($($arg)*))
    };
}

/// Prints words behind a lead; what has no room in a terminal's line stands below them.
macro_rules! say_behind {
    ($lead:expr, $($arg:tt)*) => {
        $crate::commands::output::print_behind($lead, &format!($($arg)*))
    };
}

/// The same to standard error. Neither may break where the terminal is gone: `println!` and `eprintln!` panic there.
macro_rules! complain {
    ($($arg:tt)*) => {
        $crate::commands::output::complain_line(format_args!($($arg)*))
    };
}

mod blocks;
pub mod boot;
pub mod check;
pub mod completions;
pub mod config;
pub mod context;
pub mod demo;
pub mod doctor;
pub mod edit;
pub mod export;
pub mod image;
pub mod jobs;
pub mod lifecycle;
pub mod logs;
mod logs_args;
pub mod man;
mod number;
pub mod output;
pub mod pause;
pub mod printer;
mod prompt;
mod review;
pub mod runner;
pub mod setup;
pub mod status;
pub mod teardown;
pub mod update;
pub mod verify;
pub mod volumes;

pub use context::{Context, Global};
