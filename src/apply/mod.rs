//! The one place that applies a plan.

pub mod crossed;
mod registering;
mod waits;

use crate::api::registered;
use crate::container::hand_over::{self, Ahead};
use crate::container::{draining, recreate};
use crate::host::logind::{self, Root};
use crate::host::state_folder;
use crate::host::{Cmd, Host, Privilege, Watch, interrupt, podman};
use crate::image::context;
use crate::plan::{Action, Content, Plan};
use crate::problem::{Kind, Problem, Result};
use crate::secret::{Secret, Vault};
use crate::{secret_store, state};
use registering::Row;
use std::cell::Cell;
use std::io;
use std::path::Path;
use std::thread::{self, Scope};

/// How root may be had while a plan runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sudo {
    /// On the real terminal, where a user can answer it.
    Terminal,
    /// Only where it asks nothing.
    Silent,
}

/// Somebody who also sees the actions of a plan begin and end. Every method has a default: `&()` watches nothing.
pub trait Progress: Watch {
    /// Action number `index` of a plan starts.
    fn begin(&self, _index: usize, _action: &Action) {}
    /// The action that began last has ended.
    fn end(&self, _index: usize, _ok: bool) {}
}

impl Progress for () {}

/// Applies a plan, action by action, telling the watcher. What stands in `finally` is done also after a failure.
///
/// # Errors
/// The first action that failed; what was done before it stays done.
pub fn apply(host: &dyn Host, plan: &Plan, vault: &Vault, sudo: Sudo, watch: &dyn Progress) -> Result<()> {
    if plan.is_empty() {
        return Ok(());
    }
    host.settings().refuse_change()?;
    let deaf = Deaf(watch);
    thread::scope(|scope| {
        let (free, ahead) = (Cell::new(false), Cell::default());
        let mut run = Run { host, vault, sudo, watch, scope, rest: &[], free, ahead };
        if plan.needs_root() {
            // Before the first change: half a plan helps nobody.
            match (run.root(), sudo) {
                (Root::Free, _) | (Root::Password, Sudo::Terminal) => {}
                _ => return Err(needs_root(&plan.root_lines().join("\n"))),
            }
        }
        let mut result = Ok(());
        let mut index = 0;
        while result.is_ok() && index < plan.actions.len() {
            let (done, left) = (index, &plan.actions[index..]);
            let row = Row::of(left, index, watch);
            index += row.as_ref().map_or(1, Row::len);
            run.rest = &plan.actions[index..];
            watch.begin(done, &left[0]);
            result = match &row {
                _ if watch.stopped() => Err(Problem::interrupted()),
                Some(row) => run.register(row),
                None => run.action(&left[0]),
            };
            match &row {
                Some(row) => row.end(result.is_ok()),
                None => watch.end(done, result.is_ok()),
            }
        }
        drop(run.ahead.take());
        // Cleaning up goes on when the user has stopped the plan itself.
        let cleaning = Run { watch: &deaf, rest: &[], ..run };
        for (index, action) in plan.finally.iter().enumerate() {
            let index = plan.actions.len() + index;
            watch.begin(index, action);
            let cleaned = interrupt::cleaning(|| cleaning.action(action));
            watch.end(index, cleaned.is_ok());
            result = result.and(cleaned);
        }
        result
    })
}

/// A watcher that sees all and stops nothing.
struct Deaf<'a>(&'a dyn Watch);

impl Progress for Deaf<'_> {}

impl Watch for Deaf<'_> {
    fn line(&self, line: &str) {
        self.0.line(line);
    }
    fn patient(&self) -> bool {
        self.0.patient()
    }
    fn on_terminal(&self, run: &mut dyn FnMut()) {
        self.0.on_terminal(run);
    }
}

struct Run<'a, 'env> {
    host: &'a dyn Host,
    vault: &'a Vault,
    sudo: Sudo,
    watch: &'a dyn Watch,
    /// What is done beside an action.
    scope: &'a Scope<'a, 'env>,
    /// What comes after the action.
    rest: &'a [Action],
    /// Root is free, as was seen.
    free: Cell<bool>,
    /// A hand-over that has begun, and waits for its turn.
    ahead: Cell<Option<Ahead<'a>>>,
}

impl<'a> Run<'a, '_> {
    fn action(&self, action: &Action) -> Result<()> {
        match action {
            Action::Run(cmd) => self.command(cmd),
            Action::Stop { name, end, by } => draining::stop(self.host, name, *end, self.watch, || self.command(by)),
            Action::Drain { name, end } => draining::stop(self.host, name, *end, self.watch, || Ok(())),
            Action::Unregister { place, runner, what } => {
                registered::leave(self.host, place, runner, *what, self.watch)
            }
            Action::Register { cmd, .. } => self.command(cmd),
            Action::StoreSecret { name, content, replace, image } => {
                // podman's way into the container takes longer than this: it begins now.
                self.ahead.set(self.rest.iter().find_map(|action| match action {
                    Action::HandOver { name, seen, text } => Some(self.begin_hand_over(name, seen, text)),
                    _ => None,
                }));
                self.store(name, content, *replace, image)
            }
            Action::Unchanged { name, id, text, image } => self.unchanged(name, id.as_deref(), text.as_ref(), image),
            Action::Expect { path, text } => self.expect(path, text.as_ref()),
            Action::SameContainer { old, new, but } => recreate::assert_same(self.host, old, new, but),
            Action::HandOver { name, seen, text } => {
                self.ahead.take().unwrap_or_else(|| self.begin_hand_over(name, seen, text)).go()
            }
            Action::Repair { data, list, lost } => secret_store::repair(self.host, data, list.as_deref(), lost)
                .map_err(|e| state_folder::cannot_write(data, &e)),
            Action::Save { path, text } => self.write(path, text.expose()),
            Action::Edit { path, text, .. } => self.write(path, text.expose()),
            Action::Remove(path) => self.host.remove(path).map_err(|e| state_folder::cannot_write(path, &e)),
            Action::RemoveSecret(name) => match podman::secret_id(self.host, name)? {
                Some(_) => self.as_user(&podman::secret_rm(name)),
                None => Ok(()),
            },
            Action::RemoveContainer(name) => {
                if podman::is_left_in_storage(self.host, name)? {
                    self.as_user(&podman::remove_at_once(name))
                } else {
                    Ok(())
                }
            }
            Action::RemoveIf { path, text } => match self.host.read(path) {
                Ok(bytes) if bytes == text.expose() => self.action(&Action::Remove(path.clone())),
                _ => Ok(()),
            },
            Action::Unpack(dir) => {
                context::FILES.iter().try_for_each(|(name, bytes)| self.write(&dir.join(name), bytes))
            }
            Action::Copy { from, to } => self.write(to, &self.read(from)?),
        }
    }

    fn begin_hand_over(&self, name: &str, seen: &Secret, text: &Secret) -> Ahead<'a> {
        hand_over::begin(self.scope, self.host, name, (seen, text), self.watch)
    }

    fn command(&self, cmd: &Cmd) -> Result<()> {
        match cmd.privilege {
            Privilege::User => self.as_user(cmd),
            Privilege::Root => self.as_root(cmd),
            Privilege::RootIfRefused => self.as_user(cmd).or_else(|refused| {
                if refused.kind == Kind::Interrupted {
                    return Err(refused);
                }
                self.as_root(&cmd.clone().privilege(Privilege::Root))
            }),
        }
    }

    fn as_user(&self, cmd: &Cmd) -> Result<()> {
        let done = self.host.run(cmd, None, self.watch)?;
        if done.ok() { Ok(()) } else { Err(podman::failed(cmd, done)) }
    }

    fn as_root(&self, cmd: &Cmd) -> Result<()> {
        // An administrator is asked once: for this, and for root's part of what comes after it.
        let rest = self.rest.iter().filter(|action| action.needs_root()).flat_map(Action::shell);
        let printed = [format!("sudo {}", cmd.shell())].into_iter().chain(rest).collect::<Vec<_>>().join("\n");
        match (self.root(), self.sudo) {
            (Root::Free, _) => self.as_user(cmd),
            (Root::Password, Sudo::Terminal) => {
                let mut code = Ok(1);
                self.watch.on_terminal(&mut || code = self.host.run_on_terminal(cmd));
                match code? {
                    0 => Ok(()),
                    code => Err(needs_root(&printed).said(vec![format!("sudo ended with exit code {code}")])),
                }
            }
            (Root::Password, Sudo::Silent) | (Root::None, _) => Err(needs_root(&printed)),
        }
    }

    /// How root can be had; where it is free, that is asked once: sudo's memory is long enough for a plan.
    fn root(&self) -> Root {
        if self.free.get() {
            return Root::Free;
        }
        let root = logind::root(self.host);
        self.free.set(root == Root::Free);
        root
    }

    /// Makes the secret and proves that podman gives back what went in: its store can lose data without a word, and
    /// keeps listing what it lost (killed as it wrote, or on a full disk; seen on 4.3 to 6.1).
    fn store(&self, name: &str, content: &Content, replace: bool, image: &str) -> Result<()> {
        let secret = match content {
            Content::Token(index) => self
                .vault
                .tokens
                .get(*index)
                .cloned()
                .ok_or_else(|| Problem::usage("The token is not at hand any more.", "Enter it again."))?,
            Content::Agreed { path, text } => {
                self.expect(path, Some(text))?;
                text.clone()
            }
        };
        self.replace(name, &secret, replace, image).map_err(|problem| self.explained(problem))
    }

    fn replace(&self, name: &str, secret: &Secret, replace: bool, image: &str) -> Result<()> {
        if replace {
            self.as_user(&podman::secret_rm(name))?;
        }
        let cmd = podman::secret_create(name);
        let done = self.host.run(&cmd, Some(secret), self.watch)?;
        if !done.ok() {
            return Err(podman::failed(&cmd, done));
        }
        if podman::secret_content(self.host, name, image)? != *secret {
            return Err(Problem::new(
                format!("podman did not give back what was stored as `{name}`."),
                "Is the disk full? Free some space, then go on: what went in is still at hand.",
            ));
        }
        Ok(())
    }

    /// Where podman has broken its store meanwhile, that is the cause, and pipglr fixes it.
    fn explained(&self, problem: Problem) -> Problem {
        if problem.kind == Kind::Interrupted || secret_store::inspect(self.host).is_ok_and(|store| store.is_well()) {
            return problem;
        }
        let problem = problem.cause("podman has broken its store of secrets, as it was killed, or the disk is full.");
        Problem {
            advice: "Is there space left on the disk? Then run pipglr again: it makes the store again, and nothing of \
                     yours is lost."
                .into(),
            ..problem
        }
    }

    fn unchanged(&self, name: &str, id: Option<&str>, text: Option<&Secret>, image: &str) -> Result<()> {
        let same = podman::secret_id(self.host, name)?.as_deref() == id
            && match text {
                Some(text) => podman::secret_content(self.host, name, image)? == *text,
                None => true,
            };
        match state::read_work(self.host)? {
            _ if same => Ok(()),
            Some(_) => Err(crossed::conflict(self.host)),
            None => Err(crossed::crossed(self.host, None)),
        }
    }

    fn expect(&self, path: &Path, text: Option<&Secret>) -> Result<()> {
        let found = match self.host.read(path) {
            Ok(found) => Some(Secret::new(found)),
            Err(e) if e.kind() == io::ErrorKind::NotFound => None,
            Err(e) => return Err(unreadable(path, &e)),
        };
        if found.as_ref() == text { Ok(()) } else { Err(crossed::crossed(self.host, None)) }
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>> {
        self.host.read(path).map_err(|e| unreadable(path, &e))
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        self.host.write(path, bytes).map_err(|e| state_folder::cannot_write(path, &e))
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Problem {
    Problem::new(format!("{} cannot be read: {error}.", path.display()), "Fix that, then go on.")
}

/// Root is needed and cannot be had: the command for somebody who may.
pub fn needs_root(lines: &str) -> Problem {
    Problem::new(
        "Root is needed for this, and sudo does not give it here.",
        format!("Have an administrator run the following, then run pipglr again:\n{lines}"),
    )
    .kind(Kind::NeedsRoot)
}
