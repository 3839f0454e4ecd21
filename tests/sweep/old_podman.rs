//! On podman 4.3, which shows no secret: read from podman's own file, and where a fault forbids that, by a container.

use crate::changes::Change;
use crate::faulty::Faulty;
use crate::support::FakeHost;
use crate::{Flow, Run, Verdict, setup};
use pipglr::problem::Result;
use std::sync::Arc;

pub fn flows() -> Vec<Box<dyn Flow>> {
    vec![Box::new(Old(setup::ONE)), Box::new(Old(Change::HandOver))]
}

/// The same on that podman.
struct Old<F>(F);

impl<F: Flow> Flow for Old<F> {
    fn name(&self) -> String {
        format!("{}, podman 4.3", self.0.name())
    }

    fn machine(&self) -> Arc<FakeHost> {
        let host = self.0.machine();
        host.machine().version = "4.3.1";
        host
    }

    fn first(&self, host: &Arc<Faulty>) -> Result<()> {
        self.0.first(host)
    }

    fn ways_on(&self) -> Vec<&'static str> {
        self.0.ways_on()
    }

    fn next(&self, way: &str, host: &Arc<Faulty>) -> Result<()> {
        self.0.next(way, host)
    }

    fn after_the_fault(&self, host: &FakeHost) -> Vec<String> {
        self.0.after_the_fault(host)
    }

    fn judge(&self, way: &str, run: &Run) -> Verdict {
        self.0.judge(way, run)
    }

    fn token(&self) -> &str {
        self.0.token()
    }
}
