//! Two pipglr at once: what is stored is what was agreed to, and no text is lost.

use super::{HISTORY, TOKEN, WORK, assert_at_work, can_be_had, config, machine, put, secret};
use crate::support::FakeHost;
use pipglr::apply::{Sudo, apply};
use pipglr::change::{self, Standing, Undo, propose};
use pipglr::plan::{Action, Content};
use pipglr::problem::Problem;
use pipglr::secret::Secret;
use pipglr::steps::{Setup, State, Step};
use std::path::Path;

const BOTH: &str = "Another pipglr has changed what waits to be applied";

fn text(n: u32) -> Secret {
    Secret::new(config(n))
}

fn look(setup: &Setup) -> Standing {
    change::read_standing(&setup.target).unwrap()
}

/// What another pipglr's editor does with Ctrl-S, which was opened when it stood like this.
fn other_keeps(setup: &Setup, standing: &Standing, n: u32) {
    change::keep(&setup.target, standing, &text(n), &()).unwrap();
}

fn work(host: &FakeHost) -> Option<String> {
    host.machine().files.get(Path::new(WORK)).map(|bytes| String::from_utf8(bytes.clone()).unwrap())
}

/// Whether the message names a file, and that file says this.
fn names_a_file_with(host: &FakeHost, problem: &Problem, n: u32) -> bool {
    let said = problem.to_string();
    host.machine()
        .files
        .iter()
        .any(|(path, bytes)| said.contains(path.to_str().unwrap()) && *bytes == config(n).into_bytes())
}

/// Whether anything of podman's was changed, but for the container that tries the command and is gone again.
fn touched(host: &FakeHost) -> bool {
    host.machine().changes.iter().any(|change| change.starts_with("podman") && !change.contains("pipglr-probe"))
}

/// It stopped before podman was touched, and both texts are named.
#[track_caller]
fn assert_stopped(host: &FakeHost, problem: &Problem, mine: u32, theirs: u32) {
    assert!(problem.what.contains(BOTH), "{problem}");
    assert_eq!(secret(host), config(1));
    assert!(!touched(host), "{:?}", host.machine().changes);
    assert!(names_a_file_with(host, problem, mine), "mine is not named: {problem}");
    assert!(names_a_file_with(host, problem, theirs), "the other's is not named: {problem}");
    assert_eq!(work(host), Some(config(theirs)));
}

#[test]
fn a_file_that_waits_at_the_question_does_not_store_what_another_keeps() {
    let (host, setup) = machine();
    let proposal = propose(&setup.target, &look(&setup), &text(5), false).unwrap();
    other_keeps(&setup, &look(&setup), 7);
    let problem = change::carry_out(&setup.target, &proposal, Sudo::Silent, &()).unwrap_err();
    assert_stopped(&host, &problem, 5, 7);

    // What is said to come next works: the other's first, then this one's.
    put(&setup, &config(7)).unwrap();
    assert_at_work(&host, &config(7), "the other's");
    let mine = look(&setup).unsaved.remove(0);
    assert_eq!(mine.text, text(5));
    put(&setup, mine.text.expose_str()).unwrap();
    assert_at_work(&host, &config(5), "mine");
    assert_eq!(look(&setup).unsaved, []);
    assert!(!host.machine().files.contains_key(&mine.path), "it is at work, and does not wait any more");
}

#[test]
fn a_kept_text_that_was_looked_at_is_what_is_stored_or_nothing_is() {
    let (host, setup) = machine();
    let standing = look(&setup);
    other_keeps(&setup, &standing, 5);
    // Both have read it; one agrees to it, the other goes on typing and saves.
    let read = look(&setup);
    let proposal = propose(&setup.target, &read, &text(5), false).unwrap();
    other_keeps(&setup, &read, 7);
    let problem = change::carry_out(&setup.target, &proposal, Sudo::Silent, &()).unwrap_err();
    assert_stopped(&host, &problem, 5, 7);
}

#[test]
fn a_kept_text_that_another_has_put_to_work_or_dropped_is_named_beside_the_secret() {
    for dropped in [false, true] {
        let (host, setup) = machine();
        other_keeps(&setup, &look(&setup), 5);
        let proposal = propose(&setup.target, &look(&setup), &text(5), false).unwrap();
        if dropped {
            change::discard(&setup.target, &look(&setup).kept.unwrap(), &()).unwrap();
        } else {
            put(&setup, &config(5)).unwrap();
            put(&setup, &config(9)).unwrap();
        }
        let before = secret(&host);
        let problem = change::carry_out(&setup.target, &proposal, Sudo::Silent, &()).unwrap_err();
        assert!(problem.what.contains(BOTH) && problem.to_string().contains("config show"), "{problem}");
        assert!(names_a_file_with(&host, &problem, 5), "{problem}");
        assert_eq!((secret(&host), work(&host)), (before, None));
    }
}

#[test]
fn undo_drops_only_what_it_has_shown_and_goes_back_only_from_there() {
    let (host, setup) = machine();
    put(&setup, &config(5)).unwrap();
    let standing = look(&setup);
    let Undo::Back(back, _) = change::undo(&setup.target, &standing).unwrap() else { panic!() };
    let proposal = propose(&setup.target, &standing, &back, false).unwrap();
    other_keeps(&setup, &look(&setup), 7);
    let problem = change::carry_out(&setup.target, &proposal, Sudo::Silent, &()).unwrap_err();
    assert!(problem.what.contains(BOTH) && problem.to_string().contains(HISTORY), "it is in the history: {problem}");
    assert_eq!((secret(&host), work(&host)), (config(5), Some(config(7))));
    assert_eq!(look(&setup).unsaved, [], "the history has it: it is not saved once more");

    let read = look(&setup);
    let Undo::Drop(kept) = change::undo(&setup.target, &read).unwrap() else { panic!() };
    other_keeps(&setup, &read, 8);
    assert!(change::discard(&setup.target, &kept, &()).unwrap_err().what.contains(BOTH));
    assert_eq!(work(&host), Some(config(8)));
    assert_eq!(secret(&host), config(5));
}

#[test]
fn an_editor_does_not_write_over_what_another_has_kept() {
    let (host, setup) = machine();
    let standing = look(&setup);
    other_keeps(&setup, &standing, 7);
    let problem = change::keep(&setup.target, &standing, &text(5), &()).unwrap_err();
    assert_stopped(&host, &problem, 5, 7);
    assert!(change::notice(&look(&setup)).unwrap().contains("nobody saved"));
    // Again is the same file.
    assert_eq!(change::keep(&setup.target, &standing, &text(5), &()).unwrap_err(), problem);
}

#[test]
fn a_first_configuration_is_not_written_over_either() {
    let host = FakeHost::fresh();
    let setup = host.setup(&[TOKEN]);
    host.machine().files.insert(WORK.into(), config(1).into());
    let report = setup.check(Step::Configuration).unwrap();
    assert_eq!(report.state, State::Ready);
    change::keep_first(&setup.target, Some(text(1)), &text(7)).unwrap();
    let problem = change::keep_first(&setup.target, Some(text(1)), &text(5)).unwrap_err();
    assert!(problem.what.contains(BOTH) && names_a_file_with(&host, &problem, 5), "{problem}");
    // Step 4, as it was looked at before.
    let problem = setup.carry_out(&report, Sudo::Silent, &()).unwrap_err();
    assert!(problem.what.contains(BOTH), "{problem}");
    assert_eq!((work(&host), host.machine().secrets.len()), (Some(config(7)), 0));
}

#[test]
fn what_is_registered_is_not_written_over_what_another_has_begun() {
    let host = FakeHost::fresh();
    let mut setup = host.setup(&[TOKEN]);
    setup.wants.answers.runners = Some(1);
    let report = setup.check(Step::Registration).unwrap();
    assert_eq!(report.state, State::Ready);
    host.machine().files.insert(WORK.into(), config(7).into());
    let problem = setup.carry_out(&report, Sudo::Silent, &()).unwrap_err();
    assert!(problem.what.contains(BOTH) && problem.to_string().contains(WORK), "{problem}");
    assert_eq!(work(&host), Some(config(7)));
    assert!(!host.machine().commands.iter().any(|command| command.ends_with(" register")));
}

#[test]
fn a_base_that_changes_after_it_was_looked_at_is_not_what_is_stored() {
    let host = FakeHost::fresh();
    let mut setup = host.setup(&[TOKEN]);
    host.machine().files.insert(WORK.into(), config(1).into());
    host.machine().files.insert("/home/johndoe/base.toml".into(), config(5).into());
    setup.wants.answers.config_file = Some("/home/johndoe/base.toml".into());
    let report = setup.check(Step::Configuration).unwrap();
    host.machine().files.insert("/home/johndoe/base.toml".into(), config(9).into());
    setup.carry_out(&report, Sudo::Silent, &()).unwrap();
    assert!(secret(&host).contains("concurrent = 5"), "{}", secret(&host));
}

#[test]
fn a_file_that_is_another_text_than_the_one_agreed_to_is_never_stored() {
    let (host, setup) = machine();
    host.machine().files.insert(WORK.into(), config(7).into());
    let content = Content::Agreed { path: WORK.into(), text: text(5) };
    let store = Action::StoreSecret { name: "config.toml".into(), content, replace: true, image: String::new() };
    let vault = &setup.wants.vault;
    assert!(apply(&*setup.target.host, &vec![store].into(), vault, Sudo::Silent, &()).unwrap_err().what.contains(BOTH));
    assert_eq!(secret(&host), config(1));
}

#[test]
fn while_one_is_at_work_the_other_changes_nothing() {
    let (host, setup) = machine();
    let proposal = propose(&setup.target, &look(&setup), &text(5), false).unwrap();
    let lock = setup.target.host.lock("setup").unwrap();
    for problem in [
        change::carry_out(&setup.target, &proposal, Sudo::Silent, &()).unwrap_err(),
        change::keep(&setup.target, &look(&setup), &text(5), &()).unwrap_err(),
    ] {
        assert!(problem.what.contains("Another pipglr is at work"), "{problem}");
    }
    assert!(!touched(&host));
    drop(lock);
    change::carry_out(&setup.target, &proposal, Sudo::Silent, &()).unwrap();
    assert!(can_be_had(&host, &config(1)));
    assert_at_work(&host, &config(5), "");
}
