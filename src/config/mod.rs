//! gitlab-runner's config.toml, as text: nothing here touches the host.
//!
//! - [`keys`]: every key, its type, values, default, version and meaning
//! - [`lint`](lint::lint): all that is wrong with a text, each on its line and column
//! - [`complete`](complete::complete), [`help_at`](complete::help_at): what may stand at the cursor, and what stands there
//! - [`diff`](diff::diff): what changed, without the secrets; [`secrets`]: where they are
//! - [`recipes`]: whole changes by name
//! - [`renewed`]: tokens that GitLab has renewed
//! - [`docker`]: how jobs run; [`cgroups`]: whether limits of theirs hold
//! - [`document`]: the few changes pipglr makes by itself; [`keep`] keeps every other byte

pub mod cgroups;
pub mod complete;
pub mod diff;
pub mod docker;
pub mod document;
pub mod here;
pub mod keys;
pub mod lint;
pub mod preserve;
pub mod recipes;
pub mod reload;
pub mod rotated_tokens;
pub mod secrets;
pub mod source;
mod toml_places;
