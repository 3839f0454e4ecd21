//! What a user is told of the words: the help of every verb, the shells' completion, the manual.

use clap::{Command, CommandFactory, Parser};
use pipglr::cli::Cli;
use std::process::{Command as Process, Output, Stdio};

fn pipglr(words: &[&str]) -> Output {
    Process::new(env!("CARGO_BIN_EXE_pipglr")).args(words).stdin(Stdio::null()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Every verb, as it is typed, and what clap knows of it.
fn verbs(command: &Command, before: &[&str]) -> Vec<(Vec<String>, Command)> {
    let below = command.get_subcommands().flat_map(|verb| {
        let path = [before, &[verb.get_name()]].concat();
        let own = (path.iter().map(|word| (*word).to_owned()).collect(), verb.clone());
        [own].into_iter().chain(verbs(verb, &path))
    });
    below.collect()
}

#[test]
fn every_verb_has_examples_and_each_can_be_typed() {
    let all = verbs(&Cli::command(), &[]);
    assert!(all.len() > 15);
    for (path, verb) in all {
        let after = verb.get_after_help().map(ToString::to_string).unwrap_or_default();
        let examples =
            after.lines().skip_while(|line| *line != "Examples:").skip(1).take_while(|line| !line.is_empty());
        let examples: Vec<_> = examples.map(str::trim).collect();
        assert!(!examples.is_empty(), "{path:?} has no examples: give it an `after_help`, as others have");
        for example in examples {
            let command = example.split(" # ").next().unwrap().split([';', '<', '>', '|']).next().unwrap();
            let words = command.split_whitespace().skip_while(|word| *word != "pipglr");
            let read = Cli::try_parse_from(words).map(|_| ());
            assert!(read.is_ok(), "{path:?}: {example}: {}", read.unwrap_err());
            assert!(path.iter().all(|word| command.contains(word.as_str())), "{path:?}: {example}");
        }
    }
}

#[test]
fn every_verb_tells_of_itself() {
    for (path, _) in verbs(&Cli::command(), &[]) {
        let words: Vec<_> = path.iter().map(String::as_str).chain(["--help"]).collect();
        let told = pipglr(&words);
        assert_eq!(told.status.code(), Some(0), "{words:?}");
        assert!(text(&told.stdout).contains("Examples:\n"), "{words:?}");
    }
}

#[test]
fn wrong_words_are_one_line_and_end_with_2() {
    let told = pipglr(&["statsu"]);
    assert_eq!((told.status.code(), text(&told.stdout)), (Some(2), String::new()));
    let said = text(&told.stderr);
    assert!(said.starts_with("pipglr: ") && said.contains("'status'") && said.lines().count() == 1, "{said}");
}

#[test]
fn each_shell_has_its_script_and_bash_completes_with_it() {
    for (shell, sign) in [("bash", "complete -F"), ("zsh", "#compdef pipglr"), ("fish", "complete -c pipglr")] {
        let script = pipglr(&["completions", shell]);
        assert_eq!(script.status.code(), Some(0), "{shell}: {}", text(&script.stderr));
        assert!(text(&script.stdout).contains(sign), "{shell}");
    }
    let script = text(&pipglr(&["completions", "bash"]).stdout);
    let asked = format!(
        "{script}\nCOMP_WORDS=(pipglr config ap); COMP_CWORD=2; _pipglr pipglr ap config; echo \"${{COMPREPLY[@]}}\"\n\
         COMP_WORDS=(pipglr setup --ans); COMP_CWORD=2; _pipglr pipglr --ans setup; echo \"${{COMPREPLY[@]}}\""
    );
    match Process::new("bash").args(["--noprofile", "--norc", "-c", &asked]).output() {
        Ok(done) => assert_eq!(text(&done.stdout), "apply\n--answers\n", "{}", text(&done.stderr)),
        Err(e) => eprintln!("bash is not here ({e}): its completion was not tried"),
    }
}

#[test]
fn the_manual_has_a_page_for_every_verb() {
    let folder = tempfile::tempdir().unwrap();
    let told = pipglr(&["man", folder.path().join("man1").to_str().unwrap()]);
    assert_eq!(told.status.code(), Some(0), "{}", text(&told.stderr));
    for (path, _) in verbs(&Cli::command(), &[]) {
        let page = folder.path().join(format!("man1/pipglr-{}.1", path.join("-")));
        let page = std::fs::read_to_string(&page).unwrap_or_else(|e| panic!("{}: {e}", page.display()));
        assert!(page.contains(".TH") && page.contains("Examples:"), "{path:?}");
    }
    let told = pipglr(&["man", "/proc/none"]);
    assert_eq!(told.status.code(), Some(1));
    assert!(text(&told.stderr).contains("/proc/none"), "{}", text(&told.stderr));
}
