//! What was typed and is not kept, where every thread finds it: whatever ends pipglr (a signal, a terminal that is gone,
//! a Ctrl-C too many, a bug) saves it first.

use crate::change::unsaved::{self, Unsaved};
use crate::host::Host;
use crate::secret::Secret;
use std::sync::{Arc, Mutex, MutexGuard};

/// A text that would be lost.
pub(super) struct Typed {
    /// Where it is saved.
    pub host: Arc<dyn Host>,
    /// The text.
    pub text: Secret,
    /// What it was begun from, where that was one of them too.
    pub restored: Option<Unsaved>,
}

struct State {
    typed: Option<Typed>,
    /// What is to be said in the end.
    said: Option<String>,
}

static STATE: Mutex<State> = Mutex::new(State { typed: None, said: None });

fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// From now on this is what would be lost; `None`: nothing.
pub(super) fn hold(typed: Option<Typed>) {
    state().typed = typed;
}

/// Saves it, once.
pub(super) fn save() {
    let mut state = state();
    let Some(Typed { host, text, restored }) = state.typed.take() else { return };
    if host.is_pretend() {
        state.said = Some("pipglr: that was the demo: what was typed in it is gone with it.".into());
        return;
    }
    state.said = Some(match unsaved::save(&*host, &text) {
        Ok(path) => {
            restored.filter(|restored| restored.path != path).iter().for_each(|old| unsaved::forget(&*host, old));
            format!("pipglr: the unsaved text is in {}: `pipglr edit` opens it.", path.display())
        }
        Err(problem) => format!("pipglr: what was typed is lost. {problem}"),
    });
}

/// Saves it, where that was not done yet, and gives what is to be said of it; once.
pub(super) fn farewell() -> Option<String> {
    save();
    state().said.take()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::{Clock, DemoHost};

    #[test]
    fn of_the_demo_nothing_is_said_to_be_saved() {
        let host = Arc::new(DemoHost::new(Clock::standing(jiff::Timestamp::UNIX_EPOCH)));
        hold(Some(Typed { host, text: Secret::new("concurrent = 2\n"), restored: None }));
        let said = farewell().unwrap();
        assert!(said.contains("demo") && !said.contains("pipglr edit"), "{said}");
    }
}
