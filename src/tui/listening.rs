//! What makes home look again: two threads that listen while it is on the screen.

use super::follow::Reins;
use super::mailbox::Mailbox;
use super::message::Message;
use crate::host::{Bell, Host};
use crate::news::{self, Ear};
use crate::status::Ask;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

/// Posts what is heard.
struct ToHome {
    post: Mailbox,
    reins: Reins,
}

impl Ear for ToHome {
    fn news(&self, ask: Ask) {
        self.post.post(Message::News(ask));
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
pub struct Listening {
    reins: Reins,
    events: Option<JoinHandle<()>>,
    log: Option<JoinHandle<()>>,
    /// The look that they listen since.
    look: Option<Duration>,
}

impl Listening {
    /// Starts what does not listen, once for each look; to the log only where the container runs.
    pub fn go_on(&mut self, host: &Arc<dyn Host>, name: &str, (running, look): (bool, Duration), post: &Mailbox) {
        if self.look.replace(look) == Some(look) {
            return;
        }
        let ends = |thread: &Option<JoinHandle<()>>| thread.as_ref().is_none_or(JoinHandle::is_finished);
        let start = |work: fn(&dyn Host, &str, &dyn Ear)| {
            let (host, name) = (host.clone(), name.to_owned());
            let ear = ToHome { post: post.clone(), reins: self.reins.clone() };
            Some(std::thread::spawn(move || work(&*host, &name, &ear)))
        };
        if ends(&self.events) {
            self.events = start(news::listen);
        }
        if running && ends(&self.log) {
            self.log = start(news::read);
        }
    }

    /// Stops both.
    pub fn stop(&mut self) {
        if self.look.is_some() {
            self.reins.stop();
            *self = Self::default();
        }
    }
}
