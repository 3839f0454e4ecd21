//! How fast what the volumes hold grows: what was measured before is kept in the state folder, a line of numbers for each
//! look, since no file system says it. Between two looks it is what came less what went.

use super::Held;
use crate::host::{Host, state_folder};
use crate::plan::Action;
use crate::secret::Secret;
use crate::text::size::human;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Growth is told of about this time: a day has all that jobs do in one.
const SPAN: SignedDuration = SignedDuration::from_hours(24);
/// Looks that follow each other sooner are one.
const APART: SignedDuration = SignedDuration::from_mins(30);
/// No rate is told of less.
const RATE: SignedDuration = SignedDuration::from_hours(1);
/// So many looks are kept.
const KEPT: usize = 100;

/// What was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Measured {
    /// Seconds since 1970.
    at: i64,
    images: u64,
    caches: u64,
    containers: u64,
    cache: Option<u64>,
    state: Option<u64>,
}

/// How much more, or less, there is of each than at an earlier look, in bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Growth {
    /// When that was, RFC 3339: the last look that is a day or more ago, else the first.
    pub since: String,
    /// How long that is ago, in seconds.
    pub seconds: i64,
    /// Images.
    pub images_bytes: i64,
    /// The volumes of jobs.
    pub caches_bytes: i64,
    /// What containers have written.
    pub containers_bytes: i64,
    /// The volume of caches of all projects; `null` where one of both sizes is not known.
    pub cache_bytes: Option<i64>,
    /// What gitlab-runner works with.
    pub state_bytes: Option<i64>,
}

impl Measured {
    fn of(held: &Held, now: Timestamp) -> Self {
        Self {
            at: now.as_second(),
            images: held.images_bytes,
            caches: held.caches_bytes,
            containers: held.containers_bytes,
            cache: held.cache_bytes,
            state: held.state_bytes,
        }
    }

    fn age(&self, now: Timestamp) -> SignedDuration {
        SignedDuration::from_secs(now.as_second() - self.at)
    }
}

/// Returns the file of a container's looks.
fn path(host: &dyn Host) -> PathBuf {
    state_folder::work(host).join("volumes.json")
}

/// The looks before, the oldest first. A file that is none counts as none; of a clock that was set back nothing counts.
fn read(host: &dyn Host) -> Vec<Measured> {
    let now = host.now();
    let text = host.read(&path(host)).unwrap_or_default();
    let mut looks: Vec<Measured> = serde_json::from_slice(&text).unwrap_or_default();
    looks.retain(|look| !look.age(now).is_negative());
    looks.sort_by_key(|look| look.at);
    looks
}

/// Returns how much more there is than at an earlier look; `None` at the first.
pub fn since(host: &dyn Host, held: &Held) -> Option<Growth> {
    compared(&read(host), held, host.now())
}

fn compared(looks: &[Measured], held: &Held, now: Timestamp) -> Option<Growth> {
    let before = looks.iter().rev().find(|look| look.age(now) >= SPAN).or(looks.first())?;
    let more = |now: u64, before: u64| i64::try_from(i128::from(now) - i128::from(before)).unwrap_or(i64::MAX);
    let known = |now: Option<u64>, before: Option<u64>| Some(more(now?, before?));
    let at = Timestamp::from_second(before.at).unwrap_or_default();
    Some(Growth {
        since: at.to_string(),
        seconds: before.age(now).as_secs(),
        images_bytes: more(held.images_bytes, before.images),
        caches_bytes: more(held.caches_bytes, before.caches),
        containers_bytes: more(held.containers_bytes, before.containers),
        cache_bytes: known(held.cache_bytes, before.cache),
        state_bytes: known(held.state_bytes, before.state),
    })
}

/// Plans that a look is kept for later ones; nothing where there is one of just now.
pub fn keep(host: &dyn Host, held: &Held) -> Option<Action> {
    let (now, mut looks) = (host.now(), read(host));
    if looks.last().is_some_and(|last| last.age(now) < APART) {
        return None;
    }
    looks.push(Measured::of(held, now));
    looks.drain(..looks.len().saturating_sub(KEPT));
    Some(save(host, &looks))
}

/// Plans that growth is counted from here on: a user has removed something.
pub fn begin(host: &dyn Host, held: &Held) -> Action {
    save(host, &[Measured::of(held, host.now())])
}

/// Plans that it is counted from the next look on.
pub fn forget(host: &dyn Host) -> Action {
    Action::Remove(path(host))
}

fn save(host: &dyn Host, looks: &[Measured]) -> Action {
    Action::Save { path: path(host), text: Secret::new(serde_json::json!(looks).to_string()) }
}

impl Growth {
    /// Returns all of it together, as far as it is known.
    fn sum(&self) -> i64 {
        let all = [self.images_bytes, self.caches_bytes, self.containers_bytes];
        all.into_iter().chain(self.cache_bytes).chain(self.state_bytes).fold(0, i64::saturating_add)
    }

    /// Returns how much came in a day at that rate; `None` where it is too soon to say.
    fn a_day(&self) -> Option<i64> {
        if self.seconds < RATE.as_secs() {
            return None;
        }
        i64::try_from(i128::from(self.sum()) * i128::from(SPAN.as_secs()) / i128::from(self.seconds)).ok()
    }

    /// Whether anything is known to be of another size than before.
    fn grew(&self) -> bool {
        let all = [Some(self.images_bytes), Some(self.caches_bytes), Some(self.containers_bytes)];
        all.into_iter().chain([self.cache_bytes, self.state_bytes]).flatten().any(|more| more != 0)
    }

    /// Says it, but for the time; `free` is the room on the disk.
    pub fn words(&self, free: Option<u64>) -> String {
        let part = |what: &str, more: i64| format!("{what} {}", signed(more));
        let known = |what: &str, more: Option<i64>| more.map_or(format!("{what} unknown"), |more| part(what, more));
        let parts = [
            part("images", self.images_bytes),
            part("volumes of jobs", self.caches_bytes),
            part("containers", self.containers_bytes),
            known("the shared cache", self.cache_bytes),
            known("state", self.state_bytes),
        ];
        if !self.grew() {
            return "nothing has grown".into();
        }
        let rate = match self.a_day() {
            None => "too soon to tell how much that is a day".into(),
            Some(rate) => {
                let days = free.zip(u64::try_from(rate).ok().filter(|rate| *rate > 0)).map(|(free, rate)| free / rate);
                let lasts =
                    days.filter(|days| *days < 365).map(|days| format!(", which fills the disk in {days} days"));
                format!("{} a day{}", signed(rate), lasts.unwrap_or_default())
            }
        };
        format!("{}; {rate}", parts.join(", "))
    }
}

/// A difference for people.
fn signed(more: i64) -> String {
    let sign = if more < 0 { "-" } else { "+" };
    format!("{sign}{}", human(more.unsigned_abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3600;

    fn held(images: u64, caches: u64, cache: Option<u64>) -> Held {
        Held { images_bytes: images, caches_bytes: caches, cache_bytes: cache, ..Held::default() }
    }

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_second(hours * HOUR).unwrap()
    }

    #[test]
    fn growth_is_told_of_each_kind_since_a_day_ago_or_the_first_look() {
        let looks = [(0, 10), (10, 500), (30, 900)]
            .map(|(hours, images)| Measured::of(&held(images, 7_000_000_000, None), at(hours)));
        let now = held(2_000_000_900, 5_000_000_000, Some(3));
        let growth = compared(&looks, &now, at(40)).unwrap();
        assert_eq!((growth.since.as_str(), growth.seconds), ("1970-01-01T10:00:00Z", 30 * HOUR));
        assert_eq!((growth.images_bytes, growth.caches_bytes), (2_000_000_400, -2_000_000_000));
        assert_eq!((growth.cache_bytes, growth.state_bytes), (None, None), "what is not known is not guessed");
        assert_eq!(compared(&looks[2..], &now, at(40)).unwrap().seconds, 10 * HOUR, "no look is a day old");
        assert_eq!(compared(&[], &now, at(40)), None);
    }

    #[test]
    fn how_long_the_room_lasts_is_said_where_it_grows_and_long_enough_was_looked() {
        let growth = |hours, images| {
            compared(&[Measured::of(&held(0, 0, Some(0)), at(0))], &held(images, 0, Some(0)), at(hours)).unwrap()
        };
        let words = growth(48, 4_000_000_000).words(Some(10_000_000_000));
        assert_eq!(
            words,
            "images +4.0 GB, volumes of jobs +0 B, containers +0 B, the shared cache +0 B, state unknown; +2.0 GB a day, \
             which fills the disk in 5 days"
        );
        assert_eq!(growth(48, 0).words(Some(1)), "nothing has grown");
        assert!(growth(0, 5).words(Some(1)).ends_with("; too soon to tell how much that is a day"));
    }
}
