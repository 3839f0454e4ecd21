//! Values against the rules of their keys: sets, ranges and formats.

use super::super::keys::{self, Checked, Key, Kind, Secrecy};
use super::walk::{Value, Walk};
use super::{Finding, Severity, format, placeholders};
use crate::text::sanitize::sanitize;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

/// A whole number as Go's int64 holds it.
pub(super) fn int(value: &DeValue) -> Option<i64> {
    match value {
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix()).ok(),
        _ => None,
    }
}

/// A value of the right type.
pub(super) fn check(walk: &mut Walk, key: &'static Key, name: &Spanned<DeString>, value: &Value) {
    let path = walk.path.key(name.get_ref());
    match value.get_ref() {
        DeValue::Array(array) => {
            for entry in array.iter() {
                if let DeValue::String(text) = entry.get_ref() {
                    string(walk, key, &path, text, entry.span());
                }
            }
            if array.is_empty() && key.required {
                say(
                    walk,
                    Severity::Error,
                    value.span(),
                    &path,
                    format!("`{}` is empty.", key.name),
                    "Give at least one value.",
                );
            }
        }
        DeValue::String(text) => string(walk, key, &path, text, value.span()),
        DeValue::Integer(_) => {
            if let Some(number) = int(value.get_ref()) {
                integer(walk, key, &path, number, value.span());
            }
        }
        _ => {}
    }
}

fn say(
    walk: &mut Walk,
    severity: Severity,
    span: Range<usize>,
    path: &str,
    message: impl Into<String>,
    hint: impl Into<String>,
) {
    let span = walk.span(span);
    Finding::hint(walk.found.push(severity, span, path.to_owned(), message.into()), hint);
}

fn integer(walk: &mut Walk, key: &Key, path: &str, number: i64, span: Range<usize>) {
    match (key.rule, key.kind) {
        ("int32", _) if i32::try_from(number).is_err() => {
            let message = format!("`{}` is larger than gitlab-runner can hold.", key.name);
            say(walk, Severity::Error, span, path, message, "The largest is 2147483647.");
        }
        ("at least 1s", _) if number != 0 && number < 1_000_000_000 => {
            let message =
                format!("`{}` is a whole number, which means nanoseconds, and must be at least a second.", key.name);
            say(walk, Severity::Error, span, path, message, format!("Write \"{number}s\" for seconds."));
        }
        // A thousandth of a second: nobody means less.
        (_, Kind::Duration) if number != 0 && number < 1_000_000 => {
            let message = format!("`{}` is a whole number, and that means nanoseconds.", key.name);
            say(walk, Severity::Warning, span, path, message, format!("Write \"{number}s\" for seconds."));
        }
        ("milliseconds", _) if (1..500).contains(&number) => {
            let message = format!("`{}` is in milliseconds, and below 500 it counts as 500.", key.name);
            say(walk, Severity::Warning, span, path, message, "Write at least 500.");
        }
        _ => {}
    }
}

fn string(walk: &mut Walk, key: &'static Key, path: &str, text: &str, span: Range<usize>) {
    if !key.values.is_empty() && !key.values_are_names {
        one_of(walk, key, path, text, &span);
    }
    let name = key.name;
    // A script may well have such braces of its own; of `token` and `url` more is said elsewhere.
    let free = name.ends_with("_script") || matches!(name, "environment" | "command" | "entrypoint" | "token" | "url");
    if !free && placeholders::unfilled(text) {
        let message = format!("`{name}` has a place that a template (Ansible, Helm) has not filled in.");
        return say(
            walk,
            Severity::Warning,
            span,
            path,
            message,
            "Write the value itself, or let the template run first.",
        );
    }
    if key.kind == Kind::Duration {
        return match format::duration(text) {
            Err(()) => {
                let hint =
                    "Write it with units and without blanks: \"300ms\", \"30s\", \"10m\", \"1h30m\". A day is \"24h\".";
                say(walk, Severity::Error, span, path, format!("`{name}` is no duration."), hint);
            }
            Ok(seconds) if key.rule == "at least 1s" && seconds != 0.0 && seconds < 1.0 => {
                let message = format!("`{name}` must be 0 or at least a second.");
                say(walk, Severity::Error, span, path, message, "Write \"1s\" or more.");
            }
            Ok(seconds) if seconds < 0.0 => {
                let message = format!("`{name}` is a negative duration.");
                say(walk, Severity::Warning, span, path, message, "Write a positive one.");
            }
            Ok(seconds) if seconds == 0.0 && matches!(name, "prepare_timeout" | "get_sources_timeout") => {
                let message = format!("`{name}` must be greater than 0; the job's own time-out is used.");
                say(walk, Severity::Warning, span, path, message, "Write a longer one, or remove the key.");
            }
            Ok(_) => {}
        };
    }
    if key.kind == Kind::Datetime && text.parse::<jiff::Timestamp>().is_err() {
        let hint = "Write it as gitlab-runner does: 2026-01-31T12:00:00Z.";
        return say(walk, Severity::Error, span, path, format!("`{name}` is no date and time."), hint);
    }
    if let Some(broken) = format::rule(key.rule, text) {
        say(walk, broken.severity, span, path, format!("`{name}`: {}", broken.message), broken.hint);
    }
}

/// A value that is not one of the key's.
fn one_of(walk: &mut Walk, key: &Key, path: &str, text: &str, span: &Range<usize>) {
    let known = |value: &str| if key.exact_values { *value == *text } else { value.eq_ignore_ascii_case(text) };
    if key.values.iter().any(|value| known(value)) || (text.is_empty() && key.checked != Checked::Start) {
        return;
    }
    let severity = match key.checked {
        Checked::Lint | Checked::Start => Severity::Error,
        _ => Severity::Warning,
    };
    let shown = if key.secret == Secrecy::No { format!(" \"{}\"", short(text)) } else { String::new() };
    let then = match key.checked {
        Checked::Lint => "gitlab-runner does not take it",
        Checked::Start => "gitlab-runner does not start with it",
        Checked::Job if key.path == "runners[].executor" => "the runner gets no jobs",
        Checked::Job if key.path.contains(".cache.") => "there is no cache",
        Checked::Job => "jobs fail",
        Checked::Ignored => "it is ignored",
        Checked::Documented => "it is not a documented value",
    };
    let near = keys::nearest(text, key.values.iter().copied()).map(|index| key.values[index]);
    let values: Vec<&str> = key.values.iter().copied().filter(|value| !value.is_empty()).collect();
    let hint = match near {
        Some(near) if near.eq_ignore_ascii_case(text) => format!("Capitals matter here: write \"{near}\"."),
        Some(near) if !near.is_empty() => format!("Did you mean \"{near}\"? Known are {}.", values.join(", ")),
        _ => format!("Known are {}.", values.join(", ")),
    };
    say(walk, severity, span.clone(), path, format!("`{}` cannot be{shown}: {then}.", key.name), hint);
}

/// The beginning of a value, harmless.
fn short(text: &str) -> String {
    let clean = sanitize(text);
    match clean.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &clean[..end]),
        None => clean,
    }
}

/// An entry of a map, of the right type.
pub(super) fn entry(walk: &mut Walk, key: &'static Key, name: &Spanned<DeString>, value: &Value) {
    let path = walk.path.key(name.get_ref());
    let (label, text) = (name.get_ref(), value.get_ref().as_str().unwrap_or_default());
    if key.values_are_names && !key.values.contains(&label.as_ref()) {
        let message = format!("{} cannot have `{}`: jobs fail.", key.header(), sanitize(label));
        say(walk, Severity::Warning, name.span(), &path, message, format!("Known are {}.", key.values.join(", ")));
    }
    match key.rule {
        "labels" => {
            if !format::label_name(label) {
                let hint = "3 to 65 letters, digits, dots, - and _, with a letter, a digit or _ first.";
                say(
                    walk,
                    Severity::Error,
                    name.span(),
                    &path,
                    format!("The label's name `{}` is not allowed.", short(label)),
                    hint,
                );
            }
            if !format::label_value(text) {
                let hint = "1 to 256 letters, digits, dots, - and _.";
                let message = format!("The value of the label `{}` is not allowed.", short(label));
                say(walk, Severity::Error, value.span(), &path, message, hint);
            }
        }
        "ulimit" if !format::ulimit(text) => {
            let message = format!("`{}` is no limit: jobs fail.", short(label));
            say(
                walk,
                Severity::Warning,
                value.span(),
                &path,
                message,
                "Write \"soft\" or \"soft:hard\", whole numbers.",
            );
        }
        _ if key.path == "runners[].feature_flags" => flag(walk, &path, name),
        _ => {}
    }
}

fn flag(walk: &mut Walk, path: &str, name: &Spanned<DeString>) {
    let flags = keys::flags();
    if flags.iter().any(|flag| flag.name == name.get_ref()) {
        return;
    }
    let hint = match keys::nearest(name.get_ref(), flags.iter().map(|flag| flag.name)) {
        Some(index) => format!("Did you mean `{}`?", flags[index].name),
        None => "Remove it, or look for its name in GitLab's list of feature flags.".into(),
    };
    let message = format!("`{}` is no feature flag of gitlab-runner 19.4; it has no effect.", short(name.get_ref()));
    say(walk, Severity::Warning, name.span(), path, message, hint);
}

/// A map as a whole.
pub(super) fn map(walk: &mut Walk, key: &'static Key, name: &Spanned<DeString>, table: &DeTable) {
    if key.rule == "labels" && table.len() > format::LABELS {
        let message = format!("These are {} labels; {} are allowed.", table.len(), format::LABELS);
        let path = walk.path.key(name.get_ref());
        say(walk, Severity::Error, name.span(), &path, message, "Remove some.");
    }
}
