#!/usr/bin/env bash
# toml_edit 0.25.18: a file with CRLF that is read and written, and not edited at all, has both kinds of line ends.
#
# Behind keys, comments, headers and between the elements of an array each CRLF becomes LF; inside of a multi-line
# string it stays. So the "format-preserving" way there and back changes every line of the file but those (a diff shows
# all of it), and what is left is neither the one kind of file nor the other. Seen:
#   "a = 1 # c\r\nb = [\r\n  1,\r\n]\r\nc = \"\"\"\r\nq\r\nr\"\"\"\r\n"
#   "a = 1 # c\nb = [\n  1,\n]\nc = \"\"\"\r\nq\r\nr\"\"\"\n"
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
fn main() {
    let text = "a = 1 # c\r\nb = [\r\n  1,\r\n]\r\nc = \"\"\"\r\nq\r\nr\"\"\"\r\n";
    println!("{text:?}");
    println!("{:?}", text.parse::<toml_edit::DocumentMut>().unwrap().to_string());
}
RUST
out=$(CARGO_TARGET_DIR=$work/target cargo run --quiet)
echo "$out"
grep -qxF '"a = 1 # c\nb = [\n  1,\n]\nc = \"\"\"\r\nq\r\nr\"\"\"\n"' <<<"$out" || { echo changed; exit 1; }
