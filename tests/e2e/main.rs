//! pipglr on a real machine: a disposable Debian with systemd and rootless
//! podman, a GitLab that knows runners and jobs, and gitlab-runner or its
//! stand-in. `.ci/run` runs it:
//! `cargo test --test e2e -- --ignored --test-threads=1`.
//!
//! Needs root and Debian (`tests/testhost deps` installs the rest).
//! `PIPGLR_TEST_RUNNER` and `PIPGLR_TEST_RUNNER_HELPER` name a real
//! gitlab-runner and its helper; `PIPGLR_TEST_SUITE` another Debian than
//! trixie; `PIPGLR_TEST_LONG=1` has each test take its time, as before a
//! release; `PIPGLR_TEST_KEEP=1` leaves the machines up.
// What the harness offers is not all used by every suite.
#![allow(dead_code)]
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

mod authority;
mod auto_update;
mod boot;
mod canaries;
mod change;
mod change_faults;
mod change_screen;
mod doctor;
mod down;
mod every_command;
mod exports;
mod hand_over;
mod home;
mod image;
mod image_build;
mod image_store;
mod image_update;
mod interrupt;
mod isolation;
mod jobs;
mod limits;
mod log_faults;
mod logs;
mod mock;
mod named_files;
mod nested_network;
mod preflight;
mod recreate;
mod reliability;
mod runner;
mod screen;
mod second;
mod secret_store;
mod server;
mod service;
mod setup;
mod speed;
mod state;
mod teardown;
mod testhost;
mod tls;
mod two_at_once;
mod units;
mod upgrade;
mod verify_job;
mod volumes;
mod wizard;
