//! A second pipglr beside the first, at every point of it: what is stored afterwards is what somebody agreed to, no text
//! is lost, and what each is told to do next gets there.

use crate::changes::{self, Change, can_be_had, config, fresh, put};
use crate::faulty::{Faulty, What};
use crate::setup::{self, GLRT, all_steps};
use crate::support::FakeHost;
use crate::{Flow, Run, Tally};
use pipglr::apply::Sudo;
use pipglr::change::{self, Standing};
use pipglr::problem::{Problem, Result};
use pipglr::secret::Secret;
use pipglr::steps::Step;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

/// What the other one does.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Deed {
    /// It opens the configuration, and keeps another text.
    Keeps,
    /// The same in an editor that was opened before the first began.
    KeepsFromBefore,
    /// It puts another text to work.
    Changes,
}

/// The other one's text.
const OTHER: u32 = 7;

/// How the other one came out; `None` where it never came to it.
type Outcome = Arc<Mutex<Option<Result<()>>>>;

fn act(deed: Deed, before: &Standing, machine: &Arc<FakeHost>) -> Result<()> {
    let other = Faulty::new(machine, None);
    let (setup, text) = (fresh(&other), config(OTHER));
    match deed {
        Deed::Keeps => change::keep(&setup.target, &change::read_standing(&setup.target)?, &Secret::new(text), &()),
        Deed::KeepsFromBefore => change::keep(&setup.target, before, &Secret::new(text), &()),
        Deed::Changes => put(&other, &text),
    }
}

/// Whether this end says where a text is that can be had no other way.
fn refused(problem: &Problem) -> bool {
    // Nothing was begun: the text is in the file or the editor where it came from.
    problem.what.contains("Another pipglr is at work") || problem.what.contains("Another text is kept in")
}

pub fn sweep() -> Tally {
    let mut tally = Tally::default();
    std::thread::scope(|scope| {
        let changes = [Change::Apply, Change::Edit, Change::Undo].map(|flow| scope.spawn(move || sweep_change(&flow)));
        let setups = setup::flows().into_iter().map(|flow| scope.spawn(move || sweep_setup(&*flow)));
        for thread in changes.into_iter().chain(setups.collect::<Vec<_>>()) {
            tally.add(thread.join().unwrap());
        }
    });
    tally
}

fn sweep_change(flow: &Change) -> Tally {
    let points = points(flow, &flow.machine());
    let mut tally = Tally { points: points.len(), ..Tally::default() };
    for (number, what) in points.iter().enumerate() {
        for deed in [Deed::Keeps, Deed::KeepsFromBefore, Deed::Changes] {
            tally.faults += 1;
            changing(&mut tally, flow, (number, what), deed);
        }
    }
    tally
}

fn sweep_setup(flow: &dyn Flow) -> Tally {
    let points = points(flow, &with_ranges(flow));
    let mut tally = Tally { points: points.len(), ..Tally::default() };
    for (number, what) in points.iter().enumerate() {
        tally.faults += 1;
        setting_up(&mut tally, flow, (number, what));
    }
    tally
}

/// A machine whose admin has given the IDs: both would ask for the same.
fn with_ranges(flow: &dyn Flow) -> Arc<FakeHost> {
    let machine = flow.machine();
    let setup = fresh(&Faulty::new(&machine, None));
    for step in [Step::Persistent, Step::IdRanges] {
        setup.carry_out(&setup.check(step).unwrap(), Sudo::Silent, &()).unwrap();
    }
    machine
}

fn points(flow: &dyn Flow, machine: &Arc<FakeHost>) -> Vec<What> {
    let host = Faulty::new(machine, None);
    flow.first(&host).unwrap_or_else(|problem| panic!("{}: {problem}", flow.name()));
    host.points.lock().unwrap().clone()
}

fn changing(tally: &mut Tally, flow: &Change, (number, what): (usize, &What), deed: Deed) {
    let name = format!("{}: the other {deed:?} at {number}, {what:?}", flow.name());
    let machine = flow.machine();
    let before = change::read_standing(&fresh(&Faulty::new(&machine, None)).target).unwrap();
    let outcome = Outcome::default();
    let (other, told) = (machine.clone(), outcome.clone());
    let first = Faulty::beside(&machine, number, move || *told.lock().unwrap() = Some(act(deed, &before, &other)));
    let result = flow.first(&first);
    let outcome = outcome.lock().unwrap().take().expect("the point was come to");

    // Each is told where its text is, and no token.
    for problem in [&result, &outcome].into_iter().filter_map(|result| result.as_ref().err()) {
        if format!("{problem:?}").contains(GLRT) {
            tally.leaked.push(format!("{name}: in the error"));
        }
    }
    let (old, new) = flow.texts();
    let mut lost = vec![];
    // Kept before the first one read it: the editor opened that text, and `config undo` showed what it dropped.
    let read_at = match flow {
        Change::Apply | Change::HandOver => 0,
        Change::Edit => 5,
        Change::Undo | Change::HandBack => 7,
    };
    let shown = deed != Deed::Changes && number < read_at;
    let theirs = config(OTHER);
    for (text, result) in [(&old, &Ok(())), (&new, &result), (&theirs, &outcome)] {
        let at_hand = can_be_had(&machine, text) || result.as_ref().is_err_and(refused);
        if !(at_hand || shown && *text == theirs) {
            lost.push(format!("{name}: {} is lost: {result:?}", text.lines().next().unwrap()));
        }
    }
    // What is stored is what somebody agreed to.
    let secret = machine.machine().secrets.get("config.toml").map(|(_, text)| String::from_utf8(text.clone()).unwrap());
    let mut agreed = vec![&old, &new];
    if deed == Deed::Changes && outcome.is_ok() {
        agreed.push(&theirs);
    }
    if !secret.as_ref().is_some_and(|secret| agreed.contains(&secret)) {
        lost.push(format!("{name}: stored is {secret:?}, which nobody agreed to"));
    }
    if result.is_ok() && deed != Deed::Changes && secret.as_ref() != Some(&new) && !shown {
        lost.push(format!("{name}: all went well, and stored is {secret:?}"));
    }
    tally.lost.extend(lost);

    // What waits is applied, one text after another, until nothing waits.
    let texts = [old, new, theirs];
    for _ in 0..4 {
        let next = Faulty::new(&machine, None);
        let standing = change::read_standing(&fresh(&next).target).unwrap();
        let text = standing.kept.map(|kept| kept.text).or_else(|| Some(standing.unsaved.last()?.text.clone()));
        let Some(text) = text.or_else(|| standing.held.text().cloned()) else { break };
        if let Err(problem) = put(&next, text.expose_str()) {
            tally.stuck.push(format!("{name}: then {problem}"));
            return;
        }
    }
    let verdict = changes::judge(&machine, &texts);
    let named = |what: Option<String>| what.map(|what| format!("{name}: {what}"));
    tally.lost.extend(named(verdict.lost));
    tally.leaked.extend(named(verdict.leaked));
    tally.stuck.extend(named(verdict.stuck));
}

/// The other one sets the host up, all of it, in the midst of the first.
fn setting_up(tally: &mut Tally, flow: &dyn Flow, (number, what): (usize, &What)) {
    let name = format!("{}: the other sets up at {number}, {what:?}", flow.name());
    let machine = with_ranges(flow);
    let others = Arc::new(Faulty::new(&machine, None));
    let (host, token) = (others.clone(), flow.token().to_owned());
    let first = Faulty::beside(&machine, number, move || {
        let mut setup = fresh(&host);
        setup.wants.vault.tokens.push(Secret::new(&*token));
        setup.wants.answers.runners = Some(2);
        drop(all_steps(&mut setup, &host)); // where the first is at work it is told so
    });
    drop(flow.first(&first)); // whoever comes second is told so
    let second = Faulty::new(&machine, None);
    if let Err(problem) = flow.next("setup", &second) {
        tally.stuck.push(format!("{name}: {problem}"));
        return;
    }
    let registered = [&first, &*others, &second].iter().map(|host| host.registered.load(Ordering::SeqCst)).sum();
    let verdict = flow.judge("setup", &Run { machine, registered, begun_with: String::new() });
    let named = |what: Option<String>| what.map(|what| format!("{name}: {what}"));
    tally.lost.extend(named(verdict.lost));
    tally.leaked.extend(named(verdict.leaked));
    tally.stuck.extend(named(verdict.stuck));
}
