//! What makes home look again: threads that listen while it is on the screen.

use super::follow::Reins;
use super::mailbox::Mailbox;
use super::message::Message;
use crate::container::work::Look;
use crate::host::{Bell, Host};
use crate::logs::jobs::Ended;
use crate::news::{self, Ear};
use crate::status::Ask;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Whether the jobs are watched, and are to be.
#[derive(Default)]
struct Watching {
    busy: AtomicBool,
    wanted: AtomicBool,
}

/// Posts what is heard.
#[derive(Clone)]
struct ToHome {
    host: Arc<dyn Host>,
    name: String,
    post: Mailbox,
    reins: Reins,
    watching: Arc<Watching>,
}

impl Ear for ToHome {
    fn news(&self, ask: Ask) {
        self.post.post(Message::News(ask));
    }

    fn work(&self) {
        self.watching.wanted.store(true, Ordering::SeqCst);
        if self.stopped() || self.watching.busy.swap(true, Ordering::SeqCst) {
            return;
        }
        let ear = self.clone();
        std::thread::spawn(move || {
            let Watching { wanted, busy } = &*ear.watching;
            // What comes while it ends is not missed.
            while !ear.stopped() && wanted.swap(false, Ordering::SeqCst) {
                news::watch(&*ear.host, &ear.name, &ear);
                busy.store(wanted.load(Ordering::SeqCst), Ordering::SeqCst);
            }
        });
    }

    fn look(&self, look: Look) {
        self.post.post(Message::Work(Box::new(look)));
    }

    fn today(&self, today: Ended) {
        self.post.post(Message::Today(today));
    }

    fn stopped(&self) -> bool {
        self.reins.stopped()
    }

    fn bells(&self) -> Vec<Bell> {
        self.reins.bells()
    }
}

/// The threads, where they run.
#[derive(Default)]
pub(super) struct Listening {
    reins: Reins,
    events: Option<JoinHandle<()>>,
    log: Option<JoinHandle<()>>,
    watching: Arc<Watching>,
    /// The look that they listen since.
    look: Option<Duration>,
}

impl Listening {
    /// Starts what does not listen, once for each look; to the log only where the container runs.
    pub(super) fn go_on(
        &mut self,
        host: &Arc<dyn Host>,
        name: &str,
        (running, look): (bool, Duration),
        post: &Mailbox,
    ) {
        if self.look.replace(look) == Some(look) {
            return;
        }
        let ends = |thread: &Option<JoinHandle<()>>| thread.as_ref().is_none_or(JoinHandle::is_finished);
        let ear = ToHome {
            host: host.clone(),
            name: name.to_owned(),
            post: post.clone(),
            reins: self.reins.clone(),
            watching: self.watching.clone(),
        };
        let start = |work: fn(&dyn Host, &str, &dyn Ear)| {
            let ear = ear.clone();
            Some(std::thread::spawn(move || work(&*ear.host, &ear.name, &ear)))
        };
        if ends(&self.events) {
            self.events = start(news::listen);
        }
        if running && ends(&self.log) {
            self.log = start(news::read);
        }
        if running {
            ear.work(); // those that ran before
        }
    }

    /// Stops both.
    pub(super) fn stop(&mut self) {
        if self.look.is_some() {
            self.reins.stop();
            *self = Self::default();
        }
    }
}
