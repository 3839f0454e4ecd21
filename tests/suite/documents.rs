//! The README and the documents beside it: what they link to is there, what they list is all that there is, and their
//! tables can be read on a terminal.

use clap::{CommandFactory, Parser};
use pipglr::answers::Answers;
use pipglr::cli::Cli;
use pipglr::image::arguments::ARGUMENTS;
use pipglr::settings::Settings;
use regex::Regex;
use std::path::{Path, PathBuf};

/// What a cell of a table may have at most, as it is seen: without the address of a link.
const WIDEST_CELL: usize = 90;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The documents that the README leads to.
fn beside() -> Vec<PathBuf> {
    let folder = root().join("assets/docs").read_dir().unwrap();
    folder.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|ext| ext == "md")).collect()
}

fn all() -> Vec<(PathBuf, String)> {
    let mut files = beside();
    files.push(root().join("README.md"));
    files.into_iter().map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect()
}

fn document(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap()
}

/// The lines outside of code.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut code = false;
    text.lines().filter(move |line| {
        let fence = line.starts_with("```");
        code ^= fence;
        !code && !fence
    })
}

/// Where links can go in a text, as GitLab makes an address of a title.
fn anchors(text: &str) -> Vec<String> {
    let titles =
        prose(text).filter_map(|line| line.strip_prefix('#')).map(|title| title.trim_start_matches('#').trim());
    let kept = |c: char| c.is_alphanumeric() || c == ' ' || c == '-' || c == '_';
    titles
        .map(|title| title.to_lowercase().chars().filter(|c| kept(*c)).collect::<String>().replace(' ', "-"))
        .collect()
}

/// The commands of this program in the blocks of code of a text, without comments and redirections.
fn typed(text: &str) -> Vec<Vec<String>> {
    let blocks = text.split("```").skip(1).step_by(2).filter_map(|block| block.strip_prefix("bash\n"));
    let lines = blocks.flat_map(str::lines).filter(|line| line.split(' ').next() == Some("pipglr"));
    let command =
        |line: &str| line.split(['#', '>', '<']).next().unwrap().split_whitespace().map(str::to_owned).collect();
    lines.map(command).collect()
}

/// The first block of code of a text that has this in it.
fn block<'a>(text: &'a str, with: &str) -> &'a str {
    let mut blocks = text.split("```").skip(1).step_by(2);
    blocks.find(|block| block.contains(with)).unwrap().trim_start_matches("toml")
}

#[test]
fn every_link_leads_somewhere() {
    let link = Regex::new(r"\]\(([^)\s]+)\)").unwrap();
    let mut seen = 0;
    for (path, text) in all() {
        for found in prose(&text).flat_map(|line| link.captures_iter(line)) {
            let to = found.get(1).unwrap().as_str();
            if to.starts_with("https://") {
                continue;
            }
            seen += 1;
            let (file, anchor) = to.split_once('#').unwrap_or((to, ""));
            let target = if file.is_empty() { path.clone() } else { path.parent().unwrap().join(file) };
            assert!(target.exists(), "{}: {to}", path.display());
            if !anchor.is_empty() {
                let there = anchors(&std::fs::read_to_string(&target).unwrap());
                assert!(there.iter().any(|one| one == anchor), "{}: {to}: {there:?}", path.display());
            }
        }
    }
    assert!(seen > 30, "only {seen} were found: are they looked for as they are written?");
}

#[test]
fn every_document_is_found_from_the_readme() {
    let readme = document("README.md");
    for path in beside() {
        let name = path.strip_prefix(root()).unwrap().display().to_string();
        assert!(readme.contains(&format!("({name}")), "the README has no link to {name}");
    }
}

#[test]
fn a_cell_of_a_table_fits_on_a_terminal() {
    let address = Regex::new(r"!?\[([^\]]*)\]\([^)]*\)").unwrap();
    let wide: Vec<String> = all()
        .iter()
        .flat_map(|(path, text)| {
            let cells = prose(text).filter(|line| line.starts_with('|')).flat_map(|line| line.split(" | "));
            let seen = cells.map(|cell| address.replace_all(cell, "$1").trim_matches(['|', ' ']).to_owned());
            let wide = seen.filter(|cell| cell.chars().count() > WIDEST_CELL);
            wide.map(|cell| format!("{}: {cell}", path.display())).collect::<Vec<_>>()
        })
        .collect();
    assert!(wide.is_empty(), "{}", wide.join("\n"));
}

#[test]
fn every_verb_is_told_of_in_short_and_in_full() {
    let readme = document("README.md");
    let full = document("assets/docs/verbs.md") + &document("assets/docs/setup.md");
    let whole =
        |text: &str, verb: &str| Regex::new(&format!(r"`pipglr (--name second )?{verb}\b")).unwrap().is_match(text);
    for verb in Cli::command().get_subcommands() {
        let name = verb.get_name();
        assert!(readme.contains(&format!("pipglr {name}")), "the README does not name `pipglr {name}`");
        assert!(whole(&full, name), "no document tells of `pipglr {name}`");
        for inner in verb.get_subcommands().map(clap::Command::get_name) {
            let listed = Regex::new(&format!(r"`pipglr {name} ([a-z|]*\|)?{inner}\b")).unwrap();
            assert!(listed.is_match(&full), "no document tells of `pipglr {name} {inner}`");
        }
    }
}

#[test]
fn every_command_of_an_example_can_be_typed() {
    let examples: Vec<_> = all().iter().flat_map(|(_, text)| typed(text)).collect();
    assert!(examples.len() > 15, "only {} were found: are they looked for as they are written?", examples.len());
    for words in examples {
        Cli::try_parse_from(&words).unwrap_or_else(|why| panic!("{words:?}: {why}"));
    }
}

#[test]
fn every_build_argument_has_its_row() {
    let (readme, full) = (document("README.md"), document("assets/docs/image.md"));
    for argument in ARGUMENTS {
        assert!(readme.contains(&format!("\n| `{}` |", argument.name)), "README.md: {}", argument.name);
        assert!(full.contains(&format!("`{}", argument.name)), "image.md: {}", argument.name);
    }
}

/// An error about an unknown key names those that there are.
#[test]
fn every_answer_is_in_the_readme_and_can_be_given_as_it_stands_there() {
    let (readme, full) = (document("README.md"), document("assets/docs/setup.md"));
    let answers = block(&readme, "# answers.toml");
    Answers::parse(answers, "the README's answers").unwrap();
    let said = Answers::parse("nonsense = 1", "it").unwrap_err().to_string();
    let said = said.split_once("expected").unwrap().1.lines().next().unwrap();
    let keys: Vec<&str> = said.split('`').skip(1).step_by(2).collect();
    assert!(keys.len() > 10, "{said}");
    for key in keys {
        assert!(Regex::new(&format!(r"\b{key}\s*=")).unwrap().is_match(answers), "the README has no {key}");
        assert!(full.contains(&format!("`{key}`")), "setup.md has no {key}");
    }
}

#[test]
fn the_settings_can_be_set_as_they_stand_there() {
    let text = document("assets/docs/verbs.md");
    let settings = block(&text, "read_only");
    Settings::parse(settings, "verbs.md").unwrap();
}
