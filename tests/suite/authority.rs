//! A GitLab behind an authority of its own, where it is asked before step 3.

use crate::support::{FakeHost, IMAGE, wanted};
use pipglr::api::Place;
use pipglr::api::creation::Owner;
use pipglr::secret::Secret;
use pipglr::steps::creating;
use std::sync::Arc;

/// Has a runner made with an authority that only the answers name; gives the machine.
fn made(image: bool) -> Arc<FakeHost> {
    let host = FakeHost::fresh();
    host.machine().image = image;
    let pem = b"-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n";
    host.machine().files.insert("/srv/ca.pem".into(), pem.to_vec());
    let mut setup = host.setup(&[]);
    setup.wants.answers.ca_file = Some("/srv/ca.pem".into());
    setup.wants.answers.gitlab_url = Some("https://gitlab.example/".into());
    creating::make(&mut setup, &Secret::new("glpat-abcdefghijklmnopqrst"), &wanted(Owner::Instance), &()).unwrap();
    host
}

#[test]
fn a_runner_is_made_by_a_gitlab_whose_authority_only_the_answers_name() {
    let host = made(true);
    let changes = host.machine().changes.clone();
    let at = |what: &str| changes.iter().position(|line| line.contains(what)).unwrap_or_else(|| panic!("{changes:?}"));
    assert!(at("podman secret create pipglr-ca /srv/ca.pem") < at("POST user/runners"));
    let place = Place::without_container(&*host, IMAGE).unwrap();
    assert_eq!(place, Place::Image { image: IMAGE.into(), trusts: true });
    assert_eq!(host.machine().trusting, ["/run/secrets/pipglr-ca"]);
}

#[test]
fn a_gitlab_that_nobody_could_ask_leaves_nothing_to_wonder_about() {
    let host = FakeHost::fresh();
    host.machine().gitlab_away = true;
    let mut setup = host.setup(&[]);
    setup.wants.answers.gitlab_url = Some("https://gitlab.example/".into());
    creating::make(&mut setup, &Secret::new("glpat-abcdefghijklmnopqrst"), &wanted(Owner::Instance), &()).unwrap_err();
    assert!(!creating::unanswered(&*host));
}

#[test]
fn where_no_image_is_yet_this_machine_asks_with_the_authority_s_own_file() {
    let host = made(false);
    assert_eq!(host.machine().trusting, ["/srv/ca.pem"]);
    assert!(host.machine().changes.iter().any(|line| line.contains("podman secret create pipglr-ca")));
}
