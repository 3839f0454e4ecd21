//! The screen without a terminal, and with a time of its own: what pictures of it are taken from.

use super::effects::Runner;
use super::mailbox::{Mail, Mailbox};
use super::message::{Effect, Message};
use super::model::Model;
use super::theme::Theme;
use super::update::{self, update};
use crate::steps::Setup;
use crossterm::event::KeyEvent;
use std::io;
use std::time::{Duration, Instant};

/// So long nothing has come in, and no more is expected.
const QUIET: Duration = Duration::from_millis(60);

/// A run of the screen.
pub struct Stage {
    /// What is on it.
    pub model: Model,
    runner: Runner,
    mailbox: Mailbox,
}

impl Stage {
    /// Begins, as the wizard does.
    ///
    /// # Errors
    /// There is no descriptor left.
    pub fn new(setup: &Setup, theme: Theme, size: (u16, u16)) -> io::Result<Self> {
        let (mailbox, _) = Mailbox::new()?;
        let model = Model::new(super::who(setup), setup.wants.clone(), theme, size);
        let runner = Runner::new(setup.target.clone(), mailbox.clone());
        let mut stage = Self { model, runner, mailbox };
        let effects = update::start(&mut stage.model);
        stage.perform(effects);
        Ok(stage)
    }

    /// Types a key.
    pub fn key(&mut self, key: KeyEvent) {
        self.take(Message::Key(key));
    }

    /// Lets this much time pass.
    pub fn pass(&mut self, time: Duration) {
        self.take(Message::Tick(self.model.now + time));
    }

    /// Takes what comes until it is as wanted, and quiet; says whether that came within the time.
    pub fn until(&mut self, time: Duration, wanted: impl Fn(&Model) -> bool) -> bool {
        let begun = Instant::now();
        let mut came = Instant::now();
        while begun.elapsed() < time {
            for mail in self.mailbox.take() {
                came = Instant::now();
                match mail {
                    Mail::Message(message) => self.take(message),
                    Mail::Terminal { begin, .. } => drop(begin), // there is none to be lent
                }
            }
            if came.elapsed() > QUIET && wanted(&self.model) {
                return true;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        false
    }

    fn take(&mut self, message: Message) {
        let effects = update(&mut self.model, message);
        self.runner.listen(&self.model);
        self.perform(effects);
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        effects.into_iter().for_each(|effect| self.runner.run(effect));
    }
}
