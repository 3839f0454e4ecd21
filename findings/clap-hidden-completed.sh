#!/usr/bin/env bash
# clap_complete 4.6.11: a hidden option and a hidden subcommand are offered by the shells' completion; a hidden value of
# an option is not.
#
# `hide = true` keeps internal commands out of `--help` and of clap_mangen's page. The script that clap_complete makes
# of the same definition offers them on Tab, in all five shells, as if they were for users; yet a `ValueEnum` variant
# with the same attribute is left out. An internal command has to be taken out of the definition that completions are
# made from.
#
# Seen, of "--visible --internal", "run serve-internal" and "--colour auto debug-values", the second of each hidden:
#   --help      visible run auto
#   man page    visible run auto
#   bash, zsh, fish         visible internal run serve-internal auto
#   elvish, powershell      visible internal run serve-internal           (they complete no values at all)
#
# Needs cargo and a few hundred MB in a temporary folder. Exits with 1 where this is not so any more.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
cd "$work"; mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "finding"
version = "0.0.0"
edition = "2024"
[dependencies]
clap = { version = "=4.6.9", features = ["derive"] }
clap_complete = "=4.6.11"
clap_mangen = "=0.3.3"
TOML
cat >src/main.rs <<'RUST'
use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

#[derive(Parser)]
#[command(name = "tool")]
struct Tool {
    #[arg(long)]
    visible: bool,
    #[arg(long, hide = true)]
    internal: bool,
    #[arg(long)]
    colour: Option<Colour>,
    #[command(subcommand)]
    what: What,
}

#[derive(Clone, ValueEnum)]
enum Colour {
    Auto,
    #[value(hide = true)]
    DebugValues,
}

#[derive(Subcommand)]
enum What {
    Run,
    #[command(hide = true)]
    ServeInternal,
}

fn show(name: &str, text: &str) {
    let plain = text.replace('\\', "");
    let offered: Vec<_> = ["visible", "-internal", "run", "serve-internal", "auto", "debug-values"]
        .into_iter()
        .filter(|word| match *word {
            "-internal" => plain.replace("serve-internal", "").contains("internal"),
            word => plain.contains(word),
        })
        .collect();
    println!("{name}: {}", offered.join(" ").replace(" -internal", " internal"));
}

fn main() {
    show("--help", &Tool::command().render_help().to_string());
    let mut page = Vec::new();
    clap_mangen::Man::new(Tool::command()).render(&mut page).unwrap();
    show("man page", &String::from_utf8(page).unwrap());
    for shell in Shell::value_variants() {
        let mut script = Vec::new();
        clap_complete::generate(*shell, &mut Tool::command(), "tool", &mut script);
        show(&shell.to_string(), &String::from_utf8(script).unwrap());
    }
}
RUST
CARGO_TARGET_DIR=$work/target cargo run --quiet 2>/dev/null | tee seen
diff seen - <<'SEEN' || { echo changed; exit 1; }
--help: visible run auto
man page: visible run auto
bash: visible internal run serve-internal auto
elvish: visible internal run serve-internal
fish: visible internal run serve-internal auto
powershell: visible internal run serve-internal
zsh: visible internal run serve-internal auto
SEEN
