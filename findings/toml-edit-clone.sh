#!/usr/bin/env bash
# toml_edit 0.25.18: a clone of a `[[table]]` that has a `[table.sub]`, pushed behind the others, makes a text that no
# TOML reader takes, toml_edit itself included.
#
# "Another one like the first" (a second `[[runners]]` of a GitLab runner's config) is `array.push(array.get(0).clone())`.
# The clone keeps its place in the text, and so do its sub-tables: all are written by place, not by order in the array.
# Headers of both come first, then the sub-tables of both, so that the first entry has lost its own and the second has
# two. In memory all is right; nothing fails until the file is read again. `set_position(None)` has to be called on the
# clone and on every table below it.
#
# Seen:
#   [[runners]] / name = "a" / [[runners]] / name = "a" / [runners.docker] / … / [runners.docker] / …
#   then [[runners]] / name = "b", though the clone was pushed behind it
#   read again: duplicate key
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
use toml_edit::DocumentMut;

fn main() {
    let text = "[[runners]]\nname = \"a\"\n[runners.docker]\nimage = \"a\"\n\n[[runners]]\nname = \"b\"\n";
    let mut document: DocumentMut = text.parse().unwrap();
    let runners = document["runners"].as_array_of_tables_mut().unwrap();
    let copy = runners.get(0).unwrap().clone();
    runners.push(copy);
    let names: Vec<_> = runners.iter().map(|runner| runner["name"].as_str().unwrap()).collect();
    println!("in memory: {}", names.join(" "));
    let written = document.to_string();
    println!("{written}");
    match written.parse::<DocumentMut>() {
        Ok(_) => println!("read again: ok"),
        Err(error) => println!("read again: {}", error.message()),
    }
}
RUST
out=$(CARGO_TARGET_DIR=$work/target cargo run --quiet)
echo "$out"
grep -qx 'in memory: a b a' <<<"$out" && grep -qx 'read again: duplicate key' <<<"$out" || { echo changed; exit 1; }
