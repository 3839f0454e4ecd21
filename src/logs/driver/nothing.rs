//! The drivers that keep no lines: `none`, and those that hand them to who started the container.

use super::Reader;
use crate::host::Host;
use crate::host::podman::Container;
use crate::problem::{Problem, Result};

/// Nothing can be read.
///
/// # Errors
/// Always.
pub(super) fn open(_host: &dyn Host, container: &Container) -> Result<Box<dyn Reader>> {
    Err(Problem::new(
        format!("The container has the log driver `{}`, which keeps no lines.", container.log_driver),
        "Recreate it with `--log-driver k8s-file`: `pipglr image labels` shows its command.",
    ))
}
