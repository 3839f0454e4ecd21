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

/// Numbers of running jobs and versions of the configuration, which no script can hold: the shells themselves are asked.
#[test]
fn shells_ask_for_jobs_and_versions() {
    let home = tempfile::tempdir().unwrap();
    let history = home.path().join("pipglr/history");
    std::fs::create_dir_all(&history).unwrap();
    std::fs::write(history.join("2026-11-24T10-00-00.000Z.toml"), "").unwrap();
    std::fs::create_dir(history.join("second")).unwrap();
    std::fs::write(history.join("second/2026-11-25T10-00-00.000Z.toml"), "").unwrap();
    // In place of the program: what `pipglr jobs` prints.
    let bin = home.path().join("bin");
    std::fs::create_dir(&bin).unwrap();
    let jobs = "#!/bin/sh\necho \"$*\" >>\"$ASKED\"\necho '    4711     1m 2s  step_script       group/project main  http://h/4711'\n\
                echo '    4712        3s  get_sources       group/project main  http://h/4712'\n";
    std::fs::write(bin.join("pipglr"), jobs).unwrap();
    std::fs::set_permissions(bin.join("pipglr"), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let version = history.join("2026-11-24T10-00-00.000Z.toml").display().to_string();
    let of_second = history.join("second/2026-11-25T10-00-00.000Z.toml").display().to_string();

    let bash = "ask() { COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); COMPREPLY=()\n\
                local how=$(complete -p pipglr); how=${how#*-F }; ${how%% *} pipglr \"${COMP_WORDS[COMP_CWORD]}\" \"${COMP_WORDS[COMP_CWORD-1]}\"; echo \"${COMPREPLY[*]}\"; }\n\
                ask pipglr jobs ''; ask pipglr jobs --name second 4712; ask pipglr config lint \"$XDG_STATE_HOME\"/; ask pipglr config ap; ask pipglr jobs --fol; ask pipglr --name second config lint \"$XDG_STATE_HOME\"/";
    let fish = "for line in 'pipglr jobs ' 'pipglr jobs --name second 4712' \"pipglr config lint $XDG_STATE_HOME/pipglr/history/\" 'pipglr config ap' 'pipglr jobs --fol' \"pipglr --name second config lint $XDG_STATE_HOME/pipglr/history/second/\"\n\
                string join -- ' ' (complete -C $line | string replace -r '\\t.*' ''); end";
    for (shell, options, asking) in
        [("bash", &["--noprofile", "--norc", "-c"][..], bash), ("fish", &["--no-config", "-c"], fish)]
    {
        let script = text(&pipglr(&["completions", shell]).stdout);
        let asked = home.path().join(shell);
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
        let done = Process::new(shell)
            .args(options)
            .arg(format!("{script}\n{asking}"))
            .env("PATH", path)
            .env("XDG_STATE_HOME", home.path())
            .env("HOME", home.path())
            .env("ASKED", &asked)
            .current_dir(home.path())
            .output();
        let Ok(done) = done else {
            eprintln!("{shell} is not here: its completion was not tried");
            continue;
        };
        let said = text(&done.stdout);
        let lines: Vec<&str> = said.lines().collect();
        assert_eq!(lines.len(), 6, "{shell}: {said}{}", text(&done.stderr));
        assert_eq!((lines[0], lines[1]), ("4711 4712", "4712"), "{shell}: {}", text(&done.stderr));
        assert!(lines[2].split(' ').any(|word| word == version), "{shell}: {}", lines[2]);
        let second: Vec<&str> = lines[5].split(' ').collect();
        assert!(second.contains(&&*of_second) && !second.contains(&&*version), "{shell}: {second:?}");
        assert_eq!((lines[3], lines[4]), ("apply", "--follow"), "{shell}");
        let asked = std::fs::read_to_string(asked).unwrap();
        assert!(asked.contains("jobs\n") && asked.contains("jobs --name second\n"), "{shell}: {asked}");
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

#[test]
fn an_image_that_podman_would_take_for_an_option_is_refused_wherever_it_is_named() {
    for (variable, words) in
        [("PIPGLR_IMAGE", &["status"][..]), ("IMAGE", &["status"]), ("X", &["status", "--image=-v"])]
    {
        let mut command = Process::new(env!("CARGO_BIN_EXE_pipglr"));
        let told = command.args(words).env(variable, "--privileged").stdin(Stdio::null()).output().unwrap();
        let said = text(&told.stderr);
        assert!(told.status.code() == Some(2) && said.contains("no name of an image"), "{variable}: {said}");
        assert!(!said.contains("--privileged"), "{said}");
    }
}

/// Also by root, as these tests are in CI: nothing of the host is needed.
#[test]
fn a_file_is_linted_by_whoever_has_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    std::fs::write(&file, "concurrent = \"two\"\n").unwrap();
    let told = pipglr(&["config", "lint", file.to_str().unwrap()]);
    let said = text(&told.stdout);
    assert!(told.status.code() == Some(3) && said.contains("config.toml:1:"), "{said}{}", text(&told.stderr));
}

#[test]
fn help_lists_the_variables_that_count() {
    let told = text(&pipglr(&["--help"]).stdout);
    for name in ["PIPGLR_IMAGE", "PIPGLR_READ_ONLY", "NO_COLOR", "EDITOR", "XDG_CONFIG_HOME", "XDG_STATE_HOME"] {
        assert!(told.contains(name), "{name}: {told}");
    }
}

#[test]
fn settings_that_are_not_understood_say_the_line_and_stay_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pipglr/config.toml");
    std::fs::create_dir(folder.path().join("pipglr")).unwrap();
    let broken = "read_only = true\nimge = \"localhost/pipglr\"\n";
    std::fs::write(&file, broken).unwrap();
    for words in [["status"].as_slice(), &["config", "lint"], &["setup", "--dry-run"]] {
        let mut command = Process::new(env!("CARGO_BIN_EXE_pipglr"));
        let told = command.args(words).env("XDG_CONFIG_HOME", folder.path()).stdin(Stdio::null()).output().unwrap();
        let said = text(&told.stderr);
        assert_eq!(told.status.code(), Some(2), "{words:?}: {said}");
        assert!(said.contains("Fix line 2 of") && said.contains("did you mean `image`?"), "{words:?}: {said}");
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), broken);
}

/// What a full disk has of a script or of a list is a part of it, or nothing: that is no success.
#[test]
fn a_standard_output_that_takes_nothing_is_a_failure() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    std::fs::write(&file, "concurrent = 0\n").unwrap();
    let file = file.to_str().unwrap();
    for words in [
        &["--help"][..],
        &["--version"],
        &["completions", "bash"],
        &["config", "lint", file],
        &["config", "lint", "--json", file],
        &["doctor", "--log", file],
        &["doctor", "--json", "--log", file],
        &["logs", "--plain", "--from", file],
    ] {
        let mut command = Process::new(env!("CARGO_BIN_EXE_pipglr"));
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let told = command.args(words).stdin(Stdio::null()).stdout(full).output().unwrap();
        let said = text(&told.stderr);
        assert!(told.status.code() == Some(1) && said.contains("No space left on device"), "{words:?}: {said}");
        assert!(said.contains("next: "), "{words:?}: {said}");
    }
    // Who reads it may have seen enough.
    let script = format!("{{ {} config lint {file}; echo $? >&2; }} | head -c 0", env!("CARGO_BIN_EXE_pipglr"));
    let told = Process::new("sh").args(["-c", &script]).output().unwrap();
    assert_eq!(text(&told.stderr), "3\n");
}

#[test]
fn a_current_folder_that_is_gone_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let script =
        format!("cd {0} && rmdir {0} && exec {1} status", folder.path().display(), env!("CARGO_BIN_EXE_pipglr"));
    let told = Process::new("sh").args(["-c", &script]).stdin(Stdio::null()).output().unwrap();
    let said = text(&told.stderr);
    assert!(told.status.code() == Some(2) && said.contains("is gone") && said.contains("next:  Run `cd`"), "{said}");
}
