#!/usr/bin/env bash
# clap 4.6.9: of a `global` option that is given on both sides of a subcommand, the left side is forgotten: a list loses
# its elements, a count its number, and a value that may be given once only is overridden without an error.
#
# The documentation says that it does not matter where the user writes such an option. It does: each side is read by
# itself, and where both have it, the right one takes the other's place, in the matches of the program too. `-v` in an
# alias and another `-v` typed behind the subcommand are one `-v`; `--env A=1` in front and `--env B=2` behind are B
# alone. What options want of each other is asked of each side alone as well, so `requires` fails where all is there.
#
# Seen, of --env (Append), -v (Count), --host (Set) and --port (requires --host), all global:
#   run --env A --env B      A B        --env A run --env B      B
#   run -v -v                2          -v run -v                1
#   run --host a --host b    error      --host a run --host b    b
#   run --host a --port 1    a 1        --host a run --port 1    error
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
clap = "=4.6.9"
TOML
cat >src/main.rs <<'RUST'
use clap::{Arg, ArgAction, Command};

fn read(line: &str) -> String {
    let told = Command::new("finding")
        .arg(Arg::new("env").long("env").action(ArgAction::Append).global(true))
        .arg(Arg::new("v").short('v').action(ArgAction::Count).global(true))
        .arg(Arg::new("host").long("host").global(true))
        .arg(Arg::new("port").long("port").requires("host").global(true))
        .subcommand(Command::new("run"))
        .try_get_matches_from(format!("finding {line}").split(' '));
    match told {
        Err(_) => "error".to_owned(),
        Ok(told) if told.get_count("v") > 0 => told.get_count("v").to_string(),
        Ok(told) => ["env", "host", "port"]
            .iter()
            .flat_map(|name| told.get_many::<String>(name).unwrap_or_default().cloned())
            .collect::<Vec<_>>()
            .join(" "),
    }
}

fn main() {
    for line in [
        "run --env A --env B", "--env A --env B run", "--env A run --env B",
        "run -v -v", "-v -v run", "-v run -v",
        "run --host a --host b", "--host a --host b run", "--host a run --host b",
        "run --host a --port 1", "--host a --port 1 run", "--host a run --port 1",
    ] {
        println!("{line}: {}", read(line));
    }
}
RUST
CARGO_TARGET_DIR=$work/target cargo run --quiet | tee seen
diff seen - <<'SEEN' || { echo changed; exit 1; }
run --env A --env B: A B
--env A --env B run: A B
--env A run --env B: B
run -v -v: 2
-v -v run: 2
-v run -v: 1
run --host a --host b: error
--host a --host b run: error
--host a run --host b: b
run --host a --port 1: a 1
--host a --port 1 run: a 1
--host a run --port 1: error
SEEN
