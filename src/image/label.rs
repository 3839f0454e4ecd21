//! The image's labels: commands that an image brings along.
//!
//! They are read, shown, and run by us rather than by `podman container runlabel`, with the same result: runlabel
//! loses all quoting, falls apart in a folder with a blank, takes no added variable, hides the exit code, and its
//! `--display` shows `podman` as the program whatever the program is (host/podman/FACTS.md). And because a
//! label is text from an image, only one whose program is podman is ever run.

use super::context;
use crate::host::Cmd;
use crate::host::podman::Image;
use crate::names::{FIRST, Names};
use crate::problem::{Problem, Result};
use crate::text::sanitize::sanitize;

/// The labels of the specification.
pub const NAMES: [&str; 5] = ["register", "setupstorage", "setupcache", "run", "dumpconfig"];

/// A label taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    words: Vec<String>,
    /// Where the image's name stands.
    image_at: Option<usize>,
}

/// Reads a label of an image.
///
/// # Errors
/// There is no such label, its quotes do not close, or its program is not podman.
pub fn read(image: &Image, image_name: &str, label: &str) -> Result<Label> {
    let other = "Use an image built from pipglr's Containerfile (`pipglr image build`).";
    let text = image.labels.get(label).map(String::as_str).unwrap_or_default();
    if text.is_empty() {
        return Err(Problem::new(format!("The image {image_name} has no label `{label}`."), other));
    }
    parse(text, image_name).filter(|parsed| parsed.words[1..].starts_with(&verb(label))).ok_or_else(|| {
        let shown = sanitize(text);
        Problem::new(
            format!("The label `{label}` of {image_name} is not the podman command it should be, so it is not run."),
            other,
        )
        .said(vec![shown])
    })
}

/// The podman verb a label is for: nothing else is run in its name.
fn verb(label: &str) -> Vec<String> {
    let words: &[&str] = if label.starts_with("setup") { &["volume", "create"] } else { &["run"] };
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn parse(text: &str, image_name: &str) -> Option<Label> {
    if text.chars().any(char::is_control) {
        return None; // it is shown before it is run, and must show as what it is
    }
    let mut words = shlex::split(text)?;
    if words.first()? != "podman" {
        return None;
    }
    let image_at = words.iter().position(|word| matches!(word.as_str(), "$IMAGE" | "${IMAGE}" | "IMAGE"));
    for word in &mut words {
        *word = word.replace("${IMAGE}", image_name).replace("$IMAGE", image_name);
    }
    if let Some(at) = image_at {
        words[at] = image_name.to_owned();
    }
    Some(Label { words, image_at })
}

/// Returns a label as the Containerfile has it that this program carries; empty where it has none of that name.
pub fn carried(label: &str) -> String {
    let containerfile = context::FILES.iter().find(|(path, _)| *path == "Containerfile");
    let text = containerfile.and_then(|(_, bytes)| str::from_utf8(bytes).ok()).unwrap_or_default();
    let of = |line: &str| {
        let text = line.trim_start().trim_start_matches("LABEL ").strip_prefix(label)?.strip_prefix("=\"")?;
        Some(text.trim_end_matches(['\\', ' ']).strip_suffix('"')?.replace("\\$", "$"))
    };
    text.lines().find_map(of).unwrap_or_default()
}

/// A part of a `--mount`, with the volume's own name.
fn mounted(names: &Names, part: &str) -> String {
    let named = ["source=", "src="].iter().find_map(|key| Some((key, part.strip_prefix(key)?)));
    let own = named.and_then(|(key, volume)| Some(format!("{key}{}", names.for_labels(volume)?)));
    own.unwrap_or_else(|| part.to_owned())
}

/// Returns in what a label of an image differs from the one that this program carries, in words; empty where in nothing.
/// One that is not the command it should be is [`read`]'s to refuse.
pub fn differs(image: &Image, label: &str) -> Vec<String> {
    let parts = |text: &str| parse(text, "$IMAGE").map(|label| label.parts()).unwrap_or_default();
    let (theirs, ours) = (parts(image.labels.get(label).map_or("", String::as_str)), parts(&carried(label)));
    let lacks = |from: &[String], these: &[String], word: &str| -> Vec<String> {
        let missing = these.iter().filter(|part| !from.contains(part));
        missing.map(|part| format!("{word} `{}`", sanitize(part))).collect()
    };
    [lacks(&ours, &theirs, "it has"), lacks(&theirs, &ours, "it lacks")].concat()
}

impl Label {
    /// Its options, each with its value in one text; then what runs in the container, or the volume.
    fn parts(&self) -> Vec<String> {
        let mut parts: Vec<String> = vec![];
        let end = self.image_at.unwrap_or(self.words.len());
        for (at, word) in self.words.iter().enumerate().take(end) {
            let value = at > 0 && !word.starts_with('-') && self.words[at - 1].starts_with('-');
            match parts.last_mut().filter(|_| value && !self.words[at - 1].contains('=')) {
                Some(option) => *option = format!("{option} {word}"),
                None => parts.push(word.clone()),
            }
        }
        let rest = self.words[end..].join(" ");
        parts.extend((!rest.is_empty()).then_some(rest));
        parts
    }

    /// Sets a variable in the container.
    pub fn env(self, name: &str, value: &str) -> Self {
        self.option("--env", &format!("{name}={value}"))
    }

    /// Mounts the authority of one's own, which anybody in the container may read.
    pub fn authority(self, names: &Names) -> Self {
        self.option("--secret", &format!("{},mode=0444", names.secret_mount(&FIRST.authority)))
    }

    /// Is about this container: where the label names the container, the secrets and the volumes of the first one, it names
    /// those of this one. In the container all is called as before.
    pub fn of(mut self, names: &Names) -> Self {
        let end = self.image_at.unwrap_or(self.words.len());
        for at in 1..end {
            let (option, glued) = match self.words[at].split_once('=') {
                Some((option, _)) if option.starts_with("--") => (option.to_owned(), true),
                _ => (self.words[at - 1].clone(), false),
            };
            let begin = if glued { option.len() + 1 } else { 0 };
            let value = self.words[at][begin..].to_owned();
            let own = match option.as_str() {
                "--secret" => value.split_once(',').map_or_else(
                    || names.secret_mount(&value),
                    |(secret, rest)| format!("{},{rest}", names.secret_mount(secret)),
                ),
                "-v" | "--volume" => match value.split_once(':') {
                    Some((volume, rest)) => format!("{}:{rest}", names.for_labels(volume).unwrap_or(volume)),
                    None => continue,
                },
                "--mount" => value.split(',').map(|part| mounted(names, part)).collect::<Vec<_>>().join(","),
                // What is made, in place of an option's value.
                _ if at + 1 == end && self.image_at.is_none() => {
                    names.for_labels(&value).map_or_else(|| value.clone(), str::to_owned)
                }
                _ => continue,
            };
            self.words[at].replace_range(begin.., &own);
        }
        if self.image_at.is_some() { self.name(&names.container) } else { self }
    }

    /// Names the container, in place of the name that the label gives.
    pub fn name(mut self, name: &str) -> Self {
        let end = self.image_at.unwrap_or(self.words.len());
        let options = &mut self.words[..end];
        if let Some(at) = options.iter().position(|word| word == "--name")
            && let Some(value) = options.get_mut(at + 1)
        {
            *value = name.to_owned();
        } else if let Some(word) = options.iter_mut().find(|word| word.starts_with("--name=")) {
            *word = format!("--name={name}");
        } else {
            return self.option("--name", name);
        }
        self
    }

    /// Adds an option, before the image's name.
    fn option(mut self, option: &str, value: &str) -> Self {
        if let Some(at) = self.image_at {
            self.words.splice(at..at, [option.to_owned(), value.to_owned()]);
            self.image_at = Some(at + 2);
        }
        self
    }

    /// Returns the last word: the name of the volume that a `setup…` label makes.
    pub fn last(&self) -> &str {
        self.words.last().map(String::as_str).unwrap_or_default()
    }

    /// Returns the owner that a `setup…` label gives to the volume: `o=uid=U,gid=G`.
    pub fn owner(&self) -> Option<(u64, u64)> {
        let options =
            self.words.iter().find_map(|word| word.strip_prefix("o=").or_else(|| word.strip_prefix("--opt=o=")))?;
        let number =
            |key: &str| options.split(',').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('=')?.parse().ok());
        Some((number("uid")?, number("gid")?))
    }

    /// As a command.
    pub fn cmd(&self) -> Cmd {
        Cmd::podman(self.words.iter().skip(1).cloned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(label: &str) -> Image {
        Image {
            labels: ["run", "setupcache"].map(|name| (name.to_owned(), label.to_owned())).into(),
            ..Image::default()
        }
    }

    #[test]
    fn a_label_becomes_a_command() {
        let image = image("podman run --rm --name pipglr -v ./config.toml:/c:Z $IMAGE gitlab-runner register");
        let label = read(&image, "reg/pipglr:1", "run").unwrap().env("CI_SERVER_URL", "https://g/?a b").name("other");
        assert_eq!(
            label.cmd().args,
            [
                "run",
                "--rm",
                "--name",
                "other",
                "-v",
                "./config.toml:/c:Z",
                "--env",
                "CI_SERVER_URL=https://g/?a b",
                "reg/pipglr:1",
                "gitlab-runner",
                "register"
            ]
        );
    }

    #[test]
    fn what_differs_from_the_carried_label_is_named() {
        for name in NAMES {
            assert!(carried(name).starts_with("podman "), "{name}");
            let own = Image { labels: [(name.to_owned(), carried(name))].into(), ..Image::default() };
            assert_eq!(differs(&own, name), [""; 0], "{name}");
            assert!(read(&own, "i", name).is_ok());
        }
        let run = carried("run");
        for (text, words) in [
            (run.replace("-d -t", "-d -t -v /home:/host"), "it has `-v /home:/host`"),
            (run.replace("-d -t", "-d -t --pid=host"), "it has `--pid=host`"),
            (run.replace("-d -t", "-d -t --network host"), "it has `--network host`"),
            (run.replace("-d -t", "-d -t --privileged"), "it has `--privileged`"),
            (run.replace("--cap-drop ALL ", ""), "it lacks `--cap-drop ALL`"),
            (run.replace("SETUID,", "SETUID,SYS_PTRACE,"), "SYS_PTRACE"),
            (format!("{run} sleep 9"), "it has `$IMAGE sleep 9`"),
        ] {
            let found = differs(&image(&text), "run");
            assert!(found.iter().any(|found| found.contains(words)), "{text}: {found:?}");
        }
    }

    #[test]
    fn a_label_about_a_second_container_names_nothing_of_the_first_one() {
        let of = |name: &str, container: &str| {
            let image = Image { labels: [(name.to_owned(), carried(name))].into(), ..Image::default() };
            read(&image, "i", name).unwrap().of(&Names::of(container)).words.join(" ")
        };
        for name in NAMES {
            let first = carried(name).replace("$IMAGE", "i");
            let named = if ["run", "setupstorage", "setupcache"].contains(&name) {
                first.clone()
            } else {
                first.replace(" i ", " --name pipglr i ")
            };
            assert_eq!(of(name, "pipglr"), named);
            let second = of(name, "second");
            for mine in FIRST.all_volumes().into_iter().chain(["--secret config.toml", "--secret REGISTRATION_TOKEN"]) {
                assert!(!second.contains(mine), "{name}: {second}");
            }
        }
        let run = of("run", "second");
        for word in [
            "--name second ",
            "--secret second-config.toml,target=config.toml,uid=1001,gid=1001,mode=0400 ",
            "-v second-storage:/home/podman/.local/share/containers ",
            "-v second-cache:/cache ",
            "-v second-state:/var/lib/gitlab-runner ",
        ] {
            assert!(run.contains(word), "{word}: {run}");
        }
        assert!(
            of("register", "second").contains("--secret second-REGISTRATION_TOKEN,target=REGISTRATION_TOKEN,type=env ")
        );
        assert!(of("setupcache", "second").ends_with(" second-cache"));
        let odd = "podman run --secret=config.toml --mount type=volume,source=pipglr-cache,target=/c --volume=pipglr-state:/s \
                   -v ./config.toml:/c -v pipglr-x:/x $IMAGE pipglr-cache";
        assert_eq!(
            read(&image(odd), "i", "run").unwrap().of(&Names::of("b")).name("pipglr").words.join(" "),
            "podman run --secret=b-config.toml,target=config.toml --mount type=volume,source=b-cache,target=/c \
             --volume=b-state:/s -v ./config.toml:/c -v pipglr-x:/x --name pipglr i pipglr-cache"
        );
    }

    #[test]
    fn volumes_and_owners() {
        let label =
            read(&image("podman volume create --opt o=uid=1000,gid=1001 pipglr-storage"), "i", "setupcache").unwrap();
        assert_eq!((label.last(), label.owner()), ("pipglr-storage", Some((1000, 1001))));
    }

    #[test]
    fn what_is_not_podman_is_not_run() {
        for text in
            ["sh -c 'rm -rf /'", "/bin/podman run", "echo podman", "podman 'unclosed", "podman run \u{1b}[2Kls", ""]
        {
            assert!(read(&image(text), "i", "run").is_err(), "{text}");
        }
        for text in ["podman secret rm config.toml", "podman system reset --force", "podman run x"] {
            assert!(read(&image(text), "i", "setupcache").is_err(), "{text}");
        }
        assert!(read(&image("podman run x"), "i", "missing").is_err());
    }
}
