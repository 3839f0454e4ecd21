//! How words are written: numbers in sentences, and what the locale has letters for.

/// Returns so many of something: `1 runner`, `2 runners`.
pub fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// Returns a thing with its article: `a deploy token`, `an address`.
pub fn a(what: &str) -> String {
    let article = if what.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
    format!("{article} {what}")
}

/// Returns whether the locale has more than ASCII, and the terminal the signs for it.
pub fn unicode() -> bool {
    has_unicode(|name| std::env::var(name).ok())
}

/// The kernel's own console (`TERM=linux`) has a font of 512 signs at most: no tick, no cross, no dots of a spinner.
fn has_unicode(variable: impl Fn(&str) -> Option<String>) -> bool {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set).unwrap_or_default().to_lowercase();
    (locale.contains("utf-8") || locale.contains("utf8")) && set("TERM").as_deref() != Some("linux")
}

/// Says so many seconds as people do: `65 s`, `1 h 2 min`.
pub fn took(seconds: i64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn signs_that_the_terminal_has() {
        let has = |locale: &str, term: &str| {
            super::has_unicode(|name| match name {
                "LANG" => Some(locale.to_owned()),
                "TERM" => Some(term.to_owned()),
                _ => None,
            })
        };
        assert!(has("C.UTF-8", "xterm-256color") && has("de_DE.utf8", ""));
        assert!(!has("C", "xterm") && !has("C.UTF-8", "linux"));
    }

    #[test]
    fn one_has_no_s() {
        assert_eq!([0, 1, 2].map(|n| super::count(n, "job")), ["0 jobs", "1 job", "2 jobs"]);
    }
}
