//! What is dear to learn is remembered from one look to the next: GitLab's answer, whether jobs get a network,
//! and how large the volumes are.

use crate::host::podman::{self, Volume};
use crate::host::{Finished, Host};
use crate::ladder;
use crate::problem::Result;
use crate::target::Target;
use jiff::{SignedDuration, Timestamp};

/// So long counts that GitLab accepts the runners.
const ACCEPTED: SignedDuration = SignedDuration::from_mins(10);
/// And so long that it does not, or where the log says since that something is wrong with it.
const DOUBTED: SignedDuration = SignedDuration::from_mins(1);
/// So long counts how large the volumes are: `du` reads all of them.
const SIZES: SignedDuration = SignedDuration::from_hours(1);

/// What a person or the log says that a look is to ask again.
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

    /// Returns GitLab's word on the runners of `of`: a container as it was started, with its configuration.
    pub(super) fn gitlab(&mut self, target: &Target, of: &str) -> Result<Finished> {
        let now = target.host.now();
        let counts = |known: &&Known<Finished>| {
            let most = if self.doubted || !ladder::accepts(&known.what) { DOUBTED } else { ACCEPTED };
            known.counts(of, now, most)
        };
        if let Some(known) = self.gitlab.as_ref().filter(counts) {
            return Ok(known.what.clone());
        }
        let what = ladder::verify(target)?;
        self.doubted = false;
        self.gitlab = Some(Known { of: of.to_owned(), at: now, what: what.clone() });
        Ok(what)
    }

    /// Returns whether the nested podman of `of` can give a job a network: a second's work, and lines in the log.
    pub(super) fn network(&mut self, target: &Target, of: &str) -> Result<Finished> {
        let now = target.host.now();
        let counts = |known: &&Known<Finished>| {
            known.counts(of, now, if ladder::makes_networks(&known.what) { ACCEPTED } else { DOUBTED })
        };
        if let Some(known) = self.network.as_ref().filter(counts) {
            return Ok(known.what.clone());
        }
        let what = ladder::touch_network(target)?;
        self.network = Some(Known { of: of.to_owned(), at: now, what: what.clone() });
        Ok(what)
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
        let size = |volume: &Option<Volume>| match volume {
            Some(volume) => podman::volume_bytes(host, volume),
            None => Ok(None),
        };
        let what: Vec<Option<u64>> = volumes.iter().map(size).collect::<Result<_>>()?;
        self.sizes = Some(Known { of, at: now, what: what.clone() });
        Ok((what, now))
    }
}
