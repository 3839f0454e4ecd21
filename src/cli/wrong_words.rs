//! Wrong words, told in one line: what is wrong, the nearest that is right, and where all are listed.

use crate::text::sanitize::sanitize;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, Error};
use std::ffi::OsString;

/// How near a word must be to what was typed: one letter of three, or two of five, may be wrong.
const NEAR: f64 = 0.6;

/// Returns what is wrong with the words that were typed (the program's own name before them) in one line; `None` where
/// it is no error, or where a verb is missing and all are listed.
pub(super) fn line(error: &Error, program: &Command, typed: &[OsString]) -> Option<String> {
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
    let word = |kind| match error.get(kind) {
        Some(ContextValue::String(word)) => Some(word.as_str()),
        _ => None,
    };
    let mut program = program.clone();
    program.build(); // the options of all verbs are each verb's from here on
    // "Usage: pipglr setup [OPTIONS]"; not every error has it.
    let path: Vec<_> = match text.lines().find_map(|line| line.strip_prefix("Usage: ")) {
        Some(usage) => usage.split(' ').take_while(|word| !word.starts_with(['[', '<', '-'])).collect(),
        None => typed_path(&program, typed),
    };
    let verb = path.iter().skip(1).try_fold(&program, |verb, word| verb.find_subcommand(word)).unwrap_or(&program);
    let said = match (error.kind(), word(ContextKind::InvalidSubcommand), word(ContextKind::InvalidArg)) {
        (ErrorKind::InvalidSubcommand, Some(word), _) => {
            let here = verbs(verb, &path[1..].iter().map(|word| format!("{word} ")).collect::<String>());
            // `config lit` is a `config lint`, whatever else is near.
            match nearest(word, here).or_else(|| nearest(word, verbs(&program, ""))) {
                Some(verb) => format!("there is no verb '{word}' — the nearest is '{verb}'"),
                None => format!("there is no verb '{word}'"),
            }
        }
        (ErrorKind::UnknownArgument, _, Some(word)) if word.starts_with("--") => {
            let options = verb.get_arguments().filter_map(|option| option.get_long());
            let options = options.map(|long| (format!("--{long}"), long.to_owned())).collect();
            match nearest(word.trim_start_matches('-'), options) {
                Some(option) => format!("there is no option '{word}' here — the nearest is '{option}'"),
                None => format!("there is no option '{word}' here"),
            }
        }
        _ => parts.join(" "),
    };
    Some(format!("{}; `{} --help` lists what there is.", sanitize(&said), path.join(" ")))
}

/// Returns the verb that was typed, with the program's name and the verbs above it.
fn typed_path<'a>(program: &'a Command, typed: &[OsString]) -> Vec<&'a str> {
    let (mut path, mut verb, mut is_value) = (vec![program.get_name()], program, false);
    for word in typed.iter().skip(1).map(|word| word.to_string_lossy()) {
        if std::mem::take(&mut is_value) {
            continue;
        }
        if let Some(option) = word.strip_prefix('-') {
            let (long, short) = (option.strip_prefix('-'), option.chars().next());
            let option = verb.get_arguments().find(|known| match long {
                Some(long) => known.get_long() == Some(long),
                None => known.get_short() == short,
            });
            is_value = option.is_some_and(|option| {
                option.get_action().takes_values() && option.get_num_args().is_none_or(|number| number.min_values() > 0)
            });
            continue;
        }
        let Some(below) = verb.find_subcommand(&*word) else { break };
        verb = below;
        path.push(verb.get_name());
    }
    path
}

/// Returns the first of the pair whose second is spelled most like a word, where one is near.
fn nearest(word: &str, words: Vec<(String, String)>) -> Option<String> {
    let likeness = |name: &str| strsim::normalized_damerau_levenshtein(word, name);
    let near = words.into_iter().filter(|(_, name)| likeness(name) >= NEAR);
    // Of two that are as near the one that begins alike.
    let rank = |name: &str| likeness(name) + strsim::jaro_winkler(word, name);
    near.max_by(|(_, one), (_, other)| rank(one).total_cmp(&rank(other))).map(|(typed, _)| typed)
}

/// Returns all verbs below one: how each is typed (`before` stands before it), and its last word: `lint` is `config lint`.
/// clap's own `help` has them all once more.
fn verbs(command: &Command, before: &str) -> Vec<(String, String)> {
    let below = command.get_subcommands().filter(|verb| verb.get_name() != "help").flat_map(|verb| {
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
            ("pipglr logs --folow", "'--follow'"),
            ("pipglr jobs 7 --folow", "'--follow'"),
            ("pipglr --colour never status", "'--color'"),
            ("pipglr completions tcsh", "zsh"),
            ("pipglr completions", "<SHELL>"),
            ("pipglr jobs abc", "a job's ID is its number in GitLab; `pipglr jobs` lists those that run"),
            ("pipglr check --json --script", "'--json' cannot be used with '--script'"),
            ("pipglr x\u{1b}[31m", "there is no verb"),
        ] {
            let error = Cli::try_parse_from(words.split(' ')).unwrap_err();
            let said = line(&error, &Cli::command(), &[]).unwrap();
            assert!(said.contains(nearest), "{words}: {said}");
            assert!(!said.contains(['\n', '\u{1b}']), "{words}: {said}");
        }
    }

    /// Each verb and each of its options, but for the letter in its middle: that one is named, in one line.
    #[test]
    fn a_word_that_lacks_a_letter_is_told_which_it_is() {
        let mut program = Cli::command();
        program.build();
        let (mut tried, mut wrong) = (0, vec![]);
        for (path, name) in verbs(&program, "") {
            let verb = path.split(' ').fold(&program, |verb, word| verb.find_subcommand(word).unwrap());
            let options = verb.get_arguments().filter_map(|option| option.get_long()).map(|long| format!("--{long}"));
            let typed =
                options.map(|option| (path.as_str(), option)).chain([(path.trim_end_matches(&*name), name.clone())]);
            for (before, word) in typed {
                let mut less = word.clone();
                less.remove(word.len().div_ceil(2));
                let words = format!("pipglr {before} {less}");
                let Err(error) = Cli::try_parse_from(words.split_whitespace()) else { continue };
                if !matches!(error.kind(), ErrorKind::UnknownArgument | ErrorKind::InvalidSubcommand) {
                    continue; // it is another word, or something before it is missing
                }
                let said = line(&error, &program, &[]).unwrap_or_default();
                tried += 1;
                if !said.contains(&format!("{word}'")) || said.contains('\n') {
                    wrong.push(format!("{words}: {said}"));
                }
            }
        }
        assert!(tried > 300, "{tried}");
        assert!(wrong.is_empty(), "{} of {tried}:\n{}", wrong.len(), wrong.join("\n"));
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
                    let Some(said) = line(&error, &Cli::command(), &[]) else { continue };
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
    fn a_wrong_value_leads_to_the_help_of_its_own_verb() {
        for (words, help) in [
            ("pipglr logs --tail many", "`pipglr logs --help`"),
            ("pipglr --name second --plain volumes prune --keep abc", "`pipglr volumes prune --help`"),
            ("pipglr --name status setup --answers", "`pipglr setup --help`"),
            ("pipglr --read-only completions tcsh", "`pipglr completions --help`"),
            ("pipglr --color=blue status", "`pipglr status --help`"),
            ("pipglr --color blue", "`pipglr --help`"),
        ] {
            let error = Cli::try_parse_from(words.split(' ')).unwrap_err();
            let typed: Vec<_> = words.split(' ').map(OsString::from).collect();
            let said = line(&error, &Cli::command(), &typed).unwrap();
            assert!(said.contains(help), "{words}: {said}");
        }
    }

    #[test]
    fn help_is_no_wrong_word() {
        for words in ["pipglr --help", "pipglr --version", "pipglr setup --help", "pipglr config"] {
            let error = Cli::try_parse_from(words.split(' ')).unwrap_err();
            assert_eq!(line(&error, &Cli::command(), &[]), None, "{words}");
        }
    }
}
