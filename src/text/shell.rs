//! Words as a shell takes them.

/// A word quoted for a shell. A NUL, which no argument can hold, is dropped.
pub fn quote(word: &str) -> String {
    let word = word.replace('\0', "");
    shlex::try_quote(&word).map_or_else(|_| word.clone(), |quoted| quoted.into_owned())
}
