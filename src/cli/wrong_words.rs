//! Wrong words, told in one line: what is wrong, the nearest that is right, and where all are listed.

use crate::text::sanitize::sanitize;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, Error};

/// How near a verb must be to what was typed, by Jaro and Winkler.
const NEAR: f64 = 0.8;

/// Returns what is wrong in one line; `None` where it is no error, or where a verb is missing and all are listed.
pub(super) fn line(error: &Error, program: &Command) -> Option<String> {
    if !error.use_stderr() || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return None;
    }
    let text = error.render().to_string();
    let parts: Vec<_> = text
        .lines()
        .map(str::trim)
        .take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more information"))
        .filter(|line| !line.is_empty())
        .map(|line| line.trim_start_matches("error: ").replace("tip: ", "— "))
        .collect();
    let said = match (error.kind(), error.get(ContextKind::InvalidSubcommand)) {
        (ErrorKind::InvalidSubcommand, Some(ContextValue::String(word))) => match nearest(word, program) {
            Some(verb) => format!("there is no verb '{word}' — the nearest is '{verb}'"),
            None => format!("there is no verb '{word}'"),
        },
        _ => parts.join(" "),
    };
    // "Usage: pipglr setup [OPTIONS]"; not every error has it.
    let usage = text.lines().find_map(|line| line.strip_prefix("Usage: ")).unwrap_or("pipglr");
    let verb: Vec<_> = usage.split(' ').take_while(|word| !word.starts_with(['[', '<', '-'])).collect();
    Some(format!("{}; `{} --help` lists what there is.", sanitize(&said), verb.join(" ")))
}

/// Returns the verb that is spelled most like a word, with those that it stands below: `lint` is `config lint`.
fn nearest(word: &str, program: &Command) -> Option<String> {
    let scored = verbs(program, "").into_iter().map(|(path, name)| (strsim::jaro_winkler(word, &name), path));
    let near = scored.filter(|(score, _)| *score >= NEAR);
    near.max_by(|(one, _), (other, _)| one.total_cmp(other)).map(|(_, path)| path)
}

/// Returns all verbs: how each is typed, and its last word.
fn verbs(command: &Command, before: &str) -> Vec<(String, String)> {
    let below = command.get_subcommands().flat_map(|verb| {
        let path = format!("{before}{}", verb.get_name());
        let deeper = verbs(verb, &format!("{path} "));
        [(path, verb.get_name().to_owned())].into_iter().chain(deeper)
    });
    below.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;
    use clap::{CommandFactory, Parser};

    #[test]
    fn wrong_words_are_told_in_one_line_with_the_nearest() {
        for (words, nearest) in [
            ("pipglr statsu", "the nearest is 'status'"),
            ("pipglr lint", "the nearest is 'config lint'"),
            ("pipglr config aply", "the nearest is 'config apply'"),
            ("pipglr setup --anwers x", "'--answers'"),
            ("pipglr --colour never status", "'--color'"),
            ("pipglr completions tcsh", "zsh"),
            ("pipglr completions", "<SHELL>"),
            ("pipglr jobs abc", "a job's ID is its number in GitLab; `pipglr jobs` lists those that run"),
            ("pipglr check --json --script", "'--json' cannot be used with '--script'"),
            ("pipglr x\u{1b}[31m", "there is no verb"),
        ] {
            let error = Cli::try_parse_from(words.split(' ')).unwrap_err();
            let said = line(&error, &Cli::command()).unwrap();
            assert!(said.contains(nearest), "{words}: {said}");
            assert!(!said.contains(['\n', '\u{1b}']), "{words}: {said}");
        }
    }

    /// What a parser of numbers says of itself ("invalid digit found in string") tells a user nothing.
    #[test]
    fn no_option_answers_with_the_words_of_a_parser() {
        let options = |verb: &Command| {
            let takes = verb.get_arguments().filter(|option| option.get_action().takes_values()).cloned();
            takes.collect::<Vec<_>>()
        };
        let mut program = Cli::command();
        program.build();
        let mut tried = 0;
        for (path, _) in verbs(&program, "").into_iter().chain([(String::new(), String::new())]) {
            let words: Vec<_> = path.split(' ').filter(|word| !word.is_empty()).collect();
            let verb = words.iter().fold(&program, |verb, word| verb.find_subcommand(word).unwrap());
            for option in options(verb) {
                for value in ["abc", "99999999999999999999999", "0", "", "1.5", "5X"] {
                    let value = option.get_long().map_or(value.into(), |long| format!("--{long}={value}"));
                    let typed = ["pipglr"].into_iter().chain(words.iter().copied()).chain([&*value]);
                    let Err(error) = Cli::try_parse_from(typed) else { continue };
                    let Some(said) = line(&error, &Cli::command()) else { continue };
                    let raw =
                        ["invalid digit", "too large", "cannot parse", " is not in ", "invalid float", "out of range"];
                    assert!(!raw.iter().any(|raw| said.contains(raw)), "{path} {value}: {said}");
                    tried += usize::from(error.kind() == ErrorKind::ValueValidation);
                }
            }
        }
        assert!(tried > 20, "{tried}");
    }

    #[test]
    fn help_is_no_wrong_word() {
        for words in ["pipglr --help", "pipglr --version", "pipglr setup --help", "pipglr config"] {
            let error = Cli::try_parse_from(words.split(' ')).unwrap_err();
            assert_eq!(line(&error, &Cli::command()), None, "{words}");
        }
    }
}
