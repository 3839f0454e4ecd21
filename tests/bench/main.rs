//! What is measured, on a quiet machine, all of it or a part by its name (`doctor`, `editor`, `logs`, `viewer`):
//! `cargo test --release --test bench -- --ignored --nocapture --test-threads=1`

// A bench stops at the first thing that is not as it should be, its helpers too.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr
)]

#[allow(dead_code, reason = "the end-to-end tests use the rest of it")]
#[path = "../e2e/screen.rs"]
mod screen;
#[allow(dead_code, reason = "the end-to-end tests use the rest of it")]
#[path = "../e2e/testhost.rs"]
mod testhost;

mod doctor;
mod editor;
mod generate;
mod logs;
mod table;
mod viewer;
