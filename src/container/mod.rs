//! The container that runs already: its jobs, how it is stopped without losing one, how it is recreated, and what only it
//! knows (its own copy of the configuration, with the tokens that GitLab has rotated).

pub mod copies;
pub mod copy_in_container;
pub mod draining;
pub mod hand_over;
pub mod jobs;
pub mod limits;
pub mod load;
pub mod metrics;
pub mod older_network;
pub mod others;
pub mod pausing;
pub mod recreate;
pub mod rotated_tokens;
pub mod state_volume;
pub mod stopping;
pub mod trace;
pub mod update_record;
pub(crate) mod within;
pub mod work;
pub mod written_before;

use crate::host::podman::Container;
use crate::names::{FIRST, Names};
use crate::problem::Problem;

/// The problem of a container of that name that pipglr did not make: ours mounts the config secret.
pub fn foreign(names: &Names, container: &Container) -> Option<Problem> {
    let Names { container: name, config, .. } = names;
    if container.secrets.iter().any(|(secret, _)| secret == config) {
        return None;
    }
    if container.secrets.iter().any(|(secret, _)| *secret == FIRST.config) {
        return Some(Problem::new(
            format!(
                "The container {name} has the secrets and volumes of the container {}, as all did once.",
                FIRST.container
            ),
            format!(
                "`podman rename {name} {0}` makes it that one, where no other is called so; then go on without `--name`.",
                FIRST.container
            ),
        ));
    }
    Some(Problem::new(
        format!("There is a container {name} that pipglr did not make: it has no secret {config}."),
        format!(
            "Give the runner another name (`--name`), or rename or remove that container yourself: `podman rename {name} …`."
        ),
    ))
}
