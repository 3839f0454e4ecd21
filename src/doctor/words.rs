//! What gitlab-runner's lines say in their words: durations, fields, which runner they are about.

/// A duration of Go's (`1h0m0s`) behind these words, in seconds.
pub(super) fn duration(text: &str, behind: &str) -> Option<f64> {
    let rest = text.split_once(behind)?.1;
    let (mut seconds, mut number) = (0.0, String::new());
    for c in rest.chars() {
        match c {
            '0'..='9' | '.' => number.push(c),
            'h' | 'm' | 's' => {
                let unit = if c == 'h' {
                    3600.0
                } else if c == 'm' {
                    60.0
                } else {
                    1.0
                };
                seconds += number.parse::<f64>().ok()? * unit;
                number.clear();
            }
            _ => break,
        }
    }
    (seconds > 0.0).then_some(seconds)
}

/// The value of a field in gitlab-runner's three formats: ` job=7`, `"job":7`.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (at, _) = text.match_indices(name).find(|(at, _)| {
        let behind = &text[at + name.len()..];
        let before = text[..*at].chars().next_back();
        (before == Some(' ') && behind.starts_with('=')) || (before == Some('"') && behind.starts_with("\":"))
    })?;
    let value = text[at + name.len()..].trim_start_matches(['"', ':', '=']);
    Some(value.split([' ', '"', ',', '}']).next().unwrap_or_default())
}

/// The same as a number.
pub(super) fn number(text: &str, name: &str) -> Option<u64> {
    field(text, name)?.parse().ok()
}

/// The runner that a line is about, by its shortened token; empty where it names none.
pub(super) fn runner(text: &str) -> String {
    // `Runner "http://host/fakea8d2" is unhealthy`
    let named = || {
        let address = text[..text.find(" is unhealthy")?].trim_end_matches(['"', '\\']);
        Some(address[address.rfind('/')? + 1..].to_owned())
    };
    field(text, "runner").map(str::to_owned).or_else(named).unwrap_or_default()
}
