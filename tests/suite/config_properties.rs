//! What holds of any text: nothing panics, nothing secret is shown, and what is not changed stays byte for byte.

use pipglr::config::document::set_concurrent;
use pipglr::config::recipes::{self, Params};
use pipglr::config::{complete, diff, lint, preserve, secrets};
use proptest::collection::vec;
use proptest::prelude::*;
use std::fs;

/// A token that no output may have.
const CANARY: &str = "glrt-canarycanarycanary";

/// Lines of which a configuration may be made, in any order: many orders are no TOML.
const LINES: [&str; 28] = [
    "concurrent = 4 # jobs",
    "Concurrent = 2",
    "# a comment",
    "   # another",
    "",
    "  ",
    "[[runners]] # first",
    "  name = \"box\"",
    "  url = \"https://gitlab.example/\"",
    "\ttoken = \"glrt-canarycanarycanary\"",
    "  executor='docker'",
    "  [runners.docker]",
    "    image   =   \"debian\"",
    "    volumes = [\"/a\", \"/b\",]",
    "    volumes = [",
    "      \"/a\", # one",
    "    ]",
    "[session_server]",
    "pre_build_script = \"\"\"",
    "echo [x] = 1",
    "\"\"\"",
    "x = { y = 1, z = [1, 2] }",
    "a.b.c = 0x1F",
    "  [runners.cache]",
    "  [[runners.docker.services]]",
    "= \"",
    "environment = ['PASSWORD=glrt-canarycanarycanary', \"ä=ö\"]",
    "\u{feff}",
];

fn text() -> impl Strategy<Value = String> {
    let line = (0..LINES.len(), 0..3_u8).prop_map(|(line, end)| {
        let end = if end == 0 { "\r\n" } else { "\n" };
        format!("{}{end}", LINES[line])
    });
    (any::<bool>(), vec(line, 0..20), any::<bool>()).prop_map(|(bom, lines, end)| {
        let text = lines.concat();
        let text = if end { text.as_str() } else { text.trim_end() };
        format!("{}{text}", if bom { "\u{feff}" } else { "" })
    })
}

/// Text as nobody writes it.
fn noise() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("[".to_owned()),
        Just("]".to_owned()),
        Just("{".to_owned()),
        Just("}".to_owned()),
        Just("=".to_owned()),
        Just(".".to_owned()),
        Just(",".to_owned()),
        Just("\"".to_owned()),
        Just("'''".to_owned()),
        Just("\"\"\"".to_owned()),
        Just("\\".to_owned()),
        Just("\n".to_owned()),
        Just("\r".to_owned()),
        Just("#".to_owned()),
        Just("runners".to_owned()),
        Just("docker".to_owned()),
        Just("token".to_owned()),
        Just("12:30".to_owned()),
        ".{0,4}",
    ];
    vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// The lines of a text with their ends, without those that begin with a key.
fn without(text: &str, key: &str) -> Vec<String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = text.split_inclusive('\n').map(str::to_owned);
    let is_it = |line: &String| line.trim_start().to_ascii_lowercase().starts_with(key);
    lines.filter(|line| !is_it(line)).collect()
}

proptest! {
    #[test]
    fn nothing_panics(text in prop_oneof![text(), noise(), any::<String>()], at in any::<prop::sample::Index>()) {
        let at = at.index(text.len() + 1);
        for finding in lint::lint(&text, &lint::Context::default()) {
            prop_assert!(finding.line >= 1 && finding.column >= 1 && finding.span.end <= text.len());
            prop_assert!(!finding.message.contains(CANARY) && !finding.hint.contains(CANARY) && !finding.key.contains(CANARY));
        }
        let completion = complete::complete(&text, at);
        prop_assert!(text.get(completion.replace).is_some());
        complete::help_at(&text, at);
        let masked = secrets::mask(&text);
        prop_assert_eq!(masked.matches('\n').count(), text.matches('\n').count());
    }

    #[test]
    fn bytes_that_are_no_text_are_said_to_be_none(bytes in vec(any::<u8>(), 0..64)) {
        let findings = lint::lint_bytes(&bytes, &lint::Context::default());
        prop_assert!(std::str::from_utf8(&bytes).is_ok() || findings.len() == 1);
    }

    #[test]
    fn no_canary_is_shown(old in text(), new in text()) {
        prop_assert!(!secrets::mask(&old).contains("canary"));
        prop_assert!(!diff::diff(&old, &new).to_string().contains("canary"));
        prop_assert!(diff::diff(&old, &old).is_empty());
        prop_assert_eq!(diff::diff(&old, &new).is_empty(), old == new);
    }

    #[test]
    fn a_document_that_is_not_touched_stays(text in text()) {
        if let Ok(kept) = preserve::edit(&text, |_| Ok(())) {
            prop_assert_eq!(kept, text);
        }
    }

    #[test]
    fn concurrent_changes_its_own_line_alone(text in text(), n in 1..99_u32) {
        let Ok(changed) = set_concurrent(&text, n) else { return Ok(()) };
        prop_assert_eq!(changed.starts_with('\u{feff}'), text.starts_with('\u{feff}'));
        prop_assert!(toml_edit::DocumentMut::from_str_ok(&changed));
        let (mut before, mut after) = (without(&text, "concurrent"), without(&changed, "concurrent"));
        // Where the key is new, the line before it may have been the last, without an end.
        for lines in [&mut before, &mut after] {
            if let Some(last) = lines.last_mut() {
                *last = last.trim_end_matches(['\r', '\n']).to_owned();
            }
            lines.retain(|line| !line.is_empty());
        }
        prop_assert_eq!(before, after);
        prop_assert_eq!(set_concurrent(&changed, n).unwrap(), changed);
    }
}

/// Whether toml_edit reads it.
trait Reads {
    fn from_str_ok(text: &str) -> bool;
}

impl Reads for toml_edit::DocumentMut {
    fn from_str_ok(text: &str) -> bool {
        text.parse::<toml_edit::DocumentMut>().is_ok()
    }
}

fn corpus() -> Vec<String> {
    let folder = format!("{}/tests/corpus/config", env!("CARGO_MANIFEST_DIR"));
    let files = ["valid", "warned"].into_iter().flat_map(|kind| fs::read_dir(format!("{folder}/{kind}")).unwrap());
    let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|file| fs::read_to_string(file).unwrap()).collect()
}

fn answers(recipe: &recipes::Recipe) -> Params {
    recipe
        .params
        .iter()
        .map(|param| {
            let value = match param.name {
                "bucket" | "user" => "somebody",
                "region" => "eu-central-1",
                "access_key" | "secret_key" | "password" => "canary-secret",
                "registry" => "registry.example.com:5000",
                "proxy" => "http://proxy.example.com:3128",
                _ => param.default,
            };
            (param.name, value.to_owned())
        })
        .collect()
}

/// The text after a recipe; none where it is for another executor.
fn applied(recipe: &recipes::Recipe, text: &str) -> Option<String> {
    match recipe.apply(text, &answers(recipe)) {
        Ok(after) => Some(after),
        Err(problem) => {
            assert!(
                problem.what.contains("executor docker") && !text.contains("ecutor = \"docker\""),
                "{problem} on {text}"
            );
            None
        }
    }
}

/// What is wrong, wherever it stands.
fn wrong(text: &str) -> Vec<String> {
    let findings = lint::lint(text, &lint::Context::default());
    findings.into_iter().map(|finding| format!("{} {}", finding.key, finding.message)).collect()
}

#[test]
fn every_recipe_lints_clean_on_the_whole_corpus() {
    for text in corpus() {
        let before = wrong(&text);
        for recipe in recipes::all() {
            let Some(after) = applied(recipe, &text) else { continue };
            let new: Vec<String> = wrong(&after).into_iter().filter(|said| !before.contains(said)).collect();
            // More jobs at once than a runner's `limit` lets run is for the user to see.
            let new = new.iter().filter(|said| !said.contains("lets only"));
            // It switches the remote cache off, and leaves its keys for whoever wants it back.
            let local = ["cache-local", "cache-per-project"].contains(&recipe.id);
            let off = |said: &str| local && said.contains("the cache stays local");
            // It is warned of as long as it is so.
            let shared = |said: &str| recipe.id == "cache-local" && said.contains("one cache");
            let new: Vec<&String> = new.filter(|said| !off(said) && !shared(said)).collect();
            assert!(new.is_empty(), "{} on\n{text}\ngives\n{after}\n{new:#?}", recipe.id);
            assert_eq!(recipe.apply(&after, &answers(recipe)).unwrap(), after, "{} twice", recipe.id);
            let shown = diff::diff(&text, &after).to_string();
            assert!(!shown.contains("canary-secret") && !shown.contains("Y2FuYXJ5"), "{} shows {shown}", recipe.id);
        }
    }
}

#[test]
fn recipes_keep_every_other_line() {
    for text in corpus() {
        for recipe in recipes::all() {
            let Some(after) = applied(recipe, &text) else { continue };
            let changed = diff::diff(&text, &after);
            let removed = changed.lines.iter().filter(|line| line.change == diff::Change::Removed).count();
            // One line for each key a recipe may set, in each of at most two runners.
            assert!(removed <= 8, "{}: {changed}", recipe.id);
            assert_eq!(text.starts_with('\u{feff}'), after.starts_with('\u{feff}'));
            assert_eq!(text.ends_with('\n'), after.ends_with('\n'), "{}", recipe.id);
            assert_eq!(
                text.matches("\r\n").count() == text.matches('\n').count(),
                after.matches("\r\n").count() == after.matches('\n').count()
            );
            for line in text.lines().filter(|line| line.trim_start().starts_with('#')) {
                assert!(after.lines().any(|kept| kept == line), "{} lost {line}", recipe.id);
            }
        }
    }
}
