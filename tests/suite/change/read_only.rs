//! Where pipglr is read-only, the host stays as it is.

use super::*;
use crate::support::{Pretend, pretend_host, wanted};
use pipglr::answers::Answers;
use pipglr::api::creation::{self, Created, Owner};
use pipglr::api::{Place, rotation};
use pipglr::config::document;
use pipglr::host::Host;
use pipglr::plan::{Action, Plan};
use pipglr::problem::Kind;
use pipglr::secret::Vault;
use pipglr::settings::Settings;
use pipglr::state;

struct ReadOnly(Arc<dyn Host>, Settings);

impl Pretend for ReadOnly {
    fn beneath(&self) -> &dyn Host {
        &*self.0
    }

    fn settings(&self) -> &Settings {
        &self.1
    }
}

pretend_host!(ReadOnly);

#[test]
fn nothing_is_changed_and_it_says_how_it_would_be() {
    let (host, mut setup) = machine();
    let settings = Settings { read_only: true, ..Settings::default() };
    setup.target.host = Arc::new(ReadOnly(setup.target.host.clone(), settings));
    let standing = change::read_standing(&setup.target).unwrap();
    let proposal = propose(&setup.target, &standing, &Secret::new(config(5)), false).unwrap();
    host.machine().changes.clear(); // what was tried, and is gone again
    let last = Plan::from(vec![Action::Remove(WORK.into())]);
    for refused in [
        change::carry_out(&setup.target, &proposal, Sudo::Silent, &()),
        change::keep_first(&setup.target, None, &Secret::new(config(5))),
        pipglr::apply::apply(&*setup.target.host, &last, &Vault::default(), Sudo::Terminal, &()),
    ] {
        let problem = refused.unwrap_err();
        assert_eq!(problem.kind, Kind::Usage);
        assert!(problem.what.contains("read-only") && problem.advice.contains("--read-only=false"), "{problem}");
    }
    assert_eq!(host.machine().changes, Vec::<String>::new());
    assert_at_work(&host, &config(1), "");
    // To look is no change.
    assert_eq!(change::read_standing(&setup.target).unwrap().held.text(), Some(&Secret::new(config(1))));
}

/// What GitLab has made or replaced cannot be taken back: it is not asked for.
#[test]
fn gitlab_is_asked_to_change_nothing_either() {
    let (host, mut setup) = machine();
    let settings = Settings { read_only: true, ..Settings::default() };
    setup.target.host = Arc::new(ReadOnly(setup.target.host.clone(), settings));
    let (read_only, place) = (&*setup.target.host, Place::Container("pipglr".into()));
    let user = Secret::new("glpat-abcdefghijklmnop");
    let wanted = wanted(Owner::Instance);
    let runner = document::read(&config(1)).unwrap().runners.remove(0);
    let made =
        Created { id: 7, token: Secret::new("glrt-t1_abcdefghijklmnopqrst"), server: "https://gitlab.example/".into() };
    host.machine().commands.clear();
    let files = host.machine().files.clone();
    for refused in [
        creation::create(read_only, &place, "https://gitlab.example/", &user, &wanted, &()).map(drop),
        creation::discard(read_only, &place, &made, &()),
        rotation::rotate(read_only, &place, &runner).map(drop),
    ] {
        let problem = refused.unwrap_err();
        assert!(problem.kind == Kind::Usage && problem.what.contains("read-only"), "{problem}");
    }
    state::save_answers(read_only, &Answers { concurrent: Some(9), ..Answers::default() }).unwrap();
    let machine = host.machine();
    assert_eq!((machine.commands.len(), &machine.files), (0, &files));
}

#[test]
fn as_many_versions_are_kept_as_is_set() {
    let (host, mut setup) = machine();
    let settings = Settings { history: 2, ..Settings::default() };
    setup.target.host = Arc::new(ReadOnly(setup.target.host.clone(), settings));
    for concurrent in [5, 6, 7] {
        put(&setup, &config(concurrent)).unwrap();
    }
    assert_eq!(versions(&host), [config(6), config(7)]);
}
