//! What is exported goes to standard output, to a file or to a folder; nobody's file is written over unasked.

use crate::commands::output;
use crate::export::File;
use crate::named_file;
use crate::problem::{Problem, Result};
use std::fs;
use std::io;
use std::path::Path;

/// Writes a text to a file; without one, or to `-`, to standard output.
///
/// # Errors
/// The file is there and `force` is not given, or it cannot be written.
pub(super) fn text(file: Option<&Path>, text: &str, force: bool) -> Result<()> {
    let Some(path) = file.filter(|path| *path != Path::new("-")) else {
        output::print_bytes(text.as_bytes());
        return Ok(());
    };
    if path.is_dir() {
        let what = format!("{} is a folder; nothing was written.", path.display());
        return Err(Problem::usage(what, "Name a file in it, or leave the name out: it is printed then."));
    }
    if !force && path.symlink_metadata().is_ok() {
        let what = format!("{} is there already; nothing was written.", path.display());
        return Err(Problem::usage(what, "Name another file, or give `--force` to write over it."));
    }
    fs::write(path, text).map_err(|e| failed(path, &e))?;
    say!("{} is written.", path.display());
    Ok(())
}

/// Writes files to a folder, which is made where there is none; says which were written over.
///
/// # Errors
/// The folder is not empty and `force` is not given, or it cannot be written.
pub(super) fn folder(folder: &Path, files: &[File], force: bool) -> Result<()> {
    let holds = |folder: &Path| fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    if !force && holds(folder) {
        let what = format!("{} is not empty; nothing was written.", folder.display());
        return Err(Problem::usage(
            what,
            "Name another folder, or give `--force` to write over what has the same name.",
        ));
    }
    for file in files {
        let path = folder.join(&file.path);
        let there = path.symlink_metadata().is_ok();
        if named_file::read(&path, named_file::MOST).is_ok_and(|old| old == file.text.as_bytes()) {
            continue;
        }
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent).and_then(|()| fs::write(&path, &file.text)).map_err(|e| failed(&path, &e))?;
        say!("{} is {}.", path.display(), if there { "written over" } else { "written" });
    }
    Ok(())
}

fn failed(path: &Path, error: &io::Error) -> Problem {
    Problem::new(format!("{} cannot be written: {error}.", path.display()), "Name a place that is yours.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Kind;

    #[test]
    fn a_folder_in_a_file_s_place_is_named_whether_forced_or_not() {
        let folder = tempfile::tempdir().unwrap();
        for force in [false, true] {
            let refused = text(Some(folder.path()), "x", force).unwrap_err();
            assert!(refused.kind == Kind::Usage && refused.what.contains("is a folder"), "{refused}");
            assert!(!refused.advice.contains("--force"), "{refused}");
        }
    }
}
