//! What is wrong with a configuration: all of it at once, each on its own line.
//!
//! An **error** is what `gitlab-runner lint` 19.4 rejects (without its own faults), and what ends the process at start
//! or at the first job. A **warning** is what it lives with: a job fails, a setting is ignored, a runner is not used.
//! The facts behind each are in gitlab-runner's source; the keys and their values are the table in [`super::keys`].

mod format;
mod jobs;
mod masks;
mod nested;
mod placeholders;
mod runners;
mod section;
mod servers;
mod syntax;
mod together;
mod unknown;
mod value;
mod walk;

use super::cgroups::Controllers;
use super::keys::Version;
use super::source::Source;
use crate::gitlab::TokenKind;
use serde::Serialize;
use std::ops::Range;

/// podman's limit for a secret, in bytes: what is as large or larger it refuses.
pub const SECRET_LIMIT: usize = 512_000;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The runner would not take it, or would end by it.
    Error,
    /// The runner lives with it; somebody may not.
    Warning,
}

/// One thing that is wrong. As JSON it is an element of `config lint --json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Finding {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// How bad it is.
    pub severity: Severity,
    /// The key's path, `runners[1].docker.host`, counted from 0; empty where none is known.
    pub key: String,
    /// What is wrong; one line, no secret in it.
    pub message: String,
    /// What to do; may be empty.
    pub hint: String,
    /// The bytes to underline; may be empty, and may end on a later line.
    #[serde(skip)]
    pub span: Range<usize>,
}

/// What the configuration is for.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// The gitlab-runner that will read it, where that is known.
    pub runner: Option<Version>,
    /// The kind of token this host's runners were registered with, where that is known.
    pub token: Option<TokenKind>,
    /// The controllers of cgroups that its jobs have; none where that is not known.
    pub controllers: Controllers,
    /// It is this host's: what was the default of an older image, or chosen from a recipe, is told of all the same.
    pub here: bool,
}

/// Returns the same for bytes of which it is not known that they are text.
pub fn lint_bytes(bytes: &[u8], context: &Context) -> Vec<Finding> {
    let error = match std::str::from_utf8(bytes) {
        Ok(text) => return lint(text, context),
        Err(error) => error,
    };
    let good = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
    let source = Source::new(&good);
    let mut found = Findings { source: &source, broken: false, all: Vec::new() };
    let hint = match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "It looks like UTF-16: save it as UTF-8.",
        _ => "Save it as UTF-8.",
    };
    found.error(good.len()..good.len(), "", "This is not UTF-8, which TOML must be.").hint(hint);
    found.all
}

/// Everything that is wrong with the text, in the order of its lines.
pub fn lint(text: &str, context: &Context) -> Vec<Finding> {
    let source = Source::new(text);
    let mut found = Findings { source: &source, broken: false, all: Vec::new() };
    if text.len() >= SECRET_LIMIT {
        found
            .error(0..0, "", format!("{} bytes are more than a podman secret can hold.", text.len()))
            .hint(format!("Keep it below {SECRET_LIMIT} bytes."));
    }
    let syntax::Parsed { table, tangled, damaged } = syntax::parse(&mut found, context);
    masks::check(&mut found);
    if tangled {
        return found.sorted();
    }
    let syntax = found.all.len();
    walk::walk(&table, &mut found, context);
    let root = section::Section::root(&table, &found);
    servers::check(&root, &mut found);
    placeholders::check(&root, &mut found);
    runners::check(&root, &mut found, context);
    jobs::check(&root, &mut found);
    nested::check(&root, &mut found, context);
    // What a line with a broken syntax seems to say is a guess.
    let mut index = 0;
    found.all.retain(|finding| {
        index += 1;
        index <= syntax || !damaged.contains(&finding.line)
    });
    found.sorted()
}

/// What has been found so far.
struct Findings<'a> {
    source: &'a Source<'a>,
    /// Not all of the text could be read: then nothing can be said about what is missing.
    broken: bool,
    all: Vec<Finding>,
}

impl Findings<'_> {
    fn error(&mut self, span: Range<usize>, key: impl Into<String>, message: impl Into<String>) -> &mut Finding {
        self.push(Severity::Error, span, key.into(), message.into())
    }

    fn warning(&mut self, span: Range<usize>, key: impl Into<String>, message: impl Into<String>) -> &mut Finding {
        self.push(Severity::Warning, span, key.into(), message.into())
    }

    fn push(&mut self, severity: Severity, span: Range<usize>, key: String, message: String) -> &mut Finding {
        let (line, column) = self.source.place(span.start);
        let index = self.all.len();
        self.all.push(Finding { line, column, severity, key, message, hint: String::new(), span });
        &mut self.all[index]
    }

    fn sorted(self) -> Vec<Finding> {
        let mut all = self.all;
        all.sort_by(|a, b| (a.line, a.column, a.severity, &a.key).cmp(&(b.line, b.column, b.severity, &b.key)));
        all.dedup_by(|b, a| (a.line, a.column, &a.message) == (b.line, b.column, &b.message));
        all
    }
}

impl Finding {
    fn hint(&mut self, hint: impl Into<String>) {
        self.hint = hint.into();
    }
}
