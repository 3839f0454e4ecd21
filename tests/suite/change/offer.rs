//! What is offered to be looked at before it is applied, which both faces only show.

use super::*;
use pipglr::answers::Answers;
use pipglr::problem::Kind;
use pipglr::state;

fn offer_typed(setup: &Setup, read: Option<change::Standing>, text: &str) -> (Result<change::Offer, Problem>, bool) {
    let kept = std::cell::Cell::new(false);
    let offer = change::offer_typed(&setup.target, read, &Secret::new(text), false.into(), &|| kept.set(true));
    (offer, kept.get())
}

#[test]
fn a_text_that_was_typed_is_kept_before_anything_is_planned() {
    let (host, setup) = machine();
    let opening = change::open(&setup.target).unwrap();
    assert_eq!((opening.text.expose_str(), opening.renewed), (&*config(1), 0));
    let (offer, kept) = offer_typed(&setup, Some(opening.standing), &config(5));
    let offer = offer.unwrap();
    assert!(kept && offer.does_something() && !offer.conflicts() && !offer.diff.lines.is_empty());
    assert_eq!(host.machine().files[Path::new(WORK)], config(5).as_bytes());
    assert_eq!(change::open(&setup.target).unwrap().text, Secret::new(config(5)), "it waits");
    // The same with another wish is no other text.
    let (offer, kept) = offer_typed(&setup, Some(*offer.standing), &config(5));
    assert!(offer.is_ok() && !kept);
}

#[test]
fn a_secret_that_was_changed_since_the_text_was_opened_is_not_replaced_unseen() {
    let (host, setup) = machine();
    let opened = change::open(&setup.target).unwrap().standing;
    put(&setup, &config(3)).unwrap();
    let (offer, kept) = offer_typed(&setup, Some(opened), &config(5));
    assert_eq!((offer.unwrap_err().kind, kept), (Kind::Conflict, true));
    assert_eq!(secret(&host), config(3));
    let (offer, _) = offer_typed(&setup, None, &config(5));
    assert_eq!(offer.unwrap().proposal.old, Some(Secret::new(config(3))));
}

#[test]
fn the_way_back_leads_to_the_version_before_also_over_what_waits() {
    let (host, setup) = machine();
    put(&setup, &config(2)).unwrap();
    let offer = change::offer_way_back(&setup.target).unwrap();
    assert!(offer.proposal.new == Secret::new(config(1)) && offer.back.unwrap().starts_with("the version of "));
    // A change that did not come as far as the secret: what is there is what to go back to.
    let standing = change::read_standing(&setup.target).unwrap();
    change::keep(&setup.target, &standing, &Secret::new(config(7)), &()).unwrap();
    let offer = change::offer_way_back(&setup.target).unwrap();
    assert_eq!((offer.proposal.new.expose_str(), offer.back.as_deref()), (&*config(2), Some("the secret as it is")));
    assert!(can_be_had(&host, &config(7)));
}

/// To get into a container takes longer than all that is asked there.
#[test]
fn the_container_is_looked_into_once() {
    let (host, setup) = machine();
    host.machine().containers.get_mut("pipglr").unwrap().copy = Some(config(1));
    let standing = change::read_standing(&setup.target).unwrap();
    let offer = change::offer(&setup.target, || Ok(standing), &Secret::new(config(5)), false.into()).unwrap();
    assert!(offer.proposal.hands_over, "it knows what the container has");
    let machine = host.machine();
    let looks: Vec<_> = machine.commands.iter().filter(|command| command.starts_with("podman exec")).collect();
    assert_eq!(looks.len(), 1, "{looks:#?}");
}

#[test]
fn past_a_lint_that_is_wrong_there_is_a_way() {
    let (host, setup) = machine();
    host.machine().complains = Some("ERROR: runners[0].docker.image: $NAME is empty");
    let standing = || change::read_standing(&setup.target).unwrap();
    let text = Secret::new(config(5));
    let refused = change::offer(&setup.target, || Ok(standing()), &text, false.into()).unwrap_err();
    assert!(refused.kind == Kind::Found && refused.advice.contains("--without-lint"), "{refused}");
    assert!(refused.said[0].contains("$NAME is empty"), "{refused}");
    let offer = change::offer_unlinted(&setup.target, standing(), &text, false.into()).unwrap();
    change::carry_out(&setup.target, &offer.proposal, Sudo::Silent, &()).unwrap();
    assert_eq!(secret(&host), config(5));
}

/// What was answered before step 4 is in the text that is edited there, and what is edited is what step 4 sets.
#[test]
fn the_first_configuration_is_opened_with_the_jobs_that_were_answered() {
    let (host, setup) = machine();
    host.machine().secrets.clear();
    let answers = Answers { concurrent: Some(4), ..Answers::default() };
    state::save_answers(&*setup.target.host, &answers).unwrap();
    host.machine().files.insert(WORK.into(), config(1).into_bytes());
    let opening = change::open(&setup.target).unwrap();
    assert_eq!(opening.text.expose_str(), config(4));
    change::answer_by(&*setup.target.host, &opening.standing, &Secret::new(config(6))).unwrap();
    assert_eq!(state::load_answers(&*setup.target.host).concurrent, Some(6));
}
