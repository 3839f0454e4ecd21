#!/usr/bin/env bash
# similar 3.2.1 and GNU patch 2.7.6: a unified diff of a text with a lone carriage return (a progress bar in a log) is
# malformed for patch, and for git apply.
#
# `TextDiff::from_lines` ends a line at a lone CR as well, counts such pieces as lines in the hunk's header and writes
# nothing between them; every tool that applies diffs knows line feeds only. Python's difflib does the same with
# `splitlines`. A diff that is to be applied has to be made of pieces cut at the line feed.
#
# Seen for "start\nend\n" against "start\n10%\r50%\r100%\nend\n":
#   @@ -1,2 +1,5 @@                         (three lines of that text, five by the count)
#   patch: **** malformed patch at line 6
#
# Needs cargo, apt and a hundred MB in a temporary folder. Exits with 1 where this is not so any more.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
cd "$work"; mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "finding"
version = "0.0.0"
edition = "2024"
[dependencies]
similar = { version = "=3.2.1", features = ["text"] }
TOML
cat >src/main.rs <<'RUST'
fn main() {
    let diff = similar::TextDiff::from_lines("start\nend\n", "start\n10%\r50%\r100%\nend\n");
    print!("{}", diff.unified_diff().header("a/log", "b/log"));
}
RUST
apt-get --option APT::Sandbox::User=root download --quiet=2 patch=2.7.6-7; dpkg-deb --extract patch_*.deb .
CARGO_TARGET_DIR=$work/target cargo run --quiet >log.diff
printf 'start\nend\n' >log
cat -A log.diff
code=0; usr/bin/patch --dry-run --strip=1 <log.diff >told 2>&1 || code=$?
cat told
grep -qxF '@@ -1,2 +1,5 @@' log.diff && [ $code = 2 ] && grep -q 'malformed patch' told || { echo changed; exit 1; }
