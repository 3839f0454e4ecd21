//! The one channel by which work reports back: a queue that wakes the loop, and in which lines that come faster than
//! they are looked at become one bounded message.

use super::logview::{KEPT, Piece};
use super::message::Message;
use super::model::OUTPUT;
use std::collections::VecDeque;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard};

/// What lies in it.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "nearly all are messages")]
pub enum Mail {
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
pub struct Mailbox {
    queue: Arc<Mutex<VecDeque<Mail>>>,
    bell: Arc<UnixStream>,
}

impl Mailbox {
    /// A box, and what rings when something lies in it.
    ///
    /// # Errors
    /// There is no socket left.
    pub fn new() -> std::io::Result<(Self, UnixStream)> {
        let (bell, ear) = UnixStream::pair()?;
        bell.set_nonblocking(true)?;
        ear.set_nonblocking(true)?;
        Ok((Self { queue: Arc::default(), bell: Arc::new(bell) }, ear))
    }

    /// The bell, for signals to ring.
    ///
    /// # Errors
    /// There is no descriptor left.
    pub fn bell(&self) -> std::io::Result<UnixStream> {
        self.bell.try_clone()
    }

    /// Puts a message in. Lines go to the lines that wait already.
    pub fn post(&self, message: Message) {
        let mut queue = self.lock();
        let was_empty = queue.is_empty();
        match (message, queue.back_mut()) {
            (Message::Log(more), Some(Mail::Message(Message::Log(waiting)))) => join(waiting, more, KEPT),
            (Message::JobLines(more), Some(Mail::Message(Message::JobLines(waiting)))) => join(waiting, more, OUTPUT),
            (message, _) => queue.push_back(Mail::Message(message)),
        }
        drop(queue);
        if was_empty {
            self.ring();
        }
    }

    /// One more line of the log.
    pub fn log(&self, piece: Piece) {
        self.post(Message::Log(vec![piece]));
    }

    /// Asks for the terminal, has something said on it, and runs `work` on it.
    pub fn on_terminal(&self, say: &str, work: &mut dyn FnMut()) {
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
    pub fn take(&self) -> VecDeque<Mail> {
        std::mem::take(&mut *self.lock())
    }

    fn ring(&self) {
        let _ = (&*self.bell).write(&[1]); // full: it rings already
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Mail>> {
        self.queue.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// Stops the ringing.
pub fn hush(mut ear: &UnixStream) {
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
    fn lines_are_joined_and_bounded() {
        let (mailbox, _ear) = Mailbox::new().unwrap();
        for i in 0..5 * KEPT {
            mailbox.log(Piece::Line(i.to_string()));
        }
        let mail = mailbox.take();
        assert_eq!(mail.len(), 1);
        let Some(Mail::Message(Message::Log(lines))) = mail.front() else { panic!() };
        assert!(lines.len() <= 2 * KEPT);
        assert_eq!(lines.last(), Some(&Piece::Line((5 * KEPT - 1).to_string())));
    }

    #[test]
    fn a_worker_waits_for_the_terminal() {
        let (mailbox, _ear) = Mailbox::new().unwrap();
        let worker = {
            let mailbox = mailbox.clone();
            std::thread::spawn(move || {
                let mut ran = false;
                mailbox.on_terminal("", &mut || ran = true);
                ran
            })
        };
        let mail = loop {
            if let Some(mail) = mailbox.take().pop_front() {
                break mail;
            }
            std::thread::yield_now();
        };
        let Mail::Terminal { begin, done, .. } = mail else { panic!() };
        begin.send(()).unwrap();
        assert!(done.recv().is_err(), "the worker drops its end when it is done");
        assert!(worker.join().unwrap());
    }
}
