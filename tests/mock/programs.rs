//! Where the programs under test are.
#![allow(dead_code)] // the tests that share this file use a part each
#![allow(clippy::expect_used)] // without the program there is no test

use std::path::PathBuf;
use std::process::Command;

/// An example of this package, built if it is not up to date: `cargo test
/// --test X` builds the test alone.
pub fn example(name: &str) -> PathBuf {
    // target/debug/deps/test-0123 → target/debug
    let test = std::env::current_exe().expect("the test's own path");
    let profile = test.ancestors().nth(2).expect("a profile folder");
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(["build", "--quiet", "--example", name, "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .arg("--target-dir")
        .arg(profile.parent().expect("a target folder"));
    if profile.ends_with("release") {
        cargo.arg("--release");
    }
    let built = cargo.status().expect("cargo runs");
    assert!(built.success(), "example {name} does not build");
    profile.join("examples").join(name)
}

/// `PIPGLR_TEST_RUNNER`, else the stand-in.
pub fn runner() -> PathBuf {
    given("PIPGLR_TEST_RUNNER").unwrap_or_else(|| example("stand-in-runner"))
}

/// The helper of a real gitlab-runner; the stand-in needs none.
pub fn runner_helper() -> Option<PathBuf> {
    given("PIPGLR_TEST_RUNNER_HELPER")
}

pub fn is_real() -> bool {
    given("PIPGLR_TEST_RUNNER").is_some()
}

fn given(variable: &str) -> Option<PathBuf> {
    let path = PathBuf::from(std::env::var_os(variable).filter(|v| !v.is_empty())?);
    assert!(path.is_file(), "{variable}: no file {}", path.display());
    Some(path)
}
