//! The log's way to the screen: on a thread, in handfuls, and no faster than the screen takes them.

use super::logview::Given;
use super::mailbox::Mailbox;
use super::message::Message;
use crate::container::trace;
use crate::host::wake::{Bell, Cord};
use crate::logs::{Item, Sink, file, stream};
use crate::target::Target;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Most items posted at once.
const HANDFUL: usize = 1_000;
/// Longest time that an item is kept back for more to come.
const SOON: Duration = Duration::from_millis(15);

/// What tells a reader what to do, from any thread.
#[derive(Clone, Debug, Default)]
pub(super) struct Reins {
    stop: Arc<AtomicBool>,
    cord: Cord,
    /// What comes is not wanted yet: the screen is held still, and full. The store keeps it meanwhile.
    pub wait: Arc<AtomicBool>,
}

impl Reins {
    /// Whether nobody wants any more.
    pub(super) fn stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    /// What rings then.
    pub(super) fn bells(&self) -> Vec<Bell> {
        self.cord.bell().into_iter().collect()
    }

    /// Nobody wants any more.
    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::SeqCst);
        self.cord.pull();
    }
}

/// Collects items, and posts them.
struct ToScreen {
    post: Mailbox,
    reins: Reins,
    items: Vec<Item>,
    posted: Instant,
}

impl ToScreen {
    fn flush(&mut self) {
        if self.items.is_empty() {
            return;
        }
        let stopped = || self.reins.stopped();
        while self.reins.wait.load(Ordering::SeqCst) && !stopped() {
            std::thread::sleep(SOON);
        }
        let items = std::mem::replace(&mut self.items, Vec::with_capacity(HANDFUL));
        self.post.log(items, &stopped);
        self.posted = Instant::now();
    }
}

impl Sink for ToScreen {
    fn item(&mut self, item: Item) {
        self.items.push(item);
        // The clock is not asked for every line.
        let many = self.items.len();
        if many >= HANDFUL || many.is_multiple_of(64) && self.posted.elapsed() >= SOON {
            self.flush();
        }
    }

    fn idle(&mut self) {
        self.flush();
    }

    fn stopped(&self) -> bool {
        self.reins.stopped()
    }

    fn bells(&self) -> Vec<Bell> {
        self.reins.bells()
    }
}

/// Reads until there is nothing more, or nobody wants it; says at the end how it ended.
pub(super) fn read(target: &Target, given: &Given, post: &Mailbox, reins: Reins) {
    let mut sink = ToScreen { post: post.clone(), reins, items: vec![], posted: Instant::now() };
    let done = match (&given.file, given.job) {
        (Some(path), _) => file::read(path, &given.options(), &mut sink),
        (None, Some(job)) => trace::read(target, job, true, &mut sink),
        (None, None) => stream::run(&*target.host, &target.name, &given.options(), &mut sink),
    };
    sink.flush();
    if !sink.stopped() {
        post.post(Message::LogEnded(done));
    }
}
