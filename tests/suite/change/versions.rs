//! The versions that are stored, and the way back to any of them.

use super::*;
use pipglr::problem::Kind;

fn words(setup: &Setup) -> Vec<(String, Option<bool>)> {
    let listed = change::read_versions(&setup.target).unwrap();
    listed.into_iter().map(|one| (one.words, one.stored)).collect()
}

#[test]
fn each_version_says_what_it_changed_and_can_be_gone_back_to() {
    let (host, setup) = machine();
    assert!(words(&setup).is_empty());
    assert_eq!(undo(&setup).unwrap_err().kind, Kind::Nothing, "nothing is wrong");
    put(&setup, &config(5)).unwrap();
    put(&setup, &config(7)).unwrap();
    let oldest = "the oldest that is kept".to_owned();
    let (five, seven) = ("concurrent = 5, was 1".to_owned(), "concurrent = 7, was 5".to_owned());
    assert_eq!(words(&setup), [(seven, Some(true)), (five.clone(), None), (oldest.clone(), None)]);
    host.machine().containers.get_mut("pipglr").unwrap().secret = "0".into();
    host.machine().containers.get_mut("pipglr").unwrap().text = config(1).into();
    assert_eq!(words(&setup)[0].1, Some(false), "the container works with another one");

    let first = change::read_versions(&setup.target).unwrap().pop().unwrap().version.at;
    let offer = change::offer_version(&setup.target, first).unwrap();
    assert!(offer.back.as_ref().unwrap().starts_with("the version of"), "{:?}", offer.back);
    change::carry_out(&setup.target, &offer.proposal, Sudo::Silent, &()).unwrap();
    assert_at_work(&host, &config(1), "");
    assert_eq!(words(&setup)[0], ("concurrent = 1, was 7".to_owned(), Some(true)));
    let gone = change::offer_version(&setup.target, first).unwrap_err();
    assert!(gone.what.contains("not there any more"), "it is the newest by now: {gone}");
}

#[test]
fn a_text_that_waits_is_not_lost_to_a_version_that_is_gone_back_to() {
    let (host, setup) = machine();
    put(&setup, &config(5)).unwrap();
    let standing = change::read_standing(&setup.target).unwrap();
    change::keep(&setup.target, &standing, &Secret::new(config(9)), &()).unwrap();
    let oldest = change::read_versions(&setup.target).unwrap().pop().unwrap().version.at;
    let waits = change::offer_version(&setup.target, oldest).unwrap_err();
    assert!(waits.what.contains("Another text"), "{waits}");
    assert_eq!(host.machine().files[Path::new(WORK)], config(9).into_bytes());
}
