//! Whether it is TOML, in words that help.

use super::super::keys::Version;
use super::super::source::Source;
use super::{Context, Findings, Severity};
use crate::config::toml_places::{self, Part, Place, What};
use crate::text::sanitize::sanitize;
use std::cell::LazyCell;
use std::collections::HashSet;
use std::ops::Range;
use toml::de::DeTable;
use toml_parser::parser::EventKind;

/// The gitlab-runner that reads TOML 1.1, as far as is known.
const TOML_1_1: Version = Version(18, 9);

/// What could be read of a text.
pub(super) struct Parsed<'a> {
    pub table: DeTable<'a>,
    /// Whether `runners` is two things at once: then nothing can be said about them.
    pub tangled: bool,
    /// Lines about which nothing can be said.
    pub damaged: HashSet<usize>,
}

/// Reads as much of the text as can be read, and says what is wrong with the rest.
pub(super) fn parse<'a>(found: &mut Findings<'a>, context: &Context) -> Parsed<'a> {
    let source = found.source;
    let (toml, offset) = source.toml();
    let (table, errors) = DeTable::parse_recoverable(toml);
    let mut damaged: HashSet<usize> = HashSet::new();
    let mut tangled = false;
    let parts = LazyCell::new(|| toml_places::parts(source.text));
    for error in &errors {
        let span = error.span().unwrap_or(toml.len()..toml.len());
        let span = span.start + offset..span.end + offset;
        let (line, _) = source.place(span.start);
        // What follows the first error of a line follows from it.
        if !damaged.insert(line) {
            continue;
        }
        if error.message() == "duplicate key" || error.message().starts_with("cannot extend") {
            if !tangled {
                tangled = duplicate(found, &span, error.message().starts_with("cannot extend"));
            }
            continue;
        }
        found.broken = true;
        let line_text = source.line_text(line);
        let open = opening(&parts, span.start);
        if begins_entry(line_text, span.start - source.line(line).start)
            && !open.is_empty()
            && source.place(open.start).0 < line
        {
            let (what, close) = if source.text[open.clone()].starts_with('{') {
                ("braces that begin", "}")
            } else {
                ("list that begins", "]")
            };
            let is = if close == "}" { "are" } else { "is" };
            found
                .error(open.clone(), "", format!("The {what} here {is} not closed."))
                .hint(format!("Put a {close} before line {line}. What comes after it cannot be checked before."));
            damaged.extend(source.place(open.start).0..=source.lines());
            break;
        }
        if line_text.trim_start().starts_with('[') {
            // Whose keys the next lines are cannot be said.
            let end = toml_places::section_end(source.text, span.start);
            damaged.extend(line..source.place(end).0);
        }
        let (span, message, hint) = explain(source, &parts, error.message(), span, line);
        damaged.insert(source.place(span.start).0);
        found.error(span, "", message).hint(hint);
    }
    if !found.broken && context.runner.is_none_or(|version| version < TOML_1_1) {
        newer_forms(found, context);
    }
    Parsed { table: table.into_inner(), tangled, damaged }
}

/// Whether a byte of a line is where a header or a key begins on it.
fn begins_entry(line: &str, at: usize) -> bool {
    let entry = line.trim_start();
    at == line.len() - entry.len()
        && (entry.starts_with('[') || entry.split_once('=').is_some_and(|(key, _)| is_bare(key.trim())))
}

fn is_bare(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
}

/// The innermost bracket that is open at a byte.
fn opening(parts: &[Part], at: usize) -> Range<usize> {
    let mut open: Vec<Range<usize>> = Vec::new();
    for part in parts.iter().take_while(|part| part.span.start < at) {
        match part.kind {
            EventKind::ArrayOpen | EventKind::InlineTableOpen => open.push(part.span.clone()),
            EventKind::ArrayClose | EventKind::InlineTableClose => {
                open.pop();
            }
            _ => {}
        }
    }
    open.pop().unwrap_or(at..at)
}

/// The scalar that ends at a byte, or goes over it.
fn scalar(parts: &[Part], at: usize) -> Range<usize> {
    let next = parts.partition_point(|part| part.span.start < at);
    let last = parts[..next].iter().rev().find(|part| part.kind == EventKind::Scalar && part.span.end >= at);
    last.map_or(at..at, |part| part.span.clone())
}

/// The place, the words and the advice for an error of the parser.
fn explain(
    source: &Source,
    parts: &[Part],
    message: &str,
    span: Range<usize>,
    line: usize,
) -> (Range<usize>, String, String) {
    let text = source.line_text(line);
    let whole = source.line(line);
    let trimmed = text.trim_start();
    let at = span.start.clamp(whole.start, whole.end) - whole.start;
    let here = text.get(at..).unwrap_or_default();
    let say = |message: &str, hint: &str| (span.clone(), message.to_owned(), hint.to_owned());
    let say_line = |message: &str, hint: &str| (whole.clone(), message.to_owned(), hint.to_owned());

    if ["<<<<<<<", "=======", ">>>>>>>", "|||||||"].iter().any(|mark| trimmed.starts_with(mark)) {
        return say_line(
            "This line is the mark of a merge conflict.",
            "Keep one of the two sides and remove the marks.",
        );
    }
    if trimmed.starts_with("//") || trimmed.starts_with(';') || trimmed.starts_with("/*") || trimmed.starts_with("--") {
        return say_line("This is no comment in TOML.", "A comment begins with #.");
    }
    if trimmed.starts_with("- ") {
        return say_line("This is a list as in YAML.", "In TOML a list is name = [\"one\", \"two\"].");
    }
    if line == 1 && trimmed.starts_with('{') && !trimmed.starts_with("{{") && !trimmed.starts_with("{%") {
        return say_line(
            "This is JSON, and config.toml is TOML.",
            "Write name = value, and [section] above a section's keys.",
        );
    }
    let given = trimmed.split_once('=').map_or(trimmed, |(_, value)| value.trim_start());
    if given.starts_with("{{") || given.starts_with("{%") || trimmed.starts_with("{%") {
        return say_line(
            "This is a place that a template (Ansible, Helm, Jinja) has to fill in first.",
            "Write the value itself, or check what the template brings out.",
        );
    }
    if trimmed.starts_with('[')
        && let Some(name) = trimmed.trim_start_matches('[').split(']').next().map(str::trim)
        && trimmed.contains(']')
        && name.split_whitespace().count() > 1
        && name.split_whitespace().all(is_bare)
    {
        let right: Vec<&str> = name.split_whitespace().collect();
        let (open, close) = if trimmed.starts_with("[[") { ("[[", "]]") } else { ("[", "]") };
        return say_line(
            "The name of a section has no blanks.",
            &format!("Its parts are joined by dots: {open}{}{close}.", right.join(".")),
        );
    }
    if here.starts_with(['\u{201c}', '\u{201d}', '\u{201e}', '\u{2018}', '\u{2019}', '\u{ab}', '\u{bb}']) {
        return say("These are typographic quotes.", "Use the plain \" instead.");
    }
    if let Some((key, _)) = trimmed.split_once(':')
        && is_bare(key.trim())
        && !trimmed.contains('=')
    {
        return say(
            &format!("A key and its value are joined by = and not by a colon: `{key}`."),
            "Write name = value.",
        );
    }
    let word = here.starts_with(|c: char| c.is_alphabetic());
    if message.starts_with("string values must be quoted") || (word && message.starts_with("invalid float")) {
        return value(span.clone(), here);
    }
    match message {
        m if m.starts_with("key with no value") => say("This key has no value.", "Write name = value."),
        m if m.starts_with("invalid unquoted key") && here.starts_with(|c: char| c.is_control()) => {
            control(span.clone(), here)
        }
        m if m.starts_with("invalid unquoted key") => say(
            "A key has letters, digits, - and _ only.",
            "Remove the other characters, or put the key in quotes if it is the name of a label or a variable.",
        ),
        m if m.starts_with("unquoted keys cannot be empty") => {
            say("There is no key before the = or between the brackets.", "Write name = value, or [section].")
        }
        m if m.starts_with("invalid multi-line") => {
            let start = scalar(parts, span.start).start;
            (
                start..start + 3,
                "The text that begins here is not closed.".into(),
                "Close it with the same three quotes.".into(),
            )
        }
        m if m.starts_with("invalid basic string, expected `\"`")
            || m.starts_with("invalid literal string, expected `'`") =>
        {
            (
                scalar(parts, span.start),
                "The quotes are not closed.".into(),
                "Close them at the end of the text.".into(),
            )
        }
        m if m.starts_with("invalid basic string") || m.starts_with("invalid literal string") => {
            control(span.clone(), here)
        }
        m if m.starts_with("missing escaped value") => say(
            "A backslash in \"…\" begins an escape, and this is none.",
            "Write \\\\ for a backslash, or put the text in '…', where it is just a character.",
        ),
        m if m.starts_with("unclosed array table") => say("The header is not closed.", "Close it with ]]."),
        m if m.starts_with("unclosed table") => say("The header is not closed.", "Close it with ]."),
        m if m.starts_with("unclosed array") => {
            let open = opening(parts, span.start);
            (open, "The list that begins here is not closed.".into(), "Close it with ].".into())
        }
        m if m.starts_with("unclosed inline table") => {
            let open = opening(parts, span.start);
            (open, "The braces that begin here are not closed.".into(), "Close them with }.".into())
        }
        m if m.starts_with("missing comma between") => say("There is no comma between two values.", "Add a comma."),
        m if m.starts_with("extra comma") => say("There is a comma too many.", "Remove it."),
        m if m.starts_with("extra `=`") => say("There is a = too many.", "Remove it."),
        m if m.starts_with("unexpected leading zero") => {
            say("A number cannot begin with 0.", "Remove the zero, or write an octal number as 0o17.")
        }
        m if m.starts_with("invalid boolean") => {
            say("true and false are written in lower case.", "Write it in lower case.")
        }
        m if m.starts_with("invalid mantissa") || m.starts_with("invalid fraction") => {
            say("A number has digits on both sides of its point.", "Write 0.5 or 5.0.")
        }
        m if m.starts_with("carriage return") => {
            say("There is a carriage return without a line feed.", "Break the line here, or remove the character.")
        }
        m if m.starts_with("unexpected key or value") && trimmed.starts_with('[') && here.starts_with(']') => say(
            "The header has two brackets at its end and one at its beginning.",
            "Write [[runners]] for a runner, and [runners.docker] for a section of it.",
        ),
        m if m.starts_with("unexpected key or value") => {
            say("Something follows where the line should end.", "One key a line; a comment begins with #.")
        }
        m if m.contains("recurs") => say("This is nested too deep.", "No key of gitlab-runner is."),
        other => say(&format!("This is not TOML: {}.", sanitize(other)), ""),
    }
}

/// A value without quotes; what it says is not repeated, since it may be a token.
fn value(span: Range<usize>, here: &str) -> (Range<usize>, String, String) {
    let word = here.split(['#', ',', ']', '}']).next().unwrap_or_default().trim();
    let lower = word.to_ascii_lowercase();
    let number = word.starts_with(|c: char| c.is_ascii_digit());
    let (message, hint) = match lower.as_str() {
        "" => ("There is no value behind the =.", "Write a value: text in \"…\", a number, true or false."),
        "yes" | "on" | "no" | "off" | "y" | "n" => ("yes and no are written true and false.", "Write true or false."),
        "null" | "none" | "nil" | "~" => ("TOML knows no empty value.", "Remove the line, or write \"\"."),
        _ if word.ends_with(';') => ("There is a semicolon behind the value.", "Remove it."),
        _ if word.contains("//") && number => ("This is no comment in TOML.", "A comment begins with #."),
        _ if number && word.contains(' ') => {
            ("Something follows behind the number.", "One value a key; text stands in \"…\", a comment begins with #.")
        }
        _ if number => ("A number with a unit is text.", "Put it in quotes: \"2g\", \"30s\"."),
        _ => ("Text stands in quotes.", "Put it in \"…\"."),
    };
    (span, message.into(), hint.into())
}

/// A character that no text may have.
fn control(span: Range<usize>, here: &str) -> (Range<usize>, String, String) {
    let name = here.chars().next().map_or("character".into(), |c| format!("character {}", c.escape_unicode()));
    (span, format!("The control {name} stands here, which TOML does not allow."), "Remove it.".into())
}

/// A key or section that is there already. Comes back with true where `[[runners]]` is.
fn duplicate(found: &mut Findings, span: &Range<usize>, extends: bool) -> bool {
    let source = found.source;
    let places = toml_places::places(source.text);
    let inside =
        |place: &&Place| place.what != What::Value && place.span.start <= span.start && span.start < place.span.end;
    let Some(this) = places.iter().find(inside) else {
        found.error(span.clone(), "", "This key is there already.").hint("Remove one of the two.");
        return false;
    };
    let name = sanitize(&this.path.join("."));
    let (line, _) = source.place(span.start);
    let header = this.what == What::Header;
    let list = header && source.line_text(line).trim_start().starts_with("[[");
    let same = |place: &&Place| {
        place.span.start < this.span.start
            && place.what != What::Value
            && (header || place.runner == this.runner)
            && (place.path.starts_with(&this.path)
                || (place.what == What::Key && this.path.starts_with(&place.path))
                || (list && place.path.first() == this.path.first()))
    };
    let first = places.iter().find(same).map(|place| source.place(place.span.start).0);
    let on = first.map_or(String::new(), |line| format!(" on line {line}"));
    let (message, hint) = if extends {
        let hint = "gitlab-runner takes this, but pipglr cannot change it: write the whole as one [section].";
        (format!("`{name}` adds to what was written in braces or brackets{on}."), hint.to_owned())
    } else if list {
        let hint = match first {
            Some(line) if source.line_text(line).trim() == format!("[{name}]") => {
                format!("Write line {line} as [[{name}]].")
            }
            _ => format!("A section of a runner stands below its [[{name}]]."),
        };
        (format!("{name} was already made something else than [[{name}]]{on}."), hint)
    } else if header {
        (format!("The section [{name}] is there already{on}."), "Put the keys of both into one section.".into())
    } else {
        (
            format!("`{}` is there already{on}.", name.rsplit('.').next().unwrap_or(&name)),
            "Remove one of the two.".to_owned(),
        )
    };
    let key = sanitize(&if header { name.clone() } else { this.key() });
    found.error(span.clone(), key, message).hint(hint);
    list && name.eq_ignore_ascii_case("runners")
}

/// TOML 1.1 where only 1.0 can be read.
fn newer_forms(found: &mut Findings, context: &Context) {
    let text = found.source.text;
    let short_time = |text: &str| text.len() >= 5 && text.as_bytes().get(2) == Some(&b':') && !text[3..].contains(':');
    if !text.contains('{') && !text.contains("\\e") && !text.contains("\\x") && !text.contains(':') {
        return;
    }
    let severity = if context.runner.is_some() { Severity::Error } else { Severity::Warning };
    let reader = context.runner.map_or("before 18.9".to_owned(), |version| version.to_string());
    let mut say = |span: Range<usize>, what: &str, hint: &str| {
        let message = format!("{what} is TOML 1.1, which gitlab-runner {reader} cannot read (18.9 can).");
        found.push(severity, span, String::new(), message).hint(hint);
    };
    let mut brackets: Vec<EventKind> = Vec::new();
    let mut comma = None;
    for part in toml_places::parts(text) {
        let braces = brackets.last() == Some(&EventKind::InlineTableOpen);
        let inside = brackets.contains(&EventKind::InlineTableOpen);
        match part.kind {
            EventKind::InlineTableOpen | EventKind::ArrayOpen => brackets.push(part.kind),
            EventKind::InlineTableClose | EventKind::ArrayClose => {
                if let (EventKind::InlineTableClose, Some(span)) = (part.kind, comma.take()) {
                    say(span, "A comma before }", "Remove the comma.");
                }
                brackets.pop();
            }
            EventKind::Newline if braces => {
                say(part.span.clone(), "A line break between braces", "Write {…} on one line, or as a [section].");
                continue;
            }
            EventKind::Scalar => {
                let raw = &text[part.span.clone()];
                if raw.starts_with('"') && (raw.contains("\\e") || raw.contains("\\x")) && new_escape(raw) {
                    say(part.span.clone(), "The escape \\e or \\x", "Write \\u001b, or \\u00 and the two digits.");
                }
                let time = raw.rsplit(['T', 't', ' ']).next().unwrap_or(raw);
                if raw.starts_with(|c: char| c.is_ascii_digit()) && short_time(time) {
                    say(part.span.clone(), "A time without seconds", "Add :00.");
                }
            }
            _ => {}
        }
        match part.kind {
            EventKind::ValueSep if inside && braces => comma = Some(part.span),
            EventKind::Whitespace | EventKind::Newline | EventKind::Comment => {}
            _ => comma = None,
        }
    }
}

/// Whether a basic string has `\e` or `\x` that no other backslash escapes.
fn new_escape(raw: &str) -> bool {
    let mut escaped = false;
    raw.chars().any(|c| {
        let new = escaped && (c == 'e' || c == 'x');
        escaped = c == '\\' && !escaped;
        new
    })
}
