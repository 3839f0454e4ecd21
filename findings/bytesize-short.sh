#!/usr/bin/env bash
# bytesize 2.7.0: what `display().iec_short()` writes is read back by the same crate as another size, and a size that is
# too large is read as the largest one, without an error.
#
# The short binary form leaves the "i" out (1024 bytes are "1.0K"), and for `parse` a K, M or G without an "i" is decimal:
# a size that is shown, copied and typed in again shrinks, by 2 % for K and by 7 % for G. And "20EiB", more than 64 bits
# can count, is u64::MAX. Seen:
#   1024 -> "1.0K" -> 1000        5368709120 -> "5.0G" -> 5000000000        "20EiB" -> 18446744073709551615
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
bytesize = "=2.7.0"
TOML
cat >src/main.rs <<'RUST'
use bytesize::ByteSize;

fn main() {
    for bytes in [1024, 5 << 30] {
        let shown = ByteSize(bytes).display().iec_short().to_string();
        println!("{bytes} {shown} {}", shown.parse::<ByteSize>().unwrap().as_u64());
    }
    println!("{:?}", "20EiB".parse::<ByteSize>().map(|size| size.as_u64()));
}
RUST
out=$(CARGO_TARGET_DIR=$work/target cargo run --quiet)
echo "$out"
grep -qxF '1024 1.0K 1000' <<<"$out" && grep -qxF '5368709120 5.0G 5000000000' <<<"$out" &&
  grep -qxF 'Ok(18446744073709551615)' <<<"$out" || { echo changed; exit 1; }
