//! podman's events of one container, and the files that a change from elsewhere writes.

use super::{Ear, matters};
use crate::host::podman::{self, Container};
use crate::host::wake::{self, Folder};
use crate::host::{Bell, Cmd, Go, Host};
use crate::status::Ask;
use crate::{secret_store, state};
use jiff::Timestamp;
use std::time::{Duration, Instant};

/// So often is looked for what the events would have told, where podman keeps none (`events_logger = "none"`) or their
/// stream ended.
const AGAIN: Duration = Duration::from_secs(60);

/// Tells what happens to the container, until the ear wants no more.
pub(crate) fn listen(host: &dyn Host, name: &str, ear: &dyn Ear) {
    let mut since = host.now();
    let folders = folders(host);
    let mut before = None;
    while !ear.stopped() {
        let begun = Instant::now();
        let from = std::mem::replace(&mut since, host.now());
        stream(host, &events(name, from), &folders, ear);
        if ear.stopped() {
            return;
        }
        let now = podman::container(host, name).ok().flatten().map(|container| stands(&container));
        if before.as_ref().is_some_and(|before| *before != now) {
            ear.news(Ask::Old);
        }
        before = Some(now);
        wait(host, &folders, AGAIN.saturating_sub(begun.elapsed()), ear);
    }
}

/// The events from this second on. Only their words: the JSON of 4.3 is another than that of later ones.
fn events(name: &str, since: Timestamp) -> Cmd {
    let (filter, since) = (format!("container={name}"), since.as_second().to_string());
    Cmd::podman(["events", "--filter", &filter, "--since", &since, "--format", "{{.Status}}"]).timeout(None)
}

/// Hands the events on until their stream ends.
fn stream(host: &dyn Host, cmd: &Cmd, folders: &[Folder], ear: &dyn Ear) {
    let wanted = ear.bells();
    let may_sleep = !wanted.is_empty();
    let bells: Vec<Bell> =
        wanted.into_iter().chain(folders.iter().filter_map(|folder| folder.bell().again())).collect();
    let mut text = Vec::new();
    // How it ended is of no interest: it is begun again.
    let _ = host.stream(cmd, &bells, &mut |chunk| {
        text.extend_from_slice(chunk.unwrap_or_default());
        let whole = memchr::memrchr(b'\n', &text).map_or(0, |at| at + 1);
        let happened = text.drain(..whole).collect::<Vec<u8>>();
        let happened = String::from_utf8_lossy(&happened).lines().any(|line| matters(line.trim()));
        if rang(folders) || happened {
            ear.news(Ask::Old);
        }
        match ear.stopped() {
            true => Go::Stop,
            false if may_sleep => Go::Sleep,
            false => Go::On,
        }
    });
}

/// Waits this long, and goes on listening to the files.
fn wait(host: &dyn Host, folders: &[Folder], time: Duration, ear: &dyn Ear) {
    let until = Instant::now() + time;
    let wanted = ear.bells();
    while Instant::now() < until && !ear.stopped() {
        let left = until.saturating_duration_since(Instant::now());
        if wanted.is_empty() {
            host.pause(left.min(Duration::from_millis(100)));
        } else {
            wake::wait(wanted.iter().chain(folders.iter().map(Folder::bell)), Some(left));
        }
        if rang(folders) {
            ear.news(Ask::Old);
        }
    }
}

/// Whether one of them rang; all are silent then.
fn rang(folders: &[Folder]) -> bool {
    folders.iter().filter(|folder| folder.rang()).count() > 0
}

/// podman's secrets, and a text that waits to be applied; those that are there.
fn folders(host: &dyn Host) -> Vec<Folder> {
    let store = secret_store::inspect(host).ok().and_then(|store| store.data.parent().map(ToOwned::to_owned));
    let work = state::work_file(host).parent().map(ToOwned::to_owned);
    store.into_iter().chain(work).filter_map(|folder| Folder::watch(&folder)).collect()
}

/// What an event would have told.
fn stands(container: &Container) -> (String, String, String) {
    (container.id.clone(), container.state.clone(), container.started_at.clone())
}
