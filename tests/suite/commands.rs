//! Every command that a message, a symptom, a comment or a document names is one that can be typed.

use clap::Parser;
use pipglr::cli::Cli;
use pipglr::symptoms::{Remedy, read};
use regex::Regex;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// Sub-commands of the other tools that are named anywhere.
const TOOLS: [(&str, &[&str]); 5] = [
    (
        "podman",
        &[
            "auto-update",
            "build",
            "container",
            "create",
            "events",
            "exec",
            "generate",
            "network",
            "image",
            "info",
            "kill",
            "kube",
            "inspect",
            "logs",
            "pause",
            "network",
            "ps",
            "pull",
            "quadlet",
            "rename",
            "restart",
            "rm",
            "run",
            "secret",
            "start",
            "stats",
            "stop",
            "system",
            "unpause",
            "unshare",
            "update",
            "version",
            "volume",
        ],
    ),
    (
        "systemctl",
        &[
            "cat",
            "daemon-reload",
            "disable",
            "edit",
            "enable",
            "kill",
            "list-unit-files",
            "list-units",
            "reset-failed",
            "restart",
            "show",
            "start",
            "stop",
        ],
    ),
    ("loginctl", &["enable-linger", "disable-linger", "show-user"]),
    ("machinectl", &["shell"]),
    ("apt", &["install"]),
];

/// Where commands are named: the sources, the data, the documents.
fn texts() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files =
        vec![root.join("README.md"), root.join("assets/symptoms.toml"), root.join("assets/config-keys.tsv")];
    let mut folders = vec![root.join("src"), root.join("assets/docs")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => files.push(path),
            }
        }
    }
    files.retain(|path| {
        path.extension().is_none_or(|ext| ["rs", "md", "toml", "tsv"].iter().any(|known| ext == *known))
    });
    files.into_iter().map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect()
}

/// The commands in backticks of a text; one that is broken over lines of a string or a comment is one.
fn commands(text: &str) -> Vec<String> {
    let joined = Regex::new(r"(\\|\s)\n\s*(//[/!]? ?)?|\n\s*//[/!]? ?").unwrap().replace_all(text, " ").into_owned();
    let tools = TOOLS.map(|(tool, _)| tool).join("|");
    let named = Regex::new(&format!(r"`((?:sudo )?(?:pipglr|{tools})(?: [^`\n]*)?)`")).unwrap();
    let squeezed = |words: &str| words.split_whitespace().collect::<Vec<_>>().join(" ");
    named.captures_iter(&joined).map(|found| squeezed(&found[1])).collect()
}

/// What a message leaves open.
static OPEN: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\{[^}]*\}|…|\b(FILE|DIR|NAME|IMAGE|USER|ARGS|VERB|UNIT)\b").unwrap());
/// What may be there.
static OPTIONAL: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\[[^\]]*\]").unwrap());

/// What is typed, where a message leaves something open: `a|b` is either, `[x]` may be there, FILE and {…} are filled in.
fn typed(command: &str) -> Vec<String> {
    let command = command.replace("\\|", "|");
    let command = command.split(" <").next().unwrap().trim_start_matches("sudo ");
    let command = OPTIONAL.replace_all(command, |found: &regex::Captures| found[0].replace(' ', "\u{a0}"));
    let mut all = vec![String::new()];
    for word in command.split(' ') {
        let optional = word.starts_with('[') || word.ends_with(']');
        let word = word.trim_matches(['[', ']']);
        let with = all.iter().flat_map(|line| {
            word.split('|').map(move |one| {
                let one = if one == "N" { "3" } else { one };
                format!("{line} {}", OPEN.replace_all(one, "x")).trim().to_owned()
            })
        });
        let mut next: Vec<String> = with.collect();
        if optional {
            next.extend(all);
        }
        all = next;
    }
    all.iter().map(|line| line.replace('\u{a0}', " ")).collect()
}

fn right(line: &str) -> Result<(), String> {
    let mut words = line.split(' ');
    let tool = words.next().unwrap_or_default();
    if tool == "pipglr" {
        use clap::error::ErrorKind::{DisplayHelp, DisplayHelpOnMissingArgumentOrSubcommand, DisplayVersion};
        return match Cli::try_parse_from(line.split(' ')) {
            Err(e) if !matches!(e.kind(), DisplayHelp | DisplayHelpOnMissingArgumentOrSubcommand | DisplayVersion) => {
                Err(e.to_string())
            }
            _ => Ok(()),
        };
    }
    let Some((_, known)) = TOOLS.iter().find(|(name, _)| *name == tool) else {
        return Err(format!("{tool} is no tool that is known here"));
    };
    match words.find(|word| !word.starts_with('-')) {
        Some(verb) if verb != "x" && !known.contains(&verb) => Err(format!("{tool} has no {verb}")),
        _ => Ok(()),
    }
}

#[test]
fn every_command_that_is_named_can_be_typed() {
    let mut named = 0;
    let mut wrong = vec![];
    for (path, text) in texts() {
        // A stop and a restart name themselves.
        for command in commands(&text).into_iter().filter(|command| command != "pipglr {} --now") {
            named += 1;
            let bad = typed(&command).iter().find_map(|line| right(line).err());
            wrong.extend(bad.map(|why| format!("{}: `{command}`: {why}", path.display())));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(named > 150, "only {named} were found: are they looked for where they are?");
}

#[test]
fn every_remedy_of_the_doctor_can_be_typed() {
    let remedies: Vec<Remedy> = read().unwrap().iter().filter_map(|symptom| symptom.step).collect();
    assert!(remedies.len() > 50);
    let command = Regex::new("(pipglr|podman) .*").unwrap();
    for remedy in remedies {
        let says = remedy.says("pipglr");
        let command = command.find(&says).map(|found| found.as_str());
        if let Some(command) = command {
            right(command).unwrap_or_else(|why| panic!("{says}: {why}"));
        } else {
            assert!(matches!(remedy, Remedy::Host | Remedy::Gitlab | Remedy::Job), "{says}");
        }
    }
}

#[test]
fn what_does_not_exist_is_seen() {
    for bad in [
        "pipglr volumes frobnicate",
        "pipglr config frobnicate",
        "pipglr status --fix",
        "podman frobnicate",
        "systemctl --user x-y",
    ] {
        assert!(right(bad).is_err(), "{bad}");
    }
    for good in ["pipglr", "pipglr config apply FILE", "podman --version", "systemctl --user disable podman-restart"] {
        assert_eq!(right(good), Ok(()), "{good}");
    }
    assert_eq!(commands("a `pipglr \\\n    setup` b\n/// `podman\n/// stop`"), ["pipglr setup", "podman stop"]);
    assert_eq!(typed("pipglr config show|lint [--json]").len(), 4);
}
