//! libFuzzer's door to [`check`]: see Cargo.toml for the command.
#![no_main]

mod check;

libfuzzer_sys::fuzz_target!(|input: &[u8]| check::check(input));
