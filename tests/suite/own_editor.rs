//! An editor of the user's own, which is a shell script here: however it ends, no text is lost, and no secret left.

use crate::support::{Pretend, johndoe, pretend_host};
use pipglr::change::{external_editor, unsaved};
use pipglr::host::{Cmd, Meta, User};
use pipglr::problem::{Problem, Result};
use pipglr::secret::Secret;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A disk, and a terminal that nobody sits at.
struct Disk {
    user: User,
    folder: TempDir,
}

impl Disk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        std::fs::create_dir_all(state.join("work")).unwrap();
        std::fs::create_dir(folder.path().join("run")).unwrap();
        Self { user: User { state, ..johndoe() }, folder }
    }

    fn place(&self) -> PathBuf {
        self.folder.path().join("run")
    }

    /// Runs a script on `$1`, the file.
    fn edit(&self, script: &str, text: &str) -> Result<external_editor::Edited> {
        let editor = ["sh", "-c", script, "editor"].map(str::to_owned);
        external_editor::run(self, &self.place(), &editor, &Secret::new(text))
    }

    /// The texts in `work/` that nobody saved.
    fn saved(&self) -> Vec<String> {
        unsaved::texts(self).iter().map(|unsaved| unsaved.text.expose_str().to_owned()).collect()
    }

    #[track_caller]
    fn assert_nothing_left(&self) {
        let left: Vec<_> = std::fs::read_dir(self.place()).unwrap().collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

impl Pretend for Disk {
    fn user(&self) -> &User {
        &self.user
    }
    fn run_on_terminal(&self, cmd: &Cmd) -> Result<i32> {
        let status = Command::new(&cmd.program).args(&cmd.args).status();
        let status = status.map_err(|e| Problem::new(format!("{}: {e}", cmd.program), "Install it."))?;
        Ok(status.code().or(status.signal()).unwrap())
    }
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        std::fs::read(path)
    }
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        std::fs::create_dir_all(path.parent().unwrap())?;
        std::fs::write(path, bytes)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) }
    }
    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
    }
    fn meta(&self, path: &Path) -> io::Result<Meta> {
        path.metadata().map(|_| Meta { mode: 0, uid: 0 })
    }
}
pretend_host!(Disk);

#[test]
fn what_an_editor_saves_is_the_text_and_its_folder_is_gone() {
    let disk = Disk::new();
    let edited = disk.edit("echo new >$1; cp $1 $1~", "old").unwrap();
    assert_eq!((edited.text, edited.left), (Secret::new("new\n"), None));
    disk.assert_nothing_left();
    assert_eq!(disk.saved(), [""; 0]);
}

#[test]
fn an_editor_that_leaves_no_text_changes_nothing_and_leaves_nothing() {
    for (script, says) in [
        (": >$1", "has left an empty file"),
        ("echo >$1", "has left an empty file"),
        ("rm $1", "has left no file"),
        ("rm -r ${1%/*}", "has left no file"),
        ("exit 3", "ended with exit code 3"),
    ] {
        let disk = Disk::new();
        let problem = disk.edit(script, "old").unwrap_err();
        assert!(problem.what.contains(says) && problem.advice.contains("Nothing was changed"), "{script}: {problem}");
        disk.assert_nothing_left();
        assert_eq!(disk.saved(), [""; 0], "{script}");
    }
}

#[test]
fn what_an_editor_writes_before_it_fails_is_saved_and_named() {
    let disk = Disk::new();
    for (script, expected) in [("echo new >$1; exit 1", "new\n"), ("echo newer >$1.save; exit 1", "newer\n")] {
        let problem = disk.edit(script, "old").unwrap_err();
        disk.assert_nothing_left();
        let unsaved = unsaved::texts(&disk).pop().unwrap();
        assert_eq!(unsaved.text, Secret::new(expected), "{script}");
        assert!(problem.advice.contains(unsaved.path.to_str().unwrap()), "{problem}");
    }
    assert_eq!(disk.saved().len(), 2);
}

#[test]
fn what_is_no_text_is_saved_as_it_is_and_not_offered_as_one() {
    let disk = Disk::new();
    let problem = disk.edit("printf 'a\\377b' >$1", "old").unwrap_err();
    disk.assert_nothing_left();
    assert_eq!(disk.saved(), [""; 0]);
    let files: Vec<_> = std::fs::read_dir(disk.user.state.join("work")).unwrap().map(|e| e.unwrap().path()).collect();
    let [file] = files.as_slice() else { panic!("{files:?}") };
    assert_eq!(std::fs::read(file).unwrap(), b"a\xffb");
    assert!(problem.what.contains("no text") && problem.advice.contains(file.to_str().unwrap()), "{problem}");
    assert!(!problem.advice.contains("pipglr edit"), "it does not open what is no text: {problem}");
}

#[test]
fn an_editor_that_is_not_there_leaves_nothing() {
    let disk = Disk::new();
    let problem = external_editor::run(&disk, &disk.place(), &["nosuch".into()], &Secret::new("old")).unwrap_err();
    assert!(problem.what.contains("nosuch") && problem.advice.contains("Nothing was changed"), "{problem}");
    disk.assert_nothing_left();
    assert_eq!(disk.saved(), [""; 0]);
}

#[test]
fn what_a_run_that_was_killed_has_lent_is_found_and_that_of_one_that_runs_left_alone() {
    let disk = Disk::new();
    let (gone, running) = ("pipglr-edit-4194304", format!("pipglr-edit-{}", std::process::id()));
    for (folder, text) in [(gone, "cut off"), (&*running, "being typed")] {
        disk.write(&disk.place().join(folder).join("config.toml"), text.as_bytes()).unwrap();
    }
    external_editor::collect_left(&disk, &disk.place()).unwrap();
    assert_eq!(disk.saved(), ["cut off"]);
    assert!(!disk.place().join(gone).exists() && disk.place().join(running).exists());
}
