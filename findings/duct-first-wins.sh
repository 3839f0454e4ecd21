#!/usr/bin/env bash
# duct 1.1.2: of two `.env("NAME", …)` the first one holds; with std's Command, of which duct takes the place, the last.
#
# Each call wraps the expression, and what stands nearer to the command wins: a helper that returns a `cmd!` with its own
# environment, folder or input cannot be overridden by its caller, and nothing says so. It is the same for `dir`,
# `stdin_bytes`, and for `env_remove` before `env`. The documentation of `env` and `dir` does not mention an order
# (that of `before_spawn` does).
#
# Seen:
#   env       std second   duct first
#   dir       std /tmp     duct /usr
#   env_remove("NAME").env("NAME", "x")     std x   duct (unset)
#
# Needs cargo and a hundred MB in a temporary folder. Exits with 1 where this is not so any more.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
cd "$work"; mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "finding"
version = "0.0.0"
edition = "2024"
[dependencies]
duct = "=1.1.2"
TOML
cat >src/main.rs <<'RUST'
use duct::cmd;
use std::process::Command;

fn std(command: &mut Command) -> String {
    String::from_utf8(command.output().unwrap().stdout).unwrap().trim_end().to_owned()
}

fn main() {
    const SHOW: [&str; 2] = ["-c", "echo ${NAME-unset}"];
    let other = std(Command::new("sh").args(SHOW).env("NAME", "first").env("NAME", "second"));
    let ducts = cmd("sh", SHOW).env("NAME", "first").env("NAME", "second").read().unwrap();
    println!("env: std {other}, duct {ducts}");
    let other = std(Command::new("pwd").current_dir("/usr").current_dir("/tmp"));
    let ducts = cmd!("pwd").dir("/usr").dir("/tmp").read().unwrap();
    println!("dir: std {other}, duct {ducts}");
    let other = std(Command::new("sh").args(SHOW).env_remove("NAME").env("NAME", "x"));
    let ducts = cmd("sh", SHOW).env_remove("NAME").env("NAME", "x").read().unwrap();
    println!("env_remove, env: std {other}, duct {ducts}");
}
RUST
NAME=outer CARGO_TARGET_DIR=$work/target cargo run --quiet | tee seen
diff seen - <<'SEEN' || { echo changed; exit 1; }
env: std second, duct first
dir: std /tmp, duct /usr
env_remove, env: std x, duct unset
SEEN
