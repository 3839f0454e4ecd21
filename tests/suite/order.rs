//! Nothing below imports from above: the rooms of `src`, from the ground up, and what each file uses of the others.

use regex::Regex;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A room may use those before it. `fake_host` and `schemas` are for tests and see all; `lib` and `main` are not rooms.
const ROOMS: &[&str] = &[
    "text",
    "named_file",
    "problem",
    "secret",
    "names",
    "source",
    "symptoms",
    "gitlab",
    "config",
    "answers",
    "settings",
    "host",
    "state",
    "logs",
    "image",
    "target",
    "demo",
    "api",
    "plan",
    "secret_store",
    "container",
    "volumes",
    "apply",
    "change",
    "boot",
    "steps",
    "export",
    "ladder",
    "status",
    "canary",
    "preflight",
    "teardown",
    "lifecycle",
    "image_update",
    "doctor",
    "news",
    "crash",
    "tui",
    "commands",
    "cli",
    "fake_host",
    "schemas",
    "lib",
    "main",
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => sources(&path, found),
            false => found.push(path),
        }
    }
}

/// The code of a file without its comments and its tests at the bottom.
fn code(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let tests = Regex::new(r"#\[cfg\(test\)\]\s+(pub\(\w+\) )?mod \w+ \{").unwrap();
    let end = tests.find(&text).map_or(text.len(), |found| found.start());
    Regex::new(r"//[^\n]*").unwrap().replace_all(&text[..end], "").into_owned()
}

/// The first word of each path of a `use` tree: `{a::b, c::{d, e}}` has `a` and `c`.
fn heads(tree: &str) -> Vec<String> {
    let tree = tree.trim();
    let Some(inside) = tree.strip_prefix('{').and_then(|tree| tree.strip_suffix('}')) else {
        return vec![tree.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default().to_owned()];
    };
    let mut depth = 0;
    let parts = inside.split(|c| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c == ',' && depth == 0
    });
    parts.filter(|part| !part.trim().is_empty()).flat_map(heads).collect()
}

/// The rooms that a file's code names by `crate::`, in `use` lines and elsewhere.
fn used(code: &str) -> Vec<String> {
    let uses = Regex::new(r"use crate::([^;]*);").unwrap();
    let imported = uses.captures_iter(code).flat_map(|found| heads(&found[1]));
    let rest = uses.replace_all(code, "").into_owned();
    let named: Vec<_> =
        Regex::new(r"\bcrate::(\w+)").unwrap().captures_iter(&rest).map(|found| found[1].to_owned()).collect();
    imported.chain(named).collect()
}

#[test]
fn nothing_below_imports_from_above() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let rank: BTreeMap<_, _> = ROOMS.iter().enumerate().map(|(at, room)| (*room, at)).collect();
    let (mut files, mut upward) = (vec![], vec![]);
    sources(&src, &mut files);
    for file in files {
        let inside = file.strip_prefix(&src).unwrap();
        let first = inside.components().next().unwrap().as_os_str().to_str().unwrap();
        let room = first.strip_suffix(".rs").unwrap_or(first);
        let own = *rank.get(room).unwrap_or_else(|| panic!("{room} has no place in ROOMS"));
        for other in used(&code(&file)) {
            match rank.get(other.as_str()) {
                Some(at) if *at <= own => {}
                Some(_) => upward.push(format!("{} uses {other}", inside.display())),
                None => assert_eq!(room, "lib", "{}: {other} is no room", inside.display()),
            }
        }
    }
    assert!(upward.is_empty(), "{upward:#?}");
}

/// What a user names may be anything: one place looks at what it is, and reads it with an end.
#[test]
fn files_are_read_in_one_place() {
    // What pipglr itself names: the terminal, a process, the log that podman writes, a folder that is synced.
    let others =
        ["named_file.rs", "tui/terminal.rs", "logs/life.rs", "logs/driver/k8s_file.rs", "host/real.rs", "schemas.rs"];
    let reads =
        Regex::new(r"\bfs::read(_to_string)?\(|\bFile::open\(|\bstdin\(\)[\s.]*(lock\(\)[\s.]*)?read_to_").unwrap();
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = vec![];
    sources(&src, &mut files);
    let found = files.iter().filter(|file| reads.is_match(&code(file))).map(|file| file.strip_prefix(&src).unwrap());
    let found: Vec<_> = found.filter(|file| !others.iter().any(|other| *file == Path::new(other))).collect();
    assert!(found.is_empty(), "read it by named_file: {found:?}");
}

#[test]
fn the_reader_of_use_lines_sees_all_of_them() {
    let text =
        "use crate::{a::b, c::{d, e::{f}}, g};\nuse crate::h::{self, i};\npub use crate::j;\nfn k() { crate::l::m() }";
    assert_eq!(used(text), ["a", "c", "g", "h", "j", "l"]);
}

#[test]
fn comments_cite_only_what_is_here() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let cited = Regex::new(r"\b((?:facts|design)/[\w-]+|(?:\w+/)*FACTS\.md)").unwrap();
    let mut files = vec![];
    sources(&root.join("src"), &mut files);
    for file in files.iter().filter(|file| file.extension().is_some_and(|ext| ext == "rs")) {
        let text = std::fs::read_to_string(file).unwrap();
        for found in cited.captures_iter(&text) {
            let beside = file.ancestors().skip(1).any(|folder| folder.join(&found[1]).is_file());
            assert!(beside, "{} cites {}, which is not here", file.display(), &found[1]);
        }
    }
}
