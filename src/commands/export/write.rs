//! What is exported goes to standard output or to a file; nobody's file is written over unasked.

use crate::problem::{Problem, Result};
use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// Writes a text to a file; without one, or to `-`, to standard output.
///
/// # Errors
/// The file is there and `force` is not given, or it cannot be written.
pub fn text(file: Option<&Path>, text: &str, force: bool) -> Result<()> {
    let Some(path) = file.filter(|path| *path != Path::new("-")) else {
        // Where nobody reads any more nothing is lost.
        let _ = io::stdout().write_all(text.as_bytes());
        return Ok(());
    };
    if !force && path.symlink_metadata().is_ok() {
        let what = format!("{} is there already; nothing was written.", path.display());
        return Err(Problem::usage(what, "Name another file, or give `--force` to write over it."));
    }
    fs::write(path, text).map_err(|e| failed(path, &e))?;
    say!("{} is written.", path.display());
    Ok(())
}

fn failed(path: &Path, error: &io::Error) -> Problem {
    Problem::new(format!("{} cannot be written: {error}.", path.display()), "Name a place that is yours.")
}
