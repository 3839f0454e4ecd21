//! The one channel by which work reports back: a queue that wakes the loop, and in which lines that come faster than
//! they are looked at become one bounded message.

use super::message::Message;
use super::model::OUTPUT;
use crate::logs::Item;
use std::collections::VecDeque;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

/// Lines of the log that may wait: more than come in the time of a frame at any rate that the screen can take.
const WAITING: usize = 8_000;

/// What lies in it.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "nearly all are messages")]
pub(super) enum Mail {
    /// A message for the model.
    Message(Message),
    /// A worker needs the real terminal: it is told when it may begin, and says when it is done.
    Terminal {
        /// What to say there.
        say: String,
        /// Told when the terminal is free.
        begin: SyncSender<()>,
        /// Ends (or is dropped) when the worker is done.
        done: Receiver<()>,
    },
}

/// A handle on it; all are the same box.
#[derive(Clone, Debug)]
pub(super) struct Mailbox {
    queue: Arc<Mutex<VecDeque<Mail>>>,
    /// Told when the box was emptied.
    taken: Arc<Condvar>,
    bell: Arc<UnixStream>,
}

impl Mailbox {
    /// A box, and what rings when something lies in it.
    ///
    /// # Errors
    /// There is no socket left.
    pub(super) fn new() -> std::io::Result<(Self, UnixStream)> {
        let (bell, ear) = UnixStream::pair()?;
        bell.set_nonblocking(true)?;
        ear.set_nonblocking(true)?;
        Ok((Self { queue: Arc::default(), taken: Arc::default(), bell: Arc::new(bell) }, ear))
    }

    /// The bell, for signals to ring.
    ///
    /// # Errors
    /// There is no descriptor left.
    pub(super) fn bell(&self) -> std::io::Result<UnixStream> {
        self.bell.try_clone()
    }

    /// Puts a message in. Lines go to the lines that wait already.
    pub(super) fn post(&self, message: Message) {
        let queue = self.lock();
        self.put(queue, message);
    }

    /// Puts lines of the log in, as soon as there is room for them: they can wait where they come from.
    pub(super) fn log(&self, items: Vec<Item>, stopped: &dyn Fn() -> bool) {
        let mut queue = self.lock();
        while waiting(&queue) >= WAITING && !stopped() {
            let woken = self.taken.wait_timeout(queue, Duration::from_millis(50));
            queue = woken.unwrap_or_else(|poisoned| poisoned.into_inner()).0;
        }
        self.put(queue, Message::Log(items));
    }

    fn put(&self, mut queue: MutexGuard<'_, VecDeque<Mail>>, message: Message) {
        let was_empty = queue.is_empty();
        match (message, queue.back_mut()) {
            (Message::Log(more), Some(Mail::Message(Message::Log(waiting)))) => waiting.extend(more),
            (Message::OperationLines(more), Some(Mail::Message(Message::OperationLines(waiting)))) => {
                join(waiting, more, OUTPUT)
            }
            (message, _) => queue.push_back(Mail::Message(message)),
        }
        drop(queue);
        if was_empty {
            self.ring();
        }
    }

    /// Asks for the terminal, has something said on it, and runs `work` on it.
    pub(super) fn on_terminal(&self, say: &str, work: &mut dyn FnMut()) {
        let (begin, begun) = sync_channel(0);
        let (finished, done) = sync_channel(0);
        self.lock().push_back(Mail::Terminal { say: say.to_owned(), begin, done });
        self.ring();
        if begun.recv().is_ok() {
            work();
        }
        drop(finished);
    }

    /// Takes all that lies in it.
    pub(super) fn take(&self) -> VecDeque<Mail> {
        let mail = std::mem::take(&mut *self.lock());
        self.taken.notify_all();
        mail
    }

    fn ring(&self) {
        let _ = (&*self.bell).write(&[1]); // full: it rings already
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Mail>> {
        self.queue.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// How many lines of the log lie in it.
fn waiting(queue: &VecDeque<Mail>) -> usize {
    let lines = queue.iter().map(|mail| if let Mail::Message(Message::Log(items)) = mail { items.len() } else { 0 });
    lines.sum()
}

/// Stops the ringing.
pub(super) fn hush(mut ear: &UnixStream) {
    let mut bytes = [0; 64];
    while ear.read(&mut bytes).is_ok_and(|n| n == bytes.len()) {}
}

/// Twice what is kept may wait: then the oldest go, as they would anyway.
fn join<T>(waiting: &mut Vec<T>, more: Vec<T>, kept: usize) {
    waiting.extend(more);
    if waiting.len() > 2 * kept {
        waiting.drain(..waiting.len() - kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_joined_and_wait_for_room() {
        let (mailbox, _ear) = Mailbox::new().unwrap();
        let item = |n: usize| Item::Ruler(crate::logs::Ruler { time: None, text: n.to_string() });
        let sender = mailbox.clone();
        let thread = std::thread::spawn(move || {
            for n in 0..50 {
                sender.log((0..1_000).map(|i| item(n * 1_000 + i)).collect(), &|| false);
            }
        });
        let mut seen = 0;
        while seen < 50_000 {
            let mail = mailbox.take();
            assert!(mail.len() <= 1, "joined");
            for mail in mail {
                let Mail::Message(Message::Log(items)) = mail else { panic!() };
                assert!(items.len() < WAITING + 1_000);
                assert_eq!(items[0].text(), seen.to_string());
                seen += items.len();
            }
        }
        thread.join().unwrap();
        mailbox.log((0..WAITING).map(item).collect(), &|| false);
        mailbox.log(vec![item(0)], &|| true); // comes back although there is no room
    }

    #[test]
    fn output_is_bounded() {
        let (mailbox, _ear) = Mailbox::new().unwrap();
        for n in 0..5 * OUTPUT {
            mailbox.post(Message::OperationLines(vec![n.to_string()]));
        }
        let mail = mailbox.take();
        let Some(Mail::Message(Message::OperationLines(lines))) = mail.front() else { panic!() };
        assert!(mail.len() == 1 && lines.len() <= 2 * OUTPUT);
        assert_eq!(lines.last(), Some(&(5 * OUTPUT - 1).to_string()));
    }
}
