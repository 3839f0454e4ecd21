//! The command that made a container, taken apart: `podman run` or `podman create`, its options, the image, what runs.

/// An option as it was written, with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opt {
    /// `--volume`, or `-v`.
    pub flag: String,
    /// Its value, where it has one.
    pub value: Option<String>,
    /// Whether the value stands in the same word.
    glued: bool,
}

impl Opt {
    /// Makes `flag value`.
    pub fn new(flag: &str, value: impl Into<String>) -> Self {
        Self { flag: flag.into(), value: Some(value.into()), glued: false }
    }

    /// Makes a flag without a value.
    pub fn flag(flag: &str) -> Self {
        Self { flag: flag.into(), value: None, glued: false }
    }

    /// Returns its long name, without the dashes.
    pub fn name(&self) -> &str {
        let name = self.flag.trim_start_matches('-');
        ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, long)| long)
    }

    /// Returns its value; empty where it has none.
    pub fn text(&self) -> &str {
        self.value.as_deref().unwrap_or_default()
    }

    /// Returns whether it has one of these long names.
    pub fn is(&self, names: &[&str]) -> bool {
        names.contains(&self.name())
    }

    /// Returns its words, as they were.
    pub fn words(&self) -> Vec<String> {
        match &self.value {
            None => vec![self.flag.clone()],
            Some(value) if self.glued && self.flag.starts_with("--") => vec![format!("{}={value}", self.flag)],
            Some(value) if self.glued => vec![format!("{}{value}", self.flag)],
            Some(value) => vec![self.flag.clone(), value.clone()],
        }
    }
}

/// Short and older names of options (`podman run --help` of 4.3, 5.4, 5.8, 6.1; podman's own list of aliases).
const ALIASES: [(&str, &str); 20] = [
    ("a", "attach"),
    ("c", "cpu-shares"),
    ("d", "detach"),
    ("e", "env"),
    ("h", "hostname"),
    ("i", "interactive"),
    ("l", "label"),
    ("m", "memory"),
    ("P", "publish-all"),
    ("p", "publish"),
    ("q", "quiet"),
    ("t", "tty"),
    ("u", "user"),
    ("v", "volume"),
    ("w", "workdir"),
    ("net", "network"),
    ("net-alias", "network-alias"),
    ("healthcheck-command", "health-cmd"),
    ("healthcheck-interval", "health-interval"),
    ("healthcheck-retries", "health-retries"),
];

/// Options of `podman run` and `create` whose value, if any, stands in the same word: the sum of 4.3, 5.4, 5.8 and
/// 6.1. All others take one.
const WITHOUT_VALUE: [&str; 25] = [
    "detach",
    "disable-content-trust",
    "env-host",
    "help",
    "http-proxy",
    "init",
    "interactive",
    "no-healthcheck",
    "no-hostname",
    "no-hosts",
    "oom-kill-disable",
    "passwd",
    "privileged",
    "publish-all",
    "quiet",
    "read-only",
    "read-only-tmpfs",
    "replace",
    "rm",
    "rmi",
    "rootfs",
    "sig-proxy",
    "tls-verify",
    "tty",
    "unsetenv-all",
];

/// What `podman run` has and `podman create` lacks, on all four.
pub const RUN_ONLY: [&str; 7] = ["detach", "detach-keys", "passwd", "preserve-fd", "preserve-fds", "rmi", "sig-proxy"];

/// Options of podman itself without a value.
const GLOBAL_WITHOUT_VALUE: [&str; 8] =
    ["--help", "--noout", "--remote", "-r", "--syslog", "--transient-store", "--version", "-v"];

/// A command that makes a container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Command {
    /// podman's own options, before the verb.
    pub global: Vec<String>,
    /// The options of `run` or `create`.
    pub options: Vec<Opt>,
    /// The image; with `--rootfs` a folder.
    pub image: String,
    /// What runs in it.
    pub rest: Vec<String>,
}

impl Command {
    /// Takes a command apart; `None` where it makes no container: `podman kube play`, podman's API.
    pub fn parse(words: &[String]) -> Option<Self> {
        let mut words = words.iter().skip(1).peekable();
        let mut made = Self::default();
        while let Some(word) = words.next_if(|word| word.starts_with('-')) {
            made.global.push(word.clone());
            if !word.contains('=') && !GLOBAL_WITHOUT_VALUE.contains(&word.as_str()) {
                made.global.push(words.next()?.clone());
            }
        }
        words.next_if(|word| *word == "container");
        words.next().filter(|verb| ["run", "create"].contains(&verb.as_str()))?;
        while let Some(word) = words.next_if(|word| word.starts_with('-') && word.len() > 1) {
            match word.strip_prefix("--") {
                Some("") => break,
                Some(long) => match long.split_once('=') {
                    Some((name, value)) => {
                        let (flag, value) = (format!("--{name}"), Some(value.to_owned()));
                        made.options.push(Opt { flag, value, glued: true });
                    }
                    None if WITHOUT_VALUE.contains(&Opt::flag(word).name()) => made.options.push(Opt::flag(word)),
                    None => made.options.push(Opt::new(word, words.next()?)),
                },
                // Several letters in one word: flags, and the last may have a value: `-dp 80:80`, `-dv./x:/x`.
                None => {
                    let mut letters = word[1..].chars();
                    while let Some(letter) = letters.next() {
                        let flag = format!("-{letter}");
                        let rest = letters.as_str();
                        if WITHOUT_VALUE.contains(&Opt::flag(&flag).name()) {
                            // `-d=false`: the rest is the value.
                            let value = rest.strip_prefix('=').map(str::to_owned);
                            let ends = value.is_some();
                            made.options.push(match value {
                                Some(value) => Opt {
                                    flag: format!("--{}", Opt::flag(&flag).name()),
                                    value: Some(value),
                                    glued: true,
                                },
                                None => Opt::flag(&flag),
                            });
                            if ends {
                                break;
                            }
                            continue;
                        }
                        let value =
                            if rest.is_empty() { words.next()? } else { rest.strip_prefix('=').unwrap_or(rest) };
                        made.options.push(Opt { flag, value: Some(value.to_owned()), glued: !rest.is_empty() });
                        break;
                    }
                }
            }
        }
        made.image = words.next()?.clone();
        made.rest = words.cloned().collect();
        Some(made)
    }

    /// Returns the words of `podman create` that make a container of this name.
    pub fn create(&self, name: &str) -> Vec<String> {
        let mut words = self.global.clone();
        words.extend(["create".to_owned(), "--name".to_owned(), name.to_owned()]);
        words.extend(self.options.iter().flat_map(Opt::words));
        words.push(self.image.clone());
        words.extend_from_slice(&self.rest);
        words
    }

    /// Returns whether it has an option of this long name.
    pub fn has(&self, name: &str) -> bool {
        self.options.iter().any(|option| option.name() == name)
    }

    /// Removes all options of these long names.
    pub fn remove(&mut self, names: &[&str]) {
        self.options.retain(|option| !option.is(names));
    }

    /// Gives an option one value in place of all that it had, at its place, or at the end.
    pub fn set(&mut self, name: &str, value: &str) {
        let option = Opt::new(&format!("--{name}"), value);
        match self.options.iter().position(|option| option.name() == name) {
            Some(at) => {
                self.options[at] = option;
                let mut place = 0..;
                self.options.retain(|option| place.next() <= Some(at) || option.name() != name);
            }
            None => self.options.push(option),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &str) -> Command {
        Command::parse(&shlex::split(words).unwrap()).unwrap()
    }

    #[test]
    fn the_image_is_the_first_word_that_is_no_option_and_no_value() {
        for (words, image, rest) in [
            ("podman run --name pipglr -d pipglr /bin/sh -d", "pipglr", "/bin/sh -d"),
            ("/proc/self/exe run --hostname pipglr -l pipglr --label=pipglr pipglr", "pipglr", ""),
            ("podman --log-level debug container run --rm --network pipglr -it pipglr -t", "pipglr", "-t"),
            ("podman --root=/x --syslog create -dv x:/x -dp80:80 --tls-verify=false a/b:c", "a/b:c", ""),
            ("podman run -d -- pipglr --name x", "pipglr", "--name x"),
            ("podman run -itd=false --init pipglr", "pipglr", ""),
        ] {
            let command = parse(words);
            assert_eq!((command.image.as_str(), command.rest.join(" ").as_str()), (image, rest), "{words}");
        }
    }

    #[test]
    fn flags_in_one_word_are_told_apart() {
        let all = |words| parse(words).options.iter().map(|o| format!("{}={}", o.name(), o.text())).collect::<Vec<_>>();
        assert_eq!(all("podman run -dp 80:80 i"), ["detach=", "publish=80:80"]);
        assert_eq!(
            all("podman run -dv./x:/x -itP i"),
            ["detach=", "volume=./x:/x", "interactive=", "tty=", "publish-all="]
        );
        assert_eq!(all("podman run -d=true -e=A=b i"), ["detach=true", "env=A=b"]);
        assert_eq!(
            parse("podman run -v./x:/x --env=A=b --rm -m 1g i c").create("n").join(" "),
            "create --name n -v./x:/x --env=A=b --rm -m 1g i c"
        );
    }

    #[test]
    fn what_makes_no_container_is_no_command() {
        for words in ["podman kube play run.yaml", "podman system service", "podman run --name", "podman", ""] {
            assert_eq!(Command::parse(&shlex::split(words).unwrap()), None, "{words}");
        }
    }

    #[test]
    fn an_option_has_one_value_after_it_is_set() {
        let mut command = parse("podman run --restart no -t --restart=always i");
        command.set("restart", "on-failure:3");
        command.set("memory", "9b");
        assert_eq!(command.create("n").join(" "), "create --name n --restart on-failure:3 -t --memory 9b i");
        command.remove(&["tty", "memory"]);
        assert!(!command.has("tty") && command.has("restart"));
    }
}
