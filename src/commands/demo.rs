//! `demo`: the whole program on a pretend host, which no command, file or network is behind.

use super::Context;
use super::number::number;
use crate::crash;
use crate::demo::{Clock, DemoHost, TOKEN};
use crate::names;
use crate::problem::{Exit, Problem, Result};
use crate::secret::Secret;
use crate::steps::Setup;
use crate::target::Target;
use crate::tui;
use std::sync::Arc;

/// What `demo` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pipglr demo                     # needs no podman, no root, no GitLab; q leaves
  pipglr demo --speed 4           # its time goes four times as fast")]
pub struct Args {
    /// How many times as fast as on a machine it goes
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = number(1..=100_u32, "how many times as fast, from 1 to 100"))]
    speed: u32,
}

/// Opens the screen on a pretend host.
///
/// # Errors
/// There is no terminal that a screen can be drawn on.
pub fn run(args: &Args, context: &Context) -> Result<Exit> {
    if context.plain() {
        return Err(Problem::usage(
            "The demo is a screen, and has no plain lines.",
            "Run `pipglr demo` on a terminal; `pipglr setup --dry-run` prints what would be done on this machine.",
        ));
    }
    crash::write_nothing();
    tui::run(setup(Arc::new(DemoHost::new(Clock::going(args.speed)))))
}

/// Returns a setup on this host, with a token entered.
pub fn setup(host: Arc<DemoHost>) -> Setup {
    let mut setup = Setup::new(Target::new(host, names::IMAGE, names::CONTAINER));
    setup.wants.vault.tokens.push(Secret::new(TOKEN));
    setup.wants.answers.concurrent = Some(4);
    setup.wants.answers.gitlab_url = Some("https://gitlab.example/".into());
    setup
}
