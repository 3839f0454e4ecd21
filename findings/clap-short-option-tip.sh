#!/usr/bin/env bash
# clap 4.6.9: of an option with three letters that lacks one, the tip names another option, or there is no tip.
#
# clap likens words by Jaro's measure, whose window is empty for words of two and three letters: letters that stand one
# place further count for nothing. `--yes`, `--now` and `--log` are what is typed most, and their slips are told worst; a
# long option that has the letters somewhere wins. Distance by letters (Damerau and Levenshtein; 1 in each case) has them.
#
# Seen, of the options --yes --now --log --answers --follow --verbose:
#   --ys       no tip
#   --nw       '--answers'
#   --lg       no tip
#   --answrs   '--answers'
#   --folow    '--follow'
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
use clap::error::{ContextKind, ContextValue};
use clap::{Arg, ArgAction, Command};

fn main() {
    for typed in ["--ys", "--nw", "--lg", "--answrs", "--folow"] {
        let options = ["yes", "now", "log", "answers", "follow", "verbose"];
        let options = options.map(|name| Arg::new(name).long(name).action(ArgAction::SetTrue));
        let error = Command::new("tool").args(options).try_get_matches_from(["tool", typed]).unwrap_err();
        match error.get(ContextKind::SuggestedArg) {
            Some(ContextValue::String(tip)) => println!("{typed}: {tip}"),
            _ => println!("{typed}: no tip"),
        }
    }
}
RUST
CARGO_TARGET_DIR=$work/target cargo run --quiet 2>/dev/null | tee seen
diff seen - <<'SEEN' || { echo changed; exit 1; }
--ys: no tip
--nw: --answers
--lg: no tip
--answrs: --answers
--folow: --follow
SEEN
