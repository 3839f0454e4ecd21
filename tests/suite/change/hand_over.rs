//! A change that gitlab-runner takes while it runs: nothing is recreated, and every way on ends with the text that was
//! agreed to last.

use super::{TOKEN, assert_at_work, config, machine, put, undo, versions};
use crate::support::{FakeHost, Pretend, pretend_host, said};
use pipglr::change::{self, Wish, propose};
use pipglr::host::{Cmd, Finished, Host, Watch};
use pipglr::problem::Problem;
use pipglr::secret::Secret;
use pipglr::steps::{Setup, State, Step};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

/// A machine whose gitlab-runner tells what it has loaded.
fn listening() -> (Arc<FakeHost>, Setup) {
    let (host, setup) = machine();
    host.machine().containers.get_mut("pipglr").unwrap().copy = Some(config(1));
    (host, setup)
}

fn changes(host: &FakeHost) -> String {
    host.machine().changes.join("\n")
}

#[track_caller]
fn assert_handed_over(host: &FakeHost, text: &str) {
    let said = changes(host);
    for word in ["create --name", "podman stop", "podman start", "podman rm ", "rename"] {
        assert!(!said.contains(word), "{word}: {said}");
    }
    assert!(said.contains("podman exec --interactive pipglr") && !said.contains(TOKEN), "{said}");
    assert_eq!(host.machine().containers["pipglr"].copy.as_deref(), Some(text));
}

#[test]
fn what_reloads_is_handed_over_and_nothing_is_made_again() {
    let (host, setup) = listening();
    put(&setup, &config(5)).unwrap();
    assert_handed_over(&host, &config(5));
    assert_at_work(&host, &config(5), "");
    assert_eq!(versions(&host), [config(1), config(5)]);
    undo(&setup).unwrap();
    assert_handed_over(&host, &config(1));
    assert_at_work(&host, &config(1), "");
    // Again is nothing to do, for both faces.
    let standing = change::read_standing(&setup.target).unwrap();
    assert!(propose(&setup.target, &standing, &Secret::new(config(1)), false).unwrap().plan.is_empty());
    assert_eq!(setup.check(Step::Startup).unwrap().state, State::Done);
}

#[test]
fn what_needs_a_restart_is_named_and_the_container_made_again() {
    let (host, setup) = listening();
    let new = format!("listen_address = \":9252\"\n{}", config(5));
    let standing = change::read_standing(&setup.target).unwrap();
    let proposal = propose(&setup.target, &standing, &Secret::new(&*new), false).unwrap();
    assert!(proposal.recreates && !proposal.hands_over);
    let said = proposal.plan.warnings.join("\n");
    assert!(said.contains("must be restarted for listen_address: gitlab-runner opens it when it starts."), "{said}");
    put(&setup, &new).unwrap();
    assert_at_work(&host, &new, "");
    assert!(changes(&host).contains("podman start pipglr"));
}

#[test]
fn recreate_makes_it_again_also_where_nothing_else_is_to_be_done() {
    let (host, setup) = listening();
    let standing = change::read_standing(&setup.target).unwrap();
    let wish = Wish { recreate: true, ..Wish::default() };
    for text in [config(5), config(1)] {
        let proposal = propose(&setup.target, &standing, &Secret::new(text), wish).unwrap();
        assert!(proposal.recreates && !proposal.hands_over);
    }
    assert!(host.machine().changes.iter().all(|change| change.contains("pipglr-probe-")));
}

#[test]
fn a_gitlab_runner_that_is_down_or_does_not_tell_is_brought_up_with_its_container() {
    let (host, setup) = listening();
    host.machine().deaf = true;
    put(&setup, &config(5)).unwrap();
    assert!(!changes(&host).contains("--interactive"));
    assert_at_work(&host, &config(5), "");
}

#[test]
fn a_token_renewed_since_the_text_was_handed_over_goes_with_the_next_one() {
    let (host, setup) = listening();
    put(&setup, &config(5)).unwrap();
    let renewed = |text: &str| text.replace(TOKEN, "glrt-t1_renewed-renewed");
    host.machine().containers.get_mut("pipglr").unwrap().copy = Some(renewed(&config(5)));
    put(&setup, &config(7)).unwrap();
    assert_at_work(&host, &renewed(&config(7)), "");
    assert_handed_over(&host, &renewed(&config(7)));
}

#[test]
fn a_token_that_was_changed_by_hand_is_none_that_gitlab_renewed() {
    let (host, setup) = listening();
    let other = config(1).replace(TOKEN, "glrt-t1_other-other-other");
    put(&setup, &other).unwrap();
    assert_at_work(&host, &other, "");
    put(&setup, &config(1)).unwrap();
    assert_at_work(&host, &config(1), "back");
}

#[test]
fn a_secret_that_is_lost_comes_back_as_it_was_handed_over() {
    let (host, setup) = listening();
    put(&setup, &config(5)).unwrap();
    host.machine().secrets.remove("config.toml");
    undo(&setup).unwrap();
    assert_at_work(&host, &config(5), "");
}

/// A host on which podman is let into the container before the text is there.
struct Early {
    host: Arc<FakeHost>,
    begun: AtomicBool,
    /// Whether podman stores the secret.
    stores: bool,
}

impl Pretend for Early {
    fn beneath(&self) -> &dyn Host {
        &*self.host
    }
    fn run(&self, cmd: &Cmd, input: Option<&Secret>, watch: &dyn Watch) -> Result<Finished, Problem> {
        if cmd.args.starts_with(&["secret".into(), "create".into()]) {
            let until = Instant::now() + Duration::from_secs(60);
            while !self.begun.load(Ordering::SeqCst) {
                assert!(Instant::now() < until, "the hand-over has not begun");
                std::thread::sleep(Duration::from_millis(1));
            }
            if !self.stores {
                return Ok(said(125, "Error: no space left on device"));
            }
        }
        self.beneath().run(cmd, input, watch)
    }
    fn run_ahead(&self, cmd: &Cmd, input: Receiver<Secret>, watch: &dyn Watch) -> Result<Finished, Problem> {
        self.begun.store(true, Ordering::SeqCst);
        let input = input.recv().unwrap_or_else(|_| Secret::new(""));
        self.beneath().run(cmd, Some(&input), watch)
    }
}
pretend_host!(Early);

/// podman is let into the container while the secret is stored; a text that cannot be stored does not come in.
#[test]
fn a_hand_over_begins_before_its_turn_and_waits_for_it() {
    for stores in [true, false] {
        let (host, mut setup) = listening();
        setup.target.host = Arc::new(Early { host: host.clone(), begun: AtomicBool::new(false), stores });
        let done = put(&setup, &config(5));
        assert_eq!(done.is_ok(), stores, "{done:?}");
        let works = if stores { 5 } else { 1 };
        assert_eq!(host.machine().containers["pipglr"].copy, Some(config(works)));
    }
}
