//! Placeholder until the screen lands.
use crate::problem::{Exit, Problem, Result};
use crate::steps::Setup;
/// x
pub fn run(_: Setup) -> Result<Exit> {
    Err(Problem::new("no screen yet", "wait"))
}
/// x
pub fn logs(_: Setup) -> Result<Exit> {
    Err(Problem::new("no screen yet", "wait"))
}
