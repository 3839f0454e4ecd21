//! What is dear to learn is remembered from one look to the next: GitLab's answer, whether jobs get a network,
//! and how large the volumes are.

use crate::host::podman::{self, Volume};
use crate::host::{Finished, Host};
use crate::ladder::{self, Dear};
use crate::problem::Result;
use jiff::{SignedDuration, Timestamp};

/// So long counts that GitLab accepts the runners.
const ACCEPTED: SignedDuration = SignedDuration::from_mins(10);
/// And so long that it does not, or where the log says since that something is wrong with it.
const DOUBTED: SignedDuration = SignedDuration::from_mins(1);
/// So long counts how large the volumes are: `du` reads all of them.
const SIZES: SignedDuration = SignedDuration::from_hours(1);

/// What a user or the log says that a look is to ask again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ask {
    /// What is old.
    #[default]
    Old,
    /// GitLab, too: something is said to be wrong there.
    Gitlab,
    /// All.
    All,
}

/// What was learnt, and of what.
#[derive(Debug)]
struct Known<T> {
    of: String,
    at: Timestamp,
    what: T,
}

impl<T> Known<T> {
    /// Whether it still counts. A clock that was set back makes it old.
    fn counts(&self, of: &str, now: Timestamp, most: SignedDuration) -> bool {
        let age = now.duration_since(self.at);
        self.of == of && !age.is_negative() && age < most
    }
}

/// All that is remembered; empty, all is asked.
#[derive(Debug, Default)]
pub struct Memory {
    gitlab: Option<Known<Finished>>,
    network: Option<Known<Finished>>,
    sizes: Option<Known<Vec<Option<u64>>>>,
    doubted: bool,
}

impl Memory {
    /// Takes what is to be asked again.
    pub fn ask(&mut self, what: Ask) {
        match what {
            Ask::Old => {}
            Ask::Gitlab => self.doubted = true,
            Ask::All => *self = Self::default(),
        }
    }

    /// Whether nothing is remembered.
    pub(super) fn is_empty(&self) -> bool {
        self.gitlab.is_none() && self.network.is_none() && self.sizes.is_none()
    }

    /// Returns what still counts of what was learnt of `of`: a container as it was started, with its configuration.
    pub(super) fn known(&self, now: Timestamp, of: &str) -> Dear {
        let what = |known: &Option<Known<Finished>>, good: fn(&Finished) -> bool, doubted: bool| {
            let most = |known: &Known<Finished>| if doubted || !good(&known.what) { DOUBTED } else { ACCEPTED };
            known.as_ref().filter(|known| known.counts(of, now, most(known))).map(|known| known.what.clone())
        };
        Dear {
            verified: what(&self.gitlab, ladder::accepts, self.doubted),
            network: what(&self.network, ladder::makes_networks, false),
        }
    }

    /// Takes what was learnt now, unless that was known.
    pub(super) fn learn(&mut self, now: Timestamp, of: &str, learnt: &Dear) {
        let Dear { verified, network } = self.known(now, of);
        let new = |what: &Option<Finished>| what.clone().map(|what| Known { of: of.to_owned(), at: now, what });
        if verified.is_none() && learnt.verified.is_some() {
            self.doubted = false;
            self.gitlab = new(&learnt.verified);
        }
        if network.is_none() && learnt.network.is_some() {
            self.network = new(&learnt.network);
        }
    }

    /// Returns when it was asked.
    pub(super) fn gitlab_at(&self) -> Option<Timestamp> {
        self.gitlab.as_ref().map(|known| known.at)
    }

    /// Returns the size of each of these volumes, and when they were measured.
    pub(super) fn sizes(
        &mut self,
        host: &dyn Host,
        volumes: &[Option<Volume>],
    ) -> Result<(Vec<Option<u64>>, Timestamp)> {
        let now = host.now();
        let of: Vec<&str> =
            volumes.iter().map(|volume| volume.as_ref().map_or("", |volume| &*volume.mountpoint)).collect();
        let of = of.join("\n");
        if let Some(known) = self.sizes.as_ref().filter(|known| known.counts(&of, now, SIZES)) {
            return Ok((known.what.clone(), known.at));
        }
        let what = podman::volume_sizes(host, volumes)?;
        self.sizes = Some(Known { of, at: now, what: what.clone() });
        Ok((what, now))
    }
}
