//! A corpus of configurations and all that lint says of each: corpus/config/valid (nothing), warned (warnings only) and
//! invalid (an error at least).
//!
//! The first line of a file is `# expect: severity line key; … # runner 17.5, token authentication`: every finding in
//! order, `-` for no key, and what is known of the runner.

use pipglr::config::keys::Version;
use pipglr::config::lint::{Context, Severity, lint};
use pipglr::gitlab::TokenKind;
use std::fs;
use std::path::PathBuf;

fn files(folder: &str) -> Vec<(PathBuf, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/config").join(folder);
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

/// What the first line promises, and the context.
fn promise(text: &str) -> (String, Context) {
    let line = text.lines().next().unwrap().trim_start_matches('\u{feff}').strip_prefix("# expect: ").unwrap();
    let (expected, context) = line.split_once(" # ").unwrap_or((line, ""));
    let runner = context
        .split(", ")
        .find_map(|part| part.strip_prefix("runner "))
        .map(|version| Version::parse(version).unwrap());
    let token = context.contains("token authentication").then_some(TokenKind::Authentication);
    (expected.to_owned(), Context { runner, token, here: context == "here", ..Context::default() })
}

fn found(text: &str, context: &Context) -> (String, bool) {
    let findings = lint(text, context);
    for finding in &findings {
        assert!(!finding.message.is_empty() && !finding.message.contains(['\n', '\u{1b}']), "{finding:?}");
        assert!(finding.span.start <= finding.span.end && finding.span.end <= text.len(), "{finding:?}");
        assert!(finding.span.is_empty() || text.get(finding.span.clone()).is_some(), "{finding:?}");
        assert!(!finding.message.contains("aaaaaaaa"), "a token in {finding:?}");
    }
    let error = findings.iter().any(|finding| finding.severity == Severity::Error);
    let all: Vec<String> = findings
        .iter()
        .map(|finding| {
            let severity = if finding.severity == Severity::Error { "error" } else { "warning" };
            format!("{severity} {} {}", finding.line, if finding.key.is_empty() { "-" } else { &finding.key })
        })
        .collect();
    (if all.is_empty() { "nothing".into() } else { all.join("; ") }, error)
}

/// Every file of a folder says what it promises; the number of files comes back.
fn check(folder: &str, error: bool) -> usize {
    let files = files(folder);
    let mut wrong = Vec::new();
    for (path, text) in &files {
        let (expected, context) = promise(text);
        let (found, is_error) = found(text, &context);
        if found != expected || is_error != error {
            wrong.push(format!("{}\n  expected {expected}\n  found    {found}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), files.len(), wrong.join("\n"));
    files.len()
}

#[test]
fn valid_configurations_have_no_finding() {
    assert!(check("valid", false) >= 60);
}

#[test]
fn invalid_configurations_have_exactly_these_findings() {
    assert!(check("invalid", true) >= 120);
}

#[test]
fn doubtful_configurations_have_exactly_these_warnings() {
    assert!(check("warned", false) >= 60);
}

/// Every message and hint, as the corpus brings them out; a change to the words shows here.
/// `PIPGLR_UPDATE_MESSAGES=1 cargo test --test suite config_corpus` writes the file anew.
#[test]
fn every_message_is_as_written_down() {
    let mut all = String::new();
    for folder in ["invalid", "warned"] {
        for (path, text) in files(folder) {
            all += &format!("{folder}/{}\n", path.file_stem().unwrap().to_string_lossy());
            for finding in lint(&text, &promise(&text).1) {
                all += &format!(
                    "  {}:{} {:?} {}\n    {}\n",
                    finding.line, finding.column, finding.severity, finding.message, finding.hint
                );
            }
        }
    }
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/config/messages.txt");
    if std::env::var_os("PIPGLR_UPDATE_MESSAGES").is_some() {
        fs::write(&path, &all).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap();
    for (now, then) in all.lines().zip(written.lines()) {
        assert_eq!(now, then);
    }
    assert_eq!(all.lines().count(), written.lines().count());
}
