//! All that runs in this process, on a pretend machine ([`support`]), on recordings, or on texts of any kind.

// A test stops at the first thing that is not as it should be, its helpers too.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr
)]

#[path = "../mock/gitlab/mod.rs"]
mod gitlab;
#[path = "../mock/http.rs"]
mod http;
#[path = "../mock/programs.rs"]
mod programs;
#[allow(dead_code, reason = "the real machine's tests use the rest of it")]
#[path = "../e2e/screen.rs"]
mod screen;
#[allow(dead_code, reason = "the sweep uses the rest of it")]
#[path = "../support/mod.rs"]
mod support;

mod advice;
mod authority;
mod boot;
mod canary;
mod change;
mod commands;
mod config_corpus;
mod config_properties;
mod created;
mod demo;
mod doctor;
mod documents;
mod enter;
mod export;
mod export_script;
mod fuzz;
mod hand_written_keys;
mod image_boot;
mod image_network;
mod image_update;
mod licences;
mod lifecycle;
mod logs;
mod mask;
mod mock;
mod named_files;
mod nested_keys;
mod order;
mod own_editor;
mod second;
mod state_volume;
mod status;
mod steps;
mod teardown;
mod verbs;
