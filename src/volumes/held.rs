//! What the jobs' disk holds, read from what the look said.

use super::growth::Growth;
use crate::container::copies::FOLDER as STATE;
use crate::host::Disk;
use crate::text::sanitize::sanitize;
use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// An image of the nested podman.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Image {
    /// Its ID.
    pub id: String,
    /// Its names, sanitised; none where another image took them over.
    pub names: Vec<String>,
    /// Bytes on disk of all its layers, also those that it shares.
    pub bytes: u64,
    /// When it came.
    #[serde(serialize_with = "rfc3339")]
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub came_at: Option<Timestamp>,
    /// When it came or a container was last made of it, whichever was later; podman remembers containers since its start.
    #[serde(serialize_with = "rfc3339")]
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub last_used: Option<Timestamp>,
    /// A container is made of it.
    pub in_use: bool,
    /// Its topmost layers: its own, and the copies of it for user namespaces.
    #[serde(skip)]
    pub(super) tops: Vec<String>,
}

/// A volume of the nested podman: a job's cache, or what it builds in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Cache {
    /// Its name, sanitised.
    pub name: String,
    /// Bytes on disk.
    pub bytes: u64,
    /// When something was last written in its uppermost folders.
    #[serde(serialize_with = "rfc3339")]
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub last_used: Option<Timestamp>,
    /// A container has it.
    pub in_use: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Layer {
    pub parent: Option<String>,
    pub bytes: u64,
}

/// The room on the disk that the storage lies on; there may be other things on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Room {
    /// Bytes there are.
    pub bytes: u64,
    /// Bytes free.
    pub free: u64,
    /// Inodes there are: each file takes one; 0 where the file system does not count them.
    pub inodes: u64,
    /// Inodes free.
    pub inodes_free: u64,
    /// There is too little of either, as `status` has it.
    pub short: bool,
}

impl Room {
    fn read(words: &str) -> Option<Self> {
        let mut words = words.split_whitespace();
        let [used, free]: [Option<u64>; 2] = std::array::from_fn(|_| words.next()?.parse().ok());
        // Where they are not counted there is a dash.
        let [inodes, inodes_free] = std::array::from_fn(|_| words.next().map(|word| word.parse().unwrap_or(0)));
        let (free, inodes, inodes_free) = (free?, inodes?, inodes_free?);
        let disk = Disk { bytes: used?.saturating_add(free), free, inodes, inodes_free, in_memory: false };
        Some(Self { bytes: disk.bytes, free, inodes, inodes_free, short: disk.is_short() })
    }

    /// In words.
    pub fn words(&self) -> String {
        let Self { bytes, free, inodes, inodes_free, .. } = *self;
        let words = Disk { bytes, free, inodes, inodes_free, in_memory: false }.words();
        if inodes == 0 || words.contains("inodes") {
            words
        } else {
            format!("{words}, {inodes_free} of {inodes} inodes free")
        }
    }
}

/// All that the disk holds. Sizes are bytes on disk; `null` is one that is not known, or of a volume that is not there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Held {
    /// The nested podman's whole storage.
    pub storage_bytes: Option<u64>,
    /// The volume of caches of all projects, and the socket for jobs.
    pub cache_bytes: Option<u64>,
    /// What gitlab-runner works with, renewed tokens and the system ID: nothing removes it but a teardown.
    pub state_bytes: Option<u64>,
    /// What images take together; a layer that two share counts once.
    pub images_bytes: u64,
    /// What containers have written.
    pub containers_bytes: u64,
    /// What the volumes of jobs take together.
    pub caches_bytes: u64,
    /// Images that came within the last day, bytes; the ones they share with older images left out.
    pub came_last_day_bytes: u64,
    /// How many layers have a size that is not known; in all sums they count nothing.
    pub unknown_layers: usize,
    /// How much more there is than at an earlier look; `null` at the first.
    pub growth: Option<Growth>,
    /// The room on the disk; `null` where it was not told.
    pub room: Option<Room>,
    /// The images.
    pub images: Vec<Image>,
    /// The volumes of jobs.
    pub caches: Vec<Cache>,
    #[serde(skip)]
    pub(super) layers: BTreeMap<String, Layer>,
    /// The layers that containers stand on.
    #[serde(skip)]
    pub(super) stood_on: Vec<String>,
}

#[expect(clippy::ref_option, reason = "as serde calls it")]
fn rfc3339<S: Serializer>(at: &Option<Timestamp>, to: S) -> Result<S::Ok, S::Error> {
    at.map(|at| at.to_string()).serialize(to)
}

fn seconds(text: &str) -> Option<Timestamp> {
    Timestamp::from_second(text.parse().ok()?).ok()
}

fn items(json: &str) -> Vec<Value> {
    serde_json::from_str::<Vec<Value>>(json).unwrap_or_default()
}

fn words(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(|word| word.as_str().map(str::to_owned)).collect()
}

/// The last part of a path, which may end with a slash.
fn base(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

/// What came, before one thing is brought together with another.
#[derive(Default)]
struct Said {
    images: Vec<Value>,
    layers: Vec<Value>,
    containers: Vec<Value>,
    busy: BTreeSet<String>,
    came: BTreeMap<String, Timestamp>,
    written: BTreeMap<String, Timestamp>,
    /// When a container was last made of an image, by what the container calls it.
    made: BTreeMap<String, Timestamp>,
    sizes: BTreeMap<String, u64>,
    room: Option<Room>,
}

impl Said {
    fn line(&mut self, line: &str) {
        let Some((what, rest)) = line.split_once(' ') else { return };
        match what {
            "images" => self.images.extend(items(rest)),
            "layers" => self.layers.extend(items(rest)),
            "containers" => self.containers.extend(items(rest)),
            "busy" => {
                self.busy.extend(items(rest).iter().filter_map(|volume| volume["Name"].as_str().map(str::to_owned)))
            }
            "came" | "used" => {
                let Some((at, path)) = rest.split_once(' ') else { return };
                let times = if what == "came" { &mut self.came } else { &mut self.written };
                times.extend(seconds(at).map(|at| (base(path).to_owned(), at)));
            }
            "event" => {
                let event: Value = serde_json::from_str(rest).unwrap_or_default();
                if let (Some(image), Some(at)) = (event["Image"].as_str(), event["Time"].as_str())
                    && let Ok(at) = at.parse::<Timestamp>()
                {
                    let made = self.made.entry(image.to_owned()).or_insert(at);
                    *made = at.max(*made);
                }
            }
            "room" => self.room = Room::read(rest),
            "size" => {
                let Some((bytes, path)) = rest.split_once('\t') else { return };
                self.sizes.extend(bytes.parse().ok().map(|bytes| (path.to_owned(), bytes)));
            }
            _ => {}
        }
    }

    fn layer(&self, id: &str) -> Option<u64> {
        let size = |folder: &str| self.sizes.get(&format!("./{folder}/{id}"));
        size("overlay").or_else(|| size("vfs/dir")).copied()
    }
}

impl Held {
    /// Reads the look's lines. What is not understood is left out.
    pub fn read<'a>(lines: impl Iterator<Item = &'a str>) -> Self {
        let mut said = Said::default();
        lines.for_each(|line| said.line(line));
        let mut held = Self::default();
        for layer in &said.layers {
            if let Some(id) = layer["id"].as_str() {
                let parent = layer["parent"].as_str().filter(|parent| !parent.is_empty()).map(str::to_owned);
                let bytes = said.layer(id);
                held.unknown_layers += usize::from(bytes.is_none());
                held.layers.insert(id.to_owned(), Layer { parent, bytes: bytes.unwrap_or(0) });
            }
        }
        held.stood_on = said.containers.iter().filter_map(|one| one["layer"].as_str().map(str::to_owned)).collect();
        let used: BTreeSet<&str> = said.containers.iter().filter_map(|one| one["image"].as_str()).collect();
        for image in &said.images {
            let Some(id) = image["id"].as_str() else { continue };
            let (names, came_at) = (words(&image["names"]), said.came.get(id).copied());
            let made =
                names.iter().map(String::as_str).chain([id]).filter_map(|name| said.made.get(name).copied()).max();
            let tops: Vec<String> =
                image["layer"].as_str().map(str::to_owned).into_iter().chain(words(&image["mapped-layers"])).collect();
            held.images.push(Image {
                id: sanitize(id),
                names: names.iter().map(|name| sanitize(name)).collect(),
                bytes: held.bytes(&held.below(tops.iter())),
                came_at,
                last_used: came_at.max(made),
                in_use: used.contains(id),
                tops,
            });
        }
        for (path, bytes) in &said.sizes {
            if let Some(name) = path.strip_prefix("./volumes/") {
                let (last_used, in_use) = (said.written.get(name).copied(), said.busy.contains(name));
                held.caches.push(Cache { name: sanitize(name), bytes: *bytes, last_used, in_use });
            }
        }
        let of_images = held.below(held.images.iter().flat_map(|image| &image.tops));
        let others = held.layers.iter().filter(|(id, _)| !of_images.contains(*id)).map(|(_, layer)| layer.bytes);
        (held.images_bytes, held.containers_bytes) = (held.bytes(&of_images), others.sum());
        held.caches_bytes = held.caches.iter().map(|cache| cache.bytes).sum();
        held.storage_bytes = said.sizes.get(".").copied();
        held.cache_bytes = said.sizes.get("/cache").copied();
        held.state_bytes = said.sizes.get(STATE).copied();
        held.room = said.room;
        held
    }

    /// With what came within the last day.
    #[must_use]
    pub fn at(mut self, now: Timestamp) -> Self {
        let new = |image: &&Image| image.came_at.is_some_and(|at| now.duration_since(at).as_hours() < 24);
        let (new, old): (Vec<_>, Vec<_>) = self.images.iter().partition(new);
        let of_old = self.below(old.iter().flat_map(|image| &image.tops));
        let of_new = self.below(new.iter().flat_map(|image| &image.tops));
        self.came_last_day_bytes = self.bytes(&of_new.difference(&of_old).copied().collect());
        self
    }

    /// These layers and all below them.
    pub(super) fn below<'a>(&'a self, tops: impl Iterator<Item = &'a String>) -> BTreeSet<&'a String> {
        let mut found = BTreeSet::new();
        for top in tops {
            let mut next = Some(top);
            while let Some(id) = next.take_if(|id| found.insert(*id)) {
                next = self.layers.get(id).and_then(|layer| layer.parent.as_ref());
            }
        }
        found
    }

    pub(super) fn bytes(&self, layers: &BTreeSet<&String>) -> u64 {
        layers.iter().filter_map(|id| self.layers.get(*id)).map(|layer| layer.bytes).sum()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// As podman 5.4.2's files say it, shortened: a base, two images on it (one in use, with a copy for a user
    /// namespace), a cache and a cache in use.
    pub(crate) const SAID: &str = "images [{\"id\":\"i-base\",\"names\":[\"localhost/base:1\"],\"layer\":\"base\"},\
        {\"id\":\"i-used\",\"names\":[\"localhost/used:1\",\"used\"],\"layer\":\"used\",\"mapped-layers\":[\"copy\"]},\
        {\"id\":\"i-old\",\"layer\":\"old\"}]\n\
        layers [{\"id\":\"base\"},{\"id\":\"used\",\"parent\":\"base\"},{\"id\":\"old\",\"parent\":\"base\"},{\"id\":\"copy\",\"parent\":\"\"}]\n\
        layers [{\"id\":\"written\",\"parent\":\"copy\"}]\n\
        containers [{\"id\":\"c\",\"image\":\"i-used\",\"layer\":\"written\"}]\n\
        came 1000 overlay-images/i-base/\ncame 2000 overlay-images/i-used/\ncame 500 overlay-images/i-old/\n\
        used 300 volumes/cache-a/\nused 3000 volumes/cache-b/\n\
        busy [{\"Name\":\"cache-b\"}]\n\
        event {\"Image\":\"localhost/base:1\",\"Status\":\"create\",\"Time\":\"1970-01-01T01:00:00Z\",\"Type\":\"container\"}\n\
        size 100\t./overlay/base\nsize 10\t./overlay/used\nsize 20\t./overlay/old\nsize 110\t./overlay/copy\n\
        size 5\t./overlay/written\nsize 7\t./volumes/cache-a\nsize 9\t./volumes/cache-b\nsize 300\t.\nsize 4\t/cache\nsize 3\t/var/lib/gitlab-runner\nnonsense\n";

    #[test]
    fn what_the_disk_holds_is_read_and_a_shared_layer_counts_once() {
        let held = Held::read(SAID.lines());
        let of = |id: &str| held.images.iter().find(|image| image.id == id).unwrap();
        assert_eq!((of("i-base").bytes, of("i-used").bytes, of("i-old").bytes), (100, 220, 120));
        assert_eq!((held.images_bytes, held.containers_bytes, held.caches_bytes), (240, 5, 16));
        assert_eq!((held.storage_bytes, held.cache_bytes, held.state_bytes), (Some(300), Some(4), Some(3)));
        assert_eq!((of("i-used").in_use, of("i-old").in_use), (true, false));
        assert_eq!(of("i-base").last_used, Some(Timestamp::from_second(3600).unwrap()), "a container was made of it");
        assert_eq!(held.caches.iter().map(|cache| cache.in_use).collect::<Vec<_>>(), [false, true]);
    }

    #[test]
    fn what_came_within_a_day_leaves_out_what_was_there() {
        let day = 24 * 3600;
        let held = Held::read(SAID.lines()).at(Timestamp::from_second(1500 + day).unwrap());
        assert_eq!(held.came_last_day_bytes, 10 + 110);
    }

    #[test]
    fn what_is_not_known_is_no_zero() {
        let held = Held::read("layers [{\"id\":\"a\"},{\"id\":\"b\"}]\nsize 5\t./overlay/a\n".lines());
        assert_eq!((held.unknown_layers, held.storage_bytes, held.cache_bytes, held.room), (1, None, None, None));
        let full = Held::read("room 90 10 1000 900\n".lines()).room.unwrap();
        assert_eq!(full, Room { bytes: 100, free: 10, inodes: 1000, inodes_free: 900, short: true });
        assert_eq!(full.words(), "10 B free of 100 B (90 % used), 900 of 1000 inodes free");
        assert!(Held::read("room - 90 5 5\n".lines()).room.is_none());
    }

    #[test]
    fn a_circle_of_layers_has_an_end() {
        let held = Held::read("layers [{\"id\":\"a\",\"parent\":\"b\"},{\"id\":\"b\",\"parent\":\"a\"}]".lines());
        assert_eq!(held.below([&"a".to_owned()].into_iter()).len(), 2);
    }
}
