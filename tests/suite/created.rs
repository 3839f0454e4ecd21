//! What GitLab has made is kept, however its answer comes.

use crate::support::{FakeHost, IMAGE, wanted};
use pipglr::api::creation::{self, Owner};
use pipglr::api::{Place, rotation};
use pipglr::config::document::Runner;
use pipglr::problem::Kind;
use pipglr::secret::Secret;
use pipglr::steps::{State, Step, creating};
use pipglr::{state, teardown};

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

/// Answers that name another server meanwhile, as a setup of another runner leaves them, have its token sent nowhere else.
#[test]
fn a_runner_that_waits_is_for_the_server_that_made_it_alone() {
    let host = FakeHost::fresh();
    let mut setup = host.setup(&[]);
    setup.wants.answers.gitlab_url = Some("https://first.example/".into());
    let user = Secret::new("glpat-abcdefghijklmnopqrst");
    let created = creating::make(&mut setup, &user, &wanted(Owner::Instance), &()).unwrap();
    assert_eq!(created.server, "https://first.example/");
    setup.wants.answers.gitlab_url = Some("https://second.example/".into());
    state::save_answers(&*host, &setup.wants.answers).unwrap();
    host.machine().asked.clear();

    // Setup with its token, and that address.
    setup.wants.vault.tokens = vec![created.token.clone()];
    let State::Blocked(problem) = setup.check(Step::Registration).unwrap().state else { panic!("it goes there") };
    assert!(
        problem.kind == Kind::Usage && problem.what.contains("is at https://first.example/, not at https://second")
    );
    assert!(problem.advice.contains("`pipglr setup` goes on with it, `pipglr runner create --discard` deletes it"));
    assert!(created.refuse_elsewhere("https://first.example", "pipglr").is_ok(), "the same");

    // Teardown, and discard.
    assert_eq!(teardown::find(&setup.target, &()).unwrap().runners[0].0.url, "https://first.example/");
    creating::discard(&setup, &created, &()).unwrap();
    let asked = host.machine().asked.clone();
    assert!(asked.len() == 2 && asked.iter().all(|url| url.starts_with("https://first.example/api/")), "{asked:?}");
    assert!(
        creation::waiting(&*host).unwrap().is_none()
            && creation::files(&*host).iter().all(|f| !host.machine().files.contains_key(f))
    );
}

#[test]
fn one_that_an_earlier_pipglr_had_made_is_for_the_server_of_the_answers() {
    let host = FakeHost::fresh();
    let mut setup = host.setup(&[]);
    setup.wants.answers.gitlab_url = Some("https://first.example/".into());
    let user = Secret::new("glpat-abcdefghijklmnopqrst");
    creating::make(&mut setup, &user, &wanted(Owner::Instance), &()).unwrap();
    host.machine().files.remove(&creation::files(&*host)[0]);
    assert_eq!(creation::waiting(&*host).unwrap().unwrap().server, "https://first.example/");
}

/// A proxy that lets nobody delete answers in JSON, too: what it has not deleted is not forgotten.
#[test]
fn a_runner_that_somebody_else_refuses_to_delete_waits_on() {
    let host = FakeHost::fresh();
    let mut setup = host.setup(&[]);
    let user = Secret::new("glpat-abcdefghijklmnopqrst");
    let created = creating::make(&mut setup, &user, &wanted(Owner::Instance), &()).unwrap();
    for text in
        ["{\"message\":\"403 Forbidden\"}\n403 application/json\n", "{\"status\":\"fine\"}\n200 application/json\n"]
    {
        host.machine().hostile = Some(("DELETE runners", 0, text));
        creating::discard(&setup, &created, &()).unwrap_err();
        assert!(creation::waiting(&*host).unwrap().is_some() && host.machine().runners.len() == 1, "{text}");
    }
    host.machine().hostile = None;
    // GitLab has deleted it, and was not heard.
    host.machine().runners.clear();
    creating::discard(&setup, &created, &()).unwrap();
    assert!(creation::waiting(&*host).unwrap().is_none());
}

/// Where nobody heard of it nothing is left that seems to wait.
#[test]
fn a_gitlab_that_is_away_leaves_no_file() {
    let host = FakeHost::fresh();
    host.machine().gitlab_away = true;
    let user = Secret::new("glpat-abcdefghijklmnopqrst");
    creating::make(&mut host.setup(&[]), &user, &wanted(Owner::Instance), &()).unwrap_err();
    assert!(creation::files(&*host).iter().all(|file| !host.machine().files.contains_key(file)));
}
