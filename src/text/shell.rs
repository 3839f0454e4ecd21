//! Words as a shell takes them.

/// Returns a word quoted for a shell. A NUL, which no argument can hold, is dropped.
pub fn quote(word: &str) -> String {
    let word = word.replace('\0', "");
    shlex::try_quote(&word).map_or_else(|_| word.clone(), |quoted| quoted.into_owned())
}

/// Returns whether a shell can read a program: its grammar, not what it does.
#[cfg(test)]
pub fn is_readable(program: &str) -> bool {
    std::process::Command::new("sh").args(["-n", "-c", program]).status().is_ok_and(|status| status.success())
}
