#!/usr/bin/env bash
# toml_edit 0.25.18: removing an element of an array leaves its comment, at another element, and takes that one's away.
#
# A comment behind the comma belongs, for toml_edit, to the element that comes *after* it (or to the array's end). So
# with one element a line and a comment to each, `remove` takes the comment of the line before, and what stood beside
# the removed element now explains its neighbour; `push` puts the new one between the last and its comment. Nothing
# looks wrong: the file is valid, and says "never" of what is allowed.
#
# Seen, with `"always", # the tests` and `"never", # the mirror is down` on two lines:
#   remove(1): "always", # the mirror is down
#   remove(0): # the tests  (on the line of the bracket), "never", # the mirror is down
#   push:      "never", "x", # the mirror is down
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
toml_edit = "=0.25.18"
TOML
cat >src/main.rs <<'RUST'
use toml_edit::{Array, DocumentMut};

fn changed(change: fn(&mut Array)) -> String {
    let text = "policy = [\n  \"always\", # the tests\n  \"never\", # the mirror is down\n]\n";
    let mut document: DocumentMut = text.parse().unwrap();
    change(document["policy"].as_array_mut().unwrap());
    document.to_string()
}

fn main() {
    println!("== remove(1)\n{}", changed(|array| drop(array.remove(1))));
    println!("== remove(0)\n{}", changed(|array| drop(array.remove(0))));
    println!("== push\n{}", changed(|array| array.push("x")));
}
RUST
out=$(CARGO_TARGET_DIR=$work/target cargo run --quiet)
echo "$out"
grep -qxF '  "always", # the mirror is down' <<<"$out" && grep -qxF 'policy = [ # the tests' <<<"$out" &&
  grep -qxF '  "never", "x", # the mirror is down' <<<"$out" || { echo changed; exit 1; }
