//! The user's own editor (`$VISUAL`, `$EDITOR`) on a private file in memory, for both faces.
//!
//! However it ends, its folder is gone then: what was written is the new text, or, where that is none, in `work/`.

use super::unsaved;
use crate::host::state_folder;
use crate::host::{Cmd, Host, interrupt};
use crate::problem::{Kind, Problem, Result};
use crate::secret::Secret;
use std::path::{Path, PathBuf};

/// What the folders that are lent begin with; behind it comes the process, so that two never share one.
fn begin(host: &dyn Host) -> String {
    format!("{}-edit", host.names().container)
}

/// What the editor made of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edited {
    /// The text.
    pub text: Secret,
    /// Why its file is still there, where it is.
    pub left: Option<Problem>,
}

/// `$VISUAL`, else `$EDITOR`, else vi.
///
/// # Errors
/// What is set there is no command.
pub fn words() -> Result<Vec<String>> {
    let named = ["VISUAL", "EDITOR"].iter().filter_map(|name| std::env::var(name).ok()).find(|v| !v.trim().is_empty());
    let words = shlex::split(&named.unwrap_or_else(|| "vi".into())).unwrap_or_default();
    if words.is_empty() {
        return Err(Problem::usage("EDITOR is not a command.", "Set it to one: `EDITOR=nano pipglr edit --plain`."));
    }
    Ok(words)
}

/// Returns where a folder is lent: in memory where there is such a place, else in the state folder.
pub fn place(host: &dyn Host) -> PathBuf {
    std::env::var_os("XDG_RUNTIME_DIR")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute() && path.is_dir())
        .unwrap_or_else(|| state_folder::work(host))
}

/// Runs the editor on the terminal, on a file of mode 0600 in a folder of its own, and reads what it made of the text.
///
/// # Errors
/// The editor fails, or leaves no text; what it wrote is in `work/` then, and named.
pub fn run(host: &dyn Host, place: &Path, editor: &[String], text: &Secret) -> Result<Edited> {
    let folder = place.join(format!("{}-{}", begin(host), std::process::id()));
    let file = folder.join("config.toml");
    // Told to end, pipglr first takes what the editor has written.
    let _owed = interrupt::owe();
    host.write(&file, text.expose()).map_err(|e| state_folder::cannot_write(&file, &e))?;
    let words = editor[1..].iter().cloned().chain([file.to_string_lossy().into_owned()]);
    let code = host.run_on_terminal(&Cmd::new(&editor[0], words));
    let ended = code == Ok(0) && !interrupt::stopped();
    let made = host.read(&file).ok().map(Secret::new);
    let good = made.as_ref().filter(|made| !blank(made) && std::str::from_utf8(made.expose()).is_ok());
    let mut saved = vec![];
    let mut left = None;
    if let (true, Some(_)) = (ended, good) {
        left = removed(host, &folder).err();
    } else {
        (saved, left) = match collect(host, &folder, Some(text)) {
            Ok(saved) => (saved, left),
            Err(problem) => (vec![], Some(problem)),
        };
    }
    if let (true, Some(text)) = (ended, good) {
        return Ok(Edited { text: text.clone(), left });
    }
    let name = &editor[0];
    let problem = match (code, &made) {
        (Err(problem), _) => problem,
        _ if interrupt::stopped() => Problem::interrupted(),
        (Ok(0), None) => Problem::new(format!("{name} has left no file."), ""),
        (Ok(0), Some(made)) if blank(made) => Problem::new(format!("{name} has left an empty file."), ""),
        (Ok(0), Some(_)) => Problem::new(format!("What {name} has left is no text (UTF-8)."), ""),
        (Ok(code), _) => Problem::new(format!("{name} ended with exit code {code}."), ""),
    };
    Err(told(problem, &saved, left))
}

/// Takes what the editors of earlier runs, which were killed, have left behind.
///
/// # Errors
/// It cannot be saved, or not be removed.
pub fn collect_left(host: &dyn Host, place: &Path) -> Result<()> {
    for folder in host.list(place).unwrap_or_default() {
        let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let process = name.strip_prefix(&begin(host)).map(|rest| rest.trim_start_matches('-'));
        let is_ours = |process: &&str| process.chars().all(|c| c.is_ascii_digit());
        let Some(process) = process.filter(is_ours) else { continue };
        if process.is_empty() || host.meta(&Path::new("/proc").join(process)).is_err() {
            collect(host, &folder, None)?;
        }
    }
    Ok(())
}

/// Saves what is in a folder that was lent and is not `given`, what an editor saves by itself when its terminal is gone
/// too, and removes it.
fn collect(host: &dyn Host, folder: &Path, given: Option<&Secret>) -> Result<Vec<PathBuf>> {
    let mut saved: Vec<PathBuf> = vec![];
    for path in host.list(folder).unwrap_or_default() {
        let Ok(bytes) = host.read(&path).map(Secret::new) else { continue };
        if blank(&bytes) || Some(&bytes) == given {
            continue;
        }
        let swap = path.extension().is_some_and(|end| end.to_string_lossy().starts_with("sw"));
        let path = if swap { unsaved::write(host, &bytes, "toml.swp")? } else { unsaved::save(host, &bytes)? };
        if !saved.contains(&path) {
            saved.push(path);
        }
    }
    removed(host, folder)?;
    Ok(saved)
}

fn removed(host: &dyn Host, folder: &Path) -> Result<()> {
    host.remove(folder).map_err(|e| {
        Problem::new(format!("{} could not be removed: {e}.", folder.display()), "Remove it: there are tokens in it.")
    })
}

fn blank(text: &Secret) -> bool {
    text.expose().trim_ascii().is_empty()
}

/// Says where it is what the editor wrote, and what stayed behind.
fn told(problem: Problem, saved: &[PathBuf], left: Option<Problem>) -> Problem {
    let mut advice = vec![];
    if problem.kind != Kind::Interrupted && !problem.advice.is_empty() {
        advice.push(problem.advice.clone());
    }
    let (texts, others): (Vec<_>, Vec<_>) =
        saved.iter().map(|path| path.display().to_string()).partition(|path| path.ends_with(".toml"));
    if !texts.is_empty() {
        advice.push(format!("What was written is in {}: `pipglr edit` opens it.", texts.join(" and ")));
    }
    if !others.is_empty() {
        let others = others.join(" and ");
        advice.push(format!(
            "What is no such text is in {others}: `pipglr config apply FILE` takes it once it is fixed."
        ));
    }
    advice.push(if saved.is_empty() {
        "Nothing was changed, and the text from before is where it was.".into()
    } else {
        "Nothing else was changed.".into()
    });
    advice.extend(left.map(|left| format!("{} {}", left.what, left.advice)));
    Problem { advice: advice.join(" "), ..problem }
}
