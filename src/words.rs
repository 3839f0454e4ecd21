//! Numbers in sentences.

/// So many of something: `1 runner`, `2 runners`.
pub fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    #[test]
    fn one_has_no_s() {
        assert_eq!([0, 1, 2].map(|n| super::count(n, "job")), ["0 jobs", "1 job", "2 jobs"]);
    }
}
