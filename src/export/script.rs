//! The six steps as a POSIX script with the words of the README: the commands are those of the steps' plans, and what a
//! plan finds out on the host the script finds out where it runs.

use super::portable::Portable;
use super::source::{Authority, Source};
use crate::answers::Answers;
use crate::boot;
use crate::container::limits;
use crate::host::subids::NEEDED;
use crate::host::{Cmd, logind, podman, state_folder};
use crate::image::label;
use crate::plan::Action;
use crate::problem::Result;
use crate::steps::{authority, image_build, registration};
use crate::text::sanitize::sanitize;
use crate::text::shell::quote;
use std::fmt::Write;

const SETUP: &str = include_str!("../../assets/export/setup.sh");
const OWN_CONFIG: &str = include_str!("../../assets/export/own-config.sh");
const SECRETS: &str = include_str!("../../assets/export/secrets.sh");

/// Returns the script.
///
/// # Errors
/// A label of the image is not one to run.
pub fn text(source: &Source) -> Result<String> {
    let (target, answers) = (&source.setup.target, &source.setup.wants.answers);
    let trusts = source.authority.is_some();
    let name = format!("RUNNER_NAME={}", registration::description(&source.setup));
    let variables = [
        (target.image.as_str(), "\"$image\""),
        (target.name.as_str(), "\"$name\""),
        (name.as_str(), "\"RUNNER_NAME=$description\""),
    ];
    let (names, work) = (target.names(), state_folder::work(&*target.host));
    let work = work.strip_prefix(&target.host.user().state).unwrap_or(&work);
    let line = |cmd: &Cmd| words(cmd, &variables);
    let described = answers.description.as_ref().map_or("\"pipglr $user@$(uname -n)\"".into(), |name| quote(name));
    let run = label::read(&source.image, &target.image, "run")?.of(names);
    let run = if trusts { run.authority(names) } else { run };
    let mut volumes = vec![];
    for label in ["setupstorage", "setupcache"] {
        let label = label::read(&source.image, &target.image, label)?.of(names);
        volumes.push(format!("podman volume exists {} || {}", quote(label.last()), line(&label.cmd())));
    }
    let limited = limits::of_new(run.cmd(), answers);
    let (limits, run) = limits_of(answers, line(&limited));
    let (quadlet, boot) = match answers.start_at_boot {
        Some(true) => at_boot(&boot::for_another_host(target, &limited, source.expires())?, !limits.is_empty()),
        _ => Default::default(),
    };
    let of_plan = |actions: &[Action]| actions.iter().flat_map(Action::shell).collect::<Vec<_>>().join("\n");
    let pull = image_build::pull(&target.image);
    let pull = pull.actions.iter().filter_map(|action| match action {
        Action::Run(cmd) => Some(line(cmd)),
        _ => None,
    });
    let holes = [
        ("SECRET_FILES", secret_files(source)),
        ("VERSION", env!("CARGO_PKG_VERSION").to_owned()),
        ("IMAGE", quote(&target.image)),
        ("NAME", quote(&target.name)),
        ("WORK", work.display().to_string()),
        ("CONFIG_SECRET", names.config.clone()),
        ("TOKEN_SECRET", names.token.clone()),
        ("DESCRIPTION", format!("description={described}")),
        ("LINGER", words(&logind::enable_linger(&*target.host), &[(&target.host.user().name, "\"$user\"")])),
        ("NEEDED", NEEDED.to_string()),
        ("MIGRATE", line(&podman::migrate())),
        ("PULL", pull.collect::<Vec<_>>().join(" && ")),
        ("NONE_LEFT", of_plan(&[Action::RemoveContainer(registration::container(&source.setup))])),
        ("REGISTER", line(&registration::command(&source.setup, &source.image, trusts)?)),
        ("RUNNERS", source.registrations().to_string()),
        ("VOLUMES", volumes.join("\n")),
        ("LIMITS", limits),
        ("RUN", format!("{}{run}", added(source))),
        ("QUADLET", quadlet),
        ("BOOT", boot),
        ("TOKENS", tokens(source)),
        ("AUTHORITY", source.authority.as_ref().map_or_else(String::new, |given| trusted(&names.authority, given))),
        ("CONFIG", config(source)?),
    ];
    Ok(filled(SETUP, &holes))
}

/// How the script is told the other secrets where nobody is there to be asked.
fn secret_files(source: &Source) -> String {
    let secrets = source.portable.iter().flat_map(|portable| &portable.secrets);
    secrets
        .map(|asked| format!("#   {:<39} # beside it: {}\n", format!("{}FILE=file", asked.word), sanitize(&asked.key)))
        .collect()
}

/// Finds out where the script runs which limits of the answers can be had, with what takes the others out of a unit's file in
/// `$without`; empty where there are none. And the command that runs the container, with variables in their places.
fn limits_of(answers: &Answers, mut run: String) -> (String, String) {
    let mut parts = String::new();
    let mut part = |variable: &str, [given, instead]: [&str; 2], missing: &str, edit: &str| {
        run = run.replacen(&format!(" {given} "), &format!(" ${variable} "), 1);
        let _ = write!(
            parts,
            "{variable}='{given}'\ngiven {variable} || {{\n    {variable}='{instead}'\n    say {}\n    without=\"$without\n{edit}\"\n}}\n",
            quote(missing)
        );
    };
    // The names of the variables are those of the controllers.
    if let Some(bytes) = answers.memory_bytes() {
        let edit = "/^PodmanArgs=--memory /d\ns/\\\"--memory\\\",\\\"[^\\\"]*\\\",//";
        part("memory", [&format!("--memory {bytes}b"), ""], limits::NO_MEMORY, edit);
    }
    if let Some(most) = answers.pids_limit.filter(|most| *most > 0) {
        let edit = "s/^\\(PodmanArgs=--pids-limit\\) .*/\\1 0/\ns/\\(\\\"--pids-limit\\\",\\\"\\)[^\\\"]*/\\10/";
        part("pids", [&format!("--pids-limit {most}"), "--pids-limit 0"], limits::NO_PIDS, edit);
    }
    if parts.is_empty() {
        return (parts, run);
    }
    let begin = "# A container with a limit that this host gives the user's containers no controller for does not start.\n\
                 controllers=/sys/fs/cgroup/user.slice/user-$(id -u).slice/user@$(id -u).service/cgroup.controllers\n\
                 given() { grep -qw \"$1\" \"$controllers\" 2>/dev/null; }\nwithout=\n";
    (format!("{begin}{parts}"), run)
}

/// What has the container started when the machine is, as `pipglr setup` does it there: made by a quadlet where podman knows
/// all of one, and one that is there by a unit. `limited`: some of it may have to go (`$without`).
fn at_boot(files: &boot::Files, limited: bool) -> (String, String) {
    let write = if limited { "sed \"$without\"" } else { "cat" };
    let written = |path: &str, text: &str| {
        format!("    mkdir -p \"${{{path}%/*}}\"\n    {write} >\"${path}\" {}\n", heredoc(text, "END_OF_FILE", ""))
    };
    let quadlet = files.quadlet.as_ref().map(|[text, before]| {
        format!(
            "elif [ \"$(podman version --format '{{{{.Client.Version}}}}' | cut -d. -f1)\" -ge 5 ] && ls {} 2>/dev/null | grep -q .; \
             then\n    # A unit makes the container, at each start.\n    (umask 077; mkdir -p \"${{before%/*}}\"; : >\"$before\")\n{}{}    \
             systemctl --user daemon-reload\n    systemctl --user start \"$name.service\"",
            files.generators.join(" "),
            written("before", before),
            written("quadlet", text)
        )
    });
    let unit = format!(
        "# It starts when the machine does.\nif ! [ -e \"$quadlet\" ]; then\n{}    systemctl --user daemon-reload\n    \
         systemctl --user enable --now \"$name.service\"\nfi\n",
        written("unit", &files.unit)
    );
    (quadlet.unwrap_or_default(), unit)
}

/// A template with what belongs into its holes; what is put in is not looked at again.
fn filled(template: &str, holes: &[(&str, String)]) -> String {
    let mut parts = template.split('%');
    let mut text = parts.next().unwrap_or_default().to_owned();
    let mut in_text = true;
    for part in parts {
        match holes.iter().find(|(hole, _)| in_text && *hole == part) {
            Some((_, value)) => {
                text.push_str(value);
                in_text = false;
            }
            None => {
                if in_text {
                    text.push('%');
                }
                text.push_str(part);
                in_text = true;
            }
        }
    }
    text
}

/// A command as a shell takes it, its known words as variables.
fn words(cmd: &Cmd, variables: &[(&str, &str)]) -> String {
    let word = |word: &String| {
        let known = variables.iter().find(|(value, _)| value == word);
        known.map_or_else(|| quote(word), |(_, variable)| (*variable).to_owned())
    };
    std::iter::once(&cmd.program).chain(&cmd.args).map(word).collect::<Vec<_>>().join(" ")
}

/// Names what somebody has given the container here beside the image's command: it is about this host, and left to who reads it.
fn added(source: &Source) -> String {
    let options = source.added.iter().map(|option| format!("#   {}\n    ", sanitize(option)));
    match source.added.is_empty() {
        true => String::new(),
        false => {
            let what = "# The container that this was written from was made with more, which is left out:\n    ";
            std::iter::once(what.to_owned()).chain(options).collect()
        }
    }
}

/// A text that a command reads, up to a line that is not in it; `rest`: of the command's line.
fn heredoc(text: &str, end: &str, rest: &str) -> String {
    let mut end = end.to_owned();
    while text.lines().any(|line| line == end) {
        end.push('_');
    }
    format!("<<'{end}'{rest}\n{}\n{end}", text.strip_suffix('\n').unwrap_or(text))
}

/// Where the tokens come from: a file with one a line, or one question a runner.
fn tokens(source: &Source) -> String {
    let runners = source.portable.as_ref().map_or(&[][..], |portable| &portable.runners);
    let mut questions: Vec<String> = runners
        .iter()
        .enumerate()
        .map(|(at, runner)| {
            let name = if runner.name.is_empty() { format!("runner {}", at + 1) } else { runner.name.clone() };
            format!("Token of {name} at {}", runner.url)
        })
        .collect();
    if questions.is_empty() {
        questions.push("Token".into());
    }
    let asked: Vec<_> =
        questions.iter().map(|text| format!("$(ask '' {} PIPGLR_TOKEN_FILE)", quote(&sanitize(text)))).collect();
    format!(
        "        if [ -n \"${{PIPGLR_TOKEN_FILE:-}}\" ]; then\n            tokens=$(ask \"$PIPGLR_TOKEN_FILE\" token PIPGLR_TOKEN_FILE)\n        else\n            \
         tokens=\"{}\"\n        fi",
        asked.join("\n")
    )
}

/// What stores an authority of one's own.
fn trusted(secret: &str, authority: &Authority) -> String {
    let create = podman::secret_create(secret).shell();
    let missing = format!("podman secret inspect {secret} >/dev/null 2>&1");
    match authority {
        Authority::Pem(text) => {
            let text = heredoc(text, "END_OF_CERTIFICATES", &format!(" | {create}"));
            format!("\n# The authority that GitLab is trusted by.\n{missing} || cat {text}\n")
        }
        Authority::System => format!(
            "\n# GitLab is trusted by what this system trusts.\nfor store in {}; do\n    [ ! -r \"$store\" ] || {missing} || podman \
             secret create {secret} \"$store\"\ndone\n",
            authority::STORES.join(" ")
        ),
    }
}

/// What becomes of the configuration that was registered.
fn config(source: &Source) -> Result<String> {
    match &source.portable {
        Some(portable) => own(portable),
        None => {
            let jobs = source.setup.wants.answers.concurrent.map_or("$(registered)".into(), |jobs| jobs.to_string());
            Ok(format!(
                "    # So many jobs at once.\n    sed \"s/^concurrent = .*/concurrent = {jobs}/\" config.toml >next.toml\n    mv next.toml config.toml"
            ))
        }
    }
}

fn own(portable: &Portable) -> Result<String> {
    let mut secrets = String::new();
    if !portable.secrets.is_empty() {
        secrets.push_str(SECRETS);
    }
    for asked in &portable.secrets {
        let question = quote(&sanitize(&asked.key));
        let _ = writeln!(secrets, "    fill {0} \"${{{0}FILE:-}}\" {question}", asked.word);
    }
    let text = portable.with_places()?;
    let holes = [
        ("TEXT", heredoc(&text, "END_OF_CONFIGURATION", "")),
        ("SECRETS", secrets.trim_end().to_owned()),
        ("RUNNERS", portable.runners.len().to_string()),
    ];
    Ok(filled(OWN_CONFIG, &holes).trim_end().to_owned())
}
