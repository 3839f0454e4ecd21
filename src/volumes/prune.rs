//! What may go: what no job uses, the least recently used first.

use super::{Cache, Held, Image};
use crate::host::podman;
use crate::names::PODMAN_SOCKET;
use crate::plan::{Action, Plan};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// What was used within this is taken for a job's that is just about to begin: between the pull and the container it is
/// nobody's.
pub const GRACE: SignedDuration = SignedDuration::from_mins(10);
/// Without a size to keep, what was not used for so long goes.
pub const IDLE: SignedDuration = SignedDuration::from_hours(24);
/// So many names stand in one command.
const NAMES: usize = 50;

/// What was chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    /// Images, in the order in which they go.
    pub images: Vec<Image>,
    /// Volumes of jobs, in the order in which they go.
    pub caches: Vec<Cache>,
    /// The bytes on disk that this frees: layers that others stand on stay.
    pub bytes: u64,
}

enum One<'a> {
    Image(&'a Image),
    Cache(&'a Cache),
}

impl One<'_> {
    fn last_used(&self) -> Option<Timestamp> {
        match self {
            Self::Image(image) => image.last_used,
            Self::Cache(cache) => cache.last_used,
        }
    }

    fn in_use(&self) -> bool {
        match self {
            Self::Image(image) => image.in_use,
            Self::Cache(cache) => cache.in_use,
        }
    }
}

/// Chooses what goes: until images and volumes take `keep` bytes at most, else all that was not used for a day.
pub fn choose(held: &Held, keep: Option<u64>, now: Timestamp) -> Chosen {
    let idle = if keep.is_some() { GRACE } else { IDLE };
    let images = held.images.iter().map(One::Image);
    let mut all: Vec<One> = images.chain(held.caches.iter().map(One::Cache)).collect();
    all.retain(|one| !one.in_use() && one.last_used().is_none_or(|at| now.duration_since(at) >= idle));
    all.sort_by_key(One::last_used);
    let more = keep.map(|keep| (held.images_bytes + held.caches_bytes).saturating_sub(keep));
    let mut chosen = Chosen::default();
    for one in all {
        if more.is_some_and(|more| chosen.bytes >= more) {
            break;
        }
        match one {
            One::Image(image) => chosen.images.push(image.clone()),
            One::Cache(cache) => chosen.caches.push(cache.clone()),
        }
        chosen.bytes = freed(held, &chosen);
    }
    chosen
}

/// The bytes of the volumes, and of the layers that nothing stands on any more.
fn freed(held: &Held, chosen: &Chosen) -> u64 {
    let gone: BTreeSet<&str> = chosen.images.iter().map(|image| &*image.id).collect();
    let left = held.images.iter().filter(|image| !gone.contains(&*image.id)).flat_map(|image| &image.tops);
    let left = held.below(left.chain(&held.stood_on));
    let of_gone = held.below(chosen.images.iter().flat_map(|image| &image.tops));
    held.bytes(&of_gone.difference(&left).copied().collect())
        + chosen.caches.iter().map(|cache| cache.bytes).sum::<u64>()
}

impl Chosen {
    /// Returns the commands in the container. podman itself refuses what a job has begun to use meanwhile.
    pub fn plan(&self, container: &str) -> Plan {
        let remove = |what: &str, names: &[&str]| {
            let words = [&["podman", "--url", PODMAN_SOCKET, what, "rm"], names].concat();
            Action::Run(podman::exec(container, Some("runner"), &words).timeout(None))
        };
        // One by its ID would stay where it has several names.
        let images: Vec<&str> = self
            .images
            .iter()
            .flat_map(|image| if image.names.is_empty() { std::slice::from_ref(&image.id) } else { &image.names })
            .map(String::as_str)
            .collect();
        let caches: Vec<&str> = self.caches.iter().map(|cache| &*cache.name).collect();
        let images = images.chunks(NAMES).map(|names| remove("image", names));
        images.chain(caches.chunks(NAMES).map(|names| remove("volume", names))).collect::<Vec<_>>().into()
    }
}

#[cfg(test)]
mod tests {
    use super::super::held::tests::SAID;
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn names(chosen: &Chosen) -> Vec<&str> {
        chosen.images.iter().map(|image| &*image.id).chain(chosen.caches.iter().map(|cache| &*cache.name)).collect()
    }

    #[test]
    fn the_least_recently_used_go_first_and_nothing_in_use() {
        let held = Held::read(SAID.lines());
        let late = at(1_000_000);
        // All: 240 of images and 16 of volumes.
        assert_eq!(choose(&held, Some(256), late), Chosen::default());
        let chosen = choose(&held, Some(255), late);
        assert_eq!((names(&chosen), chosen.bytes), (vec!["cache-a"], 7));
        let chosen = choose(&held, Some(240), late);
        assert_eq!((names(&chosen), chosen.bytes), (vec!["i-old", "cache-a"], 27));
        // The base's layer stays: what is in use stands on it.
        let chosen = choose(&held, Some(0), late);
        assert_eq!((names(&chosen), chosen.bytes), (vec!["i-old", "i-base", "cache-a"], 27));
        assert_eq!(choose(&held, None, late), chosen);
    }

    #[test]
    fn what_was_used_just_now_stays() {
        let held = Held::read(SAID.lines());
        assert_eq!(names(&choose(&held, Some(0), at(1000))), ["cache-a"]);
        assert_eq!(names(&choose(&held, None, at(1000))), Vec::<&str>::new());
    }

    #[test]
    fn an_image_of_several_names_goes_by_all_of_them() {
        let image = |names: &[&str]| Image {
            id: "0123".into(),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            bytes: 0,
            came_at: None,
            last_used: None,
            in_use: false,
            tops: vec![],
        };
        let chosen = Chosen { images: vec![image(&["a:1", "b:1"]), image(&[])], ..Chosen::default() };
        let shell: Vec<_> = chosen.plan("pipglr").actions.iter().flat_map(Action::shell).collect();
        assert_eq!(
            shell,
            ["podman exec --user runner pipglr podman --url unix:///home/runner/podman.sock image rm a:1 b:1 0123"]
        );
    }
}
