//! What things are called: in podman, in the image, on the command line.

use std::sync::LazyLock;

/// The container, where no other name is given.
pub const CONTAINER: &str = "pipglr";
/// The image, where nobody names another.
pub const IMAGE: &str = "registry.gitlab.com/qontainers/pipglr:latest";
/// The nested podman's socket, in the container: its command and `host` in config.toml.
pub const PODMAN_SOCKET: &str = "unix:///home/runner/podman.sock";
/// The things of the first container, by the names that the image's labels give them; so they are called in a container, too.
pub static FIRST: LazyLock<Names> = LazyLock::new(Names::default);

/// What is made of a name, a tag of an image for one, may have 128 letters.
const LONGEST: usize = 100;

/// What belongs to one container alone, by name. Of two containers on one account neither has anything of the other's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// The container.
    pub container: String,
    /// The secret that holds config.toml.
    pub config: String,
    /// The secret that holds the token while a runner is registered.
    pub token: String,
    /// The secret that holds a certificate authority of one's own.
    pub authority: String,
    /// The nested podman's storage. Two containers must never share it: each has a podman of its own on it.
    pub storage: String,
    /// The jobs' caches.
    pub cache: String,
    /// What outlives the container of what gitlab-runner writes: renewed tokens, the system ID. It comes with the container.
    pub state: String,
}

impl Default for Names {
    fn default() -> Self {
        Self::of(CONTAINER)
    }
}

impl Names {
    /// Returns the names of a container's things.
    pub fn of(container: &str) -> Self {
        let own = |what: &str| format!("{container}-{what}");
        // The first one's are older than the second one.
        let secret = |what: &str| if container == CONTAINER { what.to_owned() } else { own(what) };
        Self {
            config: secret("config.toml"),
            token: secret("REGISTRATION_TOKEN"),
            authority: own("ca"),
            storage: own("storage"),
            cache: own("cache"),
            state: own("state"),
            container: container.to_owned(),
        }
    }

    /// Returns whether they are the first one's.
    pub fn are_first(&self) -> bool {
        self.container == CONTAINER
    }

    /// Returns the secrets.
    pub fn secrets(&self) -> [&str; 3] {
        [&self.config, &self.token, &self.authority]
    }

    /// Returns the volumes that the image's labels make.
    pub fn volumes(&self) -> [&str; 2] {
        [&self.storage, &self.cache]
    }

    /// Returns all volumes.
    pub fn all_volumes(&self) -> [&str; 3] {
        [&self.storage, &self.cache, &self.state]
    }

    /// Returns how the first one's things are spoken of, and how these.
    pub fn said(&self) -> Vec<(String, String)> {
        let spoken = |names: &Self| {
            let volumes = names.all_volumes().map(str::to_owned);
            let exec = [format!("secret {}", names.config), format!("podman exec {} ", names.container)];
            volumes.into_iter().chain(exec).collect::<Vec<_>>()
        };
        spoken(&FIRST).into_iter().zip(spoken(self)).collect()
    }

    /// Returns the name of what a label of the image calls by the first one's name; `None` where that is none of these.
    pub fn for_labels(&self, named: &str) -> Option<&str> {
        let (first, own) = (FIRST.things(), self.things());
        first.into_iter().zip(own).find(|(first, _)| *first == named).map(|(_, own)| own)
    }

    fn things(&self) -> impl IntoIterator<Item = &str> {
        self.secrets().into_iter().chain(self.all_volumes())
    }

    /// Returns what mounts one of the secrets, in which a label, or the container, calls it by the first one's name: with
    /// `--secret`, before its other options.
    pub fn secret_mount(&self, named: &str) -> String {
        match self.for_labels(named) {
            Some(own) if own != named => format!("{own},target={named}"),
            _ => named.to_owned(),
        }
    }
}

/// Returns whether a secret of this name holds the config.toml of one of the containers.
pub fn is_config(secret: &str) -> bool {
    secret.strip_suffix(&*FIRST.config).is_some_and(|before| before.is_empty() || before.ends_with('-'))
}

/// Returns whether podman takes this for an image, and not for one of its options; what is wrong with it otherwise podman says.
pub fn is_image(text: &str) -> bool {
    !text.is_empty() && !text.starts_with('-') && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

/// Returns why no container of pipglr's can have this name; `None` where it can.
pub fn refusal(name: &str) -> Option<&'static str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    let number = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    // What stands beside a container for a moment, and the files beside its folders.
    let beside = ["-next", "-replaced", "-register", ".toml", ".json", ".log"].iter().any(|end| name.ends_with(end));
    let of_a_process =
        ["-probe-", "-edit-", "-once-"].iter().any(|part| name.rsplit_once(part).is_some_and(|(_, rest)| number(rest)));
    if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) || !name.chars().all(plain) {
        Some("a name begins with a letter or digit, then letters, digits, _ . -")
    } else if name.len() > LONGEST {
        Some("it is longer than 100 letters")
    } else if name != CONTAINER && FIRST.things().into_iter().any(|thing| thing == name) || beside || of_a_process {
        Some("pipglr calls things of its own so; choose another, as `--name second`")
    } else {
        None
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_would_be_taken_for_something_else_is_refused() {
        for name in ["pipglr", "second", "a", "build.box", "x_1", "next", "pipglr-2", "once-more", "my-edit-box"] {
            assert_eq!(refusal(name), None, "{name}");
        }
        let long = "x".repeat(101);
        for name in [
            "",
            "-x",
            "a b",
            "a/b",
            "é",
            ".x",
            "config.toml",
            "REGISTRATION_TOKEN",
            "pipglr-storage",
            "pipglr-ca",
            "second-next",
            "pipglr-replaced",
            "x-register",
            "created.json",
            "x-probe-12-0",
            "pipglr-edit-7",
            "pipglr-once-7-1",
            &long,
        ] {
            assert!(refusal(name).is_some(), "{name}");
        }
    }

    #[test]
    fn the_first_container_has_the_labels_names_and_a_second_one_its_own() {
        assert_eq!(FIRST.secrets(), ["config.toml", "REGISTRATION_TOKEN", "pipglr-ca"]);
        assert_eq!(FIRST.all_volumes(), ["pipglr-storage", "pipglr-cache", "pipglr-state"]);
        let second = Names::of("second");
        assert_eq!(second.secrets(), ["second-config.toml", "second-REGISTRATION_TOKEN", "second-ca"]);
        assert_eq!(second.all_volumes(), ["second-storage", "second-cache", "second-state"]);
        assert_eq!(FIRST.secret_mount("config.toml"), "config.toml");
        assert_eq!(second.secret_mount("config.toml"), "second-config.toml,target=config.toml");
        assert_eq!(second.secret_mount("other"), "other");
        assert!(is_config(&FIRST.config) && is_config(&second.config) && !is_config(&second.token));
    }
}
