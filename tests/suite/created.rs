//! What GitLab has made is kept, however its answer comes.

use crate::support::{FakeHost, IMAGE, wanted};
use pipglr::api::creation::{self, Owner};
use pipglr::api::{Place, rotation};
use pipglr::config::document::Runner;
use pipglr::secret::Secret;
use pipglr::steps::creating;

const TOKEN: &str = "glrt-t1_abcdefghijklmnop";

/// The only one that has the token is this answer.
#[test]
fn an_answer_that_a_proxy_calls_a_text_is_one_all_the_same() {
    let host = FakeHost::fresh();
    host.machine().kind = Some("text/plain");
    let mut setup = host.setup(&[]);
    let user = Secret::new("glpat-abcdefghijklmnopqrst");
    let created = creating::make(&mut setup, &user, &wanted(Owner::Instance), &()).unwrap();
    assert_eq!(creation::waiting(&*host).unwrap(), Some(created.clone()));
    assert!(host.machine().runners.contains(created.token.expose_str()));

    host.machine().runners.insert(TOKEN.into());
    let runner = Runner { url: "https://gitlab.example/".into(), token: Secret::new(TOKEN), ..Runner::default() };
    let place = Place::without_container(&*host, IMAGE).unwrap();
    let (new, _) = rotation::rotate(&*host, &place, &runner).unwrap();
    assert!(host.machine().runners.contains(new.expose_str()));
    // A refusal of such a kind leaves nothing behind.
    rotation::rotate(&*host, &place, &Runner { token: Secret::new("glrt-t1_unknownunknown"), ..runner }).unwrap_err();
    assert_eq!(rotation::files(&*host).len(), 1);
}
