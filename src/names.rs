//! What things are called: in podman, in the image, on the command line.

/// The container, where no other name is given.
pub const CONTAINER: &str = "pipglr";
/// The image, where nobody names another.
pub const IMAGE: &str = "registry.gitlab.com/qontainers/pipglr:latest";
/// The secret that holds config.toml.
pub const CONFIG_SECRET: &str = "config.toml";
/// The secret that holds the token while a runner is registered.
pub const TOKEN_SECRET: &str = "REGISTRATION_TOKEN";
/// The secret that holds a certificate authority of one's own.
pub const CA_SECRET: &str = "pipglr-ca";
/// The nested podman's socket, in the container: its command and `host` in config.toml.
pub const PODMAN_SOCKET: &str = "unix:///home/runner/podman.sock";
/// The nested podman's storage. Two containers must never share it: each has a podman of its own on it.
pub const STORAGE_VOLUME: &str = "pipglr-storage";
/// The jobs' caches.
pub const CACHE_VOLUME: &str = "pipglr-cache";
/// What outlives the container of what gitlab-runner writes: renewed tokens, the system ID. It comes with the container.
pub const STATE_VOLUME: &str = "pipglr-state";
/// The volumes of the container that its image's labels make.
pub const VOLUMES: [&str; 2] = [STORAGE_VOLUME, CACHE_VOLUME];
/// All volumes of the container.
pub const ALL_VOLUMES: [&str; 3] = [STORAGE_VOLUME, CACHE_VOLUME, STATE_VOLUME];

/// Returns what is typed for a verb of this program on a container.
pub fn typed(verb: &str, container: &str) -> String {
    if container == CONTAINER { format!("pipglr {verb}") } else { format!("pipglr {verb} --name {container}") }
}

/// Returns what to do about a container that does not run: one that is not there starts by no `start`, unless a unit makes it.
pub fn starts(container: &str, is_there: bool) -> String {
    if is_there {
        format!("`{}` starts it.", typed("start", container))
    } else {
        format!("`{}` says what makes it.", typed("status", container))
    }
}
