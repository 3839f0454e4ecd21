//! `update` on a pretend machine: the container on another image, and the way back.

use crate::support::{FakeHost, IMAGE};
use pipglr::apply::Sudo;
use pipglr::container::update_record;
use pipglr::image_update::{self, Proposal};
use pipglr::plan::Action;
use pipglr::problem::{Exit, Result};
use pipglr::steps::Setup;
use std::sync::Arc;

const OLD: &str = "abcdef0123456789";
const NEW: &str = "fedcba9876543210";
const BEFORE: &str = "localhost/pipglr-before:pipglr";
const TOKEN: &str = "glrt-t1_abcdefghijklmnop";

/// A machine that is set up, whose container an admin has given an option; the image's name means a newer one by now.
fn machine() -> (Arc<FakeHost>, Setup) {
    let host = FakeHost::set_up(TOKEN);
    {
        let mut machine = host.machine();
        let made = format!("podman run -d --name pipglr -e FOO=bar --secret config.toml {IMAGE}");
        let container = machine.containers.get_mut("pipglr").unwrap();
        container.made_by = made.split(' ').map(str::to_owned).collect();
        machine.images = [("localhost/mine:1".into(), NEW.into()), ("localhost/old:1".into(), OLD.into())].into();
        machine.image_id = NEW.into();
        machine.changes.clear();
    }
    let setup = host.setup(&[]);
    (host, setup)
}

fn carry_out(setup: &Setup, proposal: &Proposal) -> Result<()> {
    image_update::carry_out(&setup.target, proposal, Sudo::Silent, &(), &mut |_| {})
}

fn update(setup: &Setup) -> Result<()> {
    carry_out(setup, &image_update::propose(&setup.target, false).unwrap())
}

/// One container, of this image, with all that it had.
#[track_caller]
fn assert_runs_on(host: &FakeHost, id: &str) {
    let machine = host.machine();
    assert_eq!(machine.containers.keys().collect::<Vec<_>>(), ["pipglr"]);
    let container = &machine.containers["pipglr"];
    assert_eq!((container.state, &*container.image_id), ("running", id));
    assert!(container.made_by.join(" ").contains("-e FOO=bar"), "{:?}", container.made_by);
    assert!(!machine.files.keys().any(|path| path.to_string_lossy().contains("/work/")), "{:?}", machine.files.keys());
}

#[test]
fn a_newer_image_is_shown_and_taken_with_all_that_the_container_had() {
    let (host, setup) = machine();
    let proposal = image_update::propose(&setup.target, false).unwrap();
    assert_eq!((&*proposal.from.id, &*proposal.to.id), (OLD, NEW));
    assert_eq!(proposal.to.gitlab_runner.as_deref(), Some("17.5.5"));
    assert_eq!(host.machine().containers["pipglr"].image_id, OLD, "nothing is changed yet");
    carry_out(&setup, &proposal).unwrap();
    assert_runs_on(&host, NEW);
    assert_eq!(host.machine().images[BEFORE], OLD, "it is kept");

    let again = image_update::propose(&setup.target, false).unwrap();
    assert!(!again.does_something() && again.plan.is_empty());
}

#[test]
fn an_image_whose_runner_does_not_come_up_gives_way_to_the_one_before_and_the_log_says_why() {
    let (host, setup) = machine();
    host.machine().broken = vec![NEW];
    let problem = update(&setup).unwrap_err();
    assert_eq!(problem.exit(), Exit::Failed);
    assert!(problem.what.contains("on the image before (abcdef012345) again, and works"), "{problem}");
    assert!(problem.said.iter().any(|line| line.contains("FATAL: it broke")), "{problem}");
    assert!(!problem.to_string().contains(TOKEN), "{problem}");
    assert_runs_on(&host, OLD);
    assert_eq!(host.machine().image_id, OLD, "its name means the one that works: a unit, too, makes it of that");
    assert!(!image_update::propose(&setup.target, false).unwrap().does_something());
}

#[test]
fn where_neither_works_it_is_said() {
    let (host, setup) = machine();
    host.machine().broken = vec![OLD, NEW];
    let problem = update(&setup).unwrap_err();
    assert!(problem.what.contains("and not with the image before (abcdef012345) either"), "{problem}");
    assert_runs_on(&host, OLD);
}

#[test]
fn another_name_is_taken_over_and_one_that_is_no_image_of_pipglrs_is_not() {
    let (host, mut setup) = machine();
    setup.target.image = "localhost/mine:1".into();
    update(&setup).unwrap();
    assert_runs_on(&host, NEW);
    assert_eq!(host.machine().containers["pipglr"].made_by.last().unwrap(), "localhost/mine:1");
}

#[test]
fn a_unit_is_restarted_after_its_images_name_means_the_new_one() {
    let (host, mut setup) = machine();
    host.machine().containers.get_mut("pipglr").unwrap().unit = Some("pipglr.service");
    host.machine().image_id = OLD.into();
    setup.target.image = "localhost/mine:1".into();
    let proposal = image_update::propose(&setup.target, false).unwrap();
    let lines: Vec<_> = proposal.plan.all().flat_map(Action::shell).collect();
    let at = |words: &str| lines.iter().position(|line| line.contains(words)).unwrap_or_else(|| panic!("{lines:?}"));
    assert!(at(&format!("podman tag {NEW} {IMAGE}")) < at("systemctl --user restart pipglr.service"));
    host.machine().broken = vec![NEW];
    carry_out(&setup, &proposal).unwrap_err();
    let machine = host.machine();
    assert_eq!((&*machine.image_id, &*machine.containers["pipglr"].image_id), (OLD, OLD));
}

#[test]
fn a_token_that_only_the_container_has_comes_along() {
    let (host, setup) = machine();
    {
        let mut machine = host.machine();
        let container = machine.containers.get_mut("pipglr").unwrap();
        let text = String::from_utf8(container.text.clone()).unwrap();
        container.copy = Some(text.replace("klmnop", "newest"));
    }
    update(&setup).unwrap();
    assert_runs_on(&host, NEW);
    let secret = host.machine().secrets["config.toml"].1.clone();
    assert!(String::from_utf8(secret).unwrap().contains("newest"));
}

/// Images that nobody needs do not pile up.
#[test]
fn of_all_images_before_the_last_is_kept() {
    let (host, setup) = machine();
    host.machine().images.remove("localhost/old:1");
    update(&setup).unwrap();
    assert_eq!(host.machine().images[BEFORE], OLD);
    host.machine().image_id = "0123456789abcdef".into();
    update(&setup).unwrap();
    assert_runs_on(&host, "0123456789abcdef");
    let machine = host.machine();
    assert_eq!((&*machine.images[BEFORE], machine.nameless.is_empty()), (NEW, true), "{:?}", machine.changes);
    assert!(machine.changes.contains(&format!("podman rmi {OLD}")), "{:?}", machine.changes);
}

/// Dies after each of its changes, with an image that works and with one that does not.
#[test]
fn one_that_was_cut_off_anywhere_is_told_of_and_goes_on_or_back() {
    for broken in [vec![], vec![NEW]] {
        for last in 0.. {
            let (host, setup) = machine();
            host.machine().broken = broken.clone();
            let proposal = image_update::propose(&setup.target, false).unwrap();
            host.machine().changes.clear();
            host.machine().die_at = Some(last);
            let _ = carry_out(&setup, &proposal);
            let died = std::mem::take(&mut host.machine().dead);
            host.machine().die_at = None;
            if !died {
                assert!(last > 8, "it has changed too little: {:?}", host.machine().changes);
                break;
            }
            if let Some(begun) = update_record::read(&*setup.target.host, "pipglr") {
                assert!(begun.words("pipglr").contains("`pipglr update` goes on"), "{}", begun.words("pipglr"));
                let on: Result<()> = update(&setup);
                assert_eq!(on.is_ok(), broken.is_empty(), "after {last}: {on:?}");
            }
            assert_runs_on(&host, if broken.is_empty() { NEW } else { OLD });
        }
    }
}
