//! A container that runs without a unit gets one.

use super::{By, Change, Starter, files, keep_token, quadlet, waking};
use crate::config::document;
use crate::container::jobs::Job;
use crate::container::recreate::command::Command;
use crate::container::recreate::resolve::{self, Made};
use crate::container::recreate::{self, compare};
use crate::container::state_volume;
use crate::container::stopping::{self, Jobs};
use crate::host::podman::{self, Container};
use crate::host::{Cmd, systemd};
use crate::plan::{Action, Plan};
use crate::problem::{Problem, Result};
use crate::secret::Secret;
use crate::target::Target;
use serde_json::{Value, json};
use std::path::Path;

/// Plans it.
pub(super) fn plan(
    target: &Target,
    container: &Container,
    starter: Option<&Starter>,
    jobs: Option<Vec<Job>>,
    how: Jobs,
) -> Result<Change> {
    let (host, name) = (&*target.host, target.name.as_str());
    if let Some(starter) = starter.filter(|starter| starter.by == By::Unit && starter.at_boot()) {
        return renewed(target, starter, " already");
    }
    let version = podman::version(host)?;
    let hindrance = match Command::parse(&container.created_by) {
        Some(command) => quadlet::hindrance(host, version, &command),
        None => Some("the container was not made by `podman run`".into()),
    };
    let tried = match hindrance {
        None => Ok(recreate::tried(host, container, None, target.run_label()?, &[])?),
        Some(why) => Err(why),
    };
    // What was anonymous has its volume's name only now.
    let tried = tried.and_then(|tried| match quadlet::hindrance(host, version, &tried.made.command) {
        None if tried.losses.is_empty() => match lost_at_a_start(target, &tried.made.command) {
            None => Ok(tried.made),
            Some(why) => Err(why),
        },
        None => {
            let lost = tried.losses.iter().map(compare::Difference::words).collect::<Vec<_>>().join("; ");
            Err(format!("the container cannot be recreated just as it is: {lost}"))
        }
        Some(why) => Err(why),
    });
    let made = match tried {
        Ok(made) => made,
        Err(why) => {
            let text = waking::text(&waking::podman(host), container);
            let plan = waking::put(host, name, &text).into();
            let words = format!("{name}.service starts the container that is there, which goes on as it is: {why}.");
            return Ok(Change { plan, file: Some((files::unit(host, name), text)), ..Change::nothing(words) });
        }
    };
    let secret = &host.names().config;
    if podman::secret_id(host, secret)?.is_none() {
        return Err(Problem::new(
            format!("There is no secret {secret}, which the container is to be recreated with."),
            "`pipglr config undo` makes it from what the container has.",
        ));
    }
    keep_token(target, &made.command)?;
    let quadlet = quadlet::of(host, name, &made, &container.inspect.0);
    let mut actions = checked(target, &quadlet.text)?;
    actions.push(remember(target, &made));
    let stop = if container.at_work() { stopping::stop(name, container, how) } else { vec![] };
    let gets_state = state_volume::folder(container).is_none() && state_volume::is_in(&made.command);
    actions.extend(if gets_state { state_volume::moved(target.names(), name, container, how, stop) } else { stop });
    let in_a_file = ["k8s-file", "json-file"].contains(&container.log_driver.as_str());
    let (from, to) = (Path::new(&container.log_path), files::log(host, name));
    if in_a_file && from != to && host.meta(from).is_ok() {
        // What was said until now stays in sight.
        actions.push(Action::Copy { from: from.to_owned(), to });
    }
    actions.extend(put(target, &quadlet));
    let force =
        if container.auto_remove || container.never_ran() { &["rm", "--force", name][..] } else { &["rm", name] };
    actions.extend([Action::Run(Cmd::podman(force.iter().copied())), start(name)]);
    let words = format!("{name}.service makes the container, now and whenever this machine starts.");
    let plan = Plan { warnings: stopping::warning(host, container)?.into_iter().collect(), ..actions.into() };
    Ok(Change { plan, words, file: Some((files::quadlet(host, name), quadlet.text)), jobs })
}

/// Plans that a file that an earlier pipglr has written is as this one writes it; the container goes on as it is.
/// `how` it starts the container follows its name.
pub(super) fn renewed(target: &Target, starter: &Starter, how: &str) -> Result<Change> {
    let host = &*target.host;
    let starts = format!("{} starts it{how}.", starter.unit.name);
    let Some(renewed) = &starter.renewed else { return Ok(Change::nothing(starts)) };
    let path = starter.unit.file.clone();
    let mut actions = if starter.by == By::Quadlet {
        checked(target, &renewed.text)?
    } else {
        waking::checked(host, &path, &renewed.text)
    };
    actions.extend([Action::Save { path: path.clone(), text: renewed.secret() }, Action::Run(systemd::reload())]);
    let words = format!(
        "{starts} An earlier pipglr has written it: {}. Its file is renewed, which counts from its next start on.",
        renewed.why
    );
    Ok(Change { plan: actions.into(), file: Some((path, renewed.text.clone())), ..Change::nothing(words) })
}

/// Returns the quadlet that would make the container, for another host: of the one that is there, with its own options, else
/// of the image's label. The user's own folder is `%h` in it.
///
/// # Errors
/// podman fails, or no quadlet can run the container.
pub fn exported(target: &Target) -> Result<String> {
    let (host, name) = (&*target.host, target.name.as_str());
    let made_by = |words: &[String]| {
        Command::parse(words).ok_or_else(|| {
            Problem::new(
                format!("The container {name} was not made by `podman run`."),
                "`pipglr export script` writes how to set one up.",
            )
        })
    };
    let text = match podman::container(host, name)? {
        // Made by one of pipglr's already, perhaps with changes of an admin's.
        Some(container)
            if container.unit.is_some()
                && let Ok(text) = host.read(&files::quadlet(host, name)) =>
        {
            String::from_utf8_lossy(&text).trim_end().to_owned()
        }
        Some(container) => {
            let mut command = made_by(&container.created_by)?;
            if state_volume::comes(host, &container, &container.image_id)? {
                state_volume::mounted(target.names(), &mut command);
            }
            if let Some(why) = quadlet::hindrance(host, podman::version(host)?, &command) {
                return Err(Problem::new(
                    format!("No quadlet can run it: {why}."),
                    "`pipglr export script` writes the same as commands.",
                ));
            }
            let made = resolve::resolved(host, command, &container.inspect.0)?;
            quadlet::of(host, name, &made, &container.inspect.0).text
        }
        None => {
            let run = target.run_label()?.ok_or_else(|| {
                Problem::new(format!("There is no container {name}, and no image."), "`pipglr setup` makes them.")
            })?;
            let words: Vec<_> = std::iter::once(run.program.clone()).chain(run.args.iter().cloned()).collect();
            quadlet::of(host, name, &resolve::resolved(host, made_by(&words)?, &Value::Null)?, &Value::Null).text
        }
    };
    let home = host.user().home.display().to_string();
    let lines = text.lines().filter(|line| !line.starts_with("# Written by")).map(|line| line.replace(&home, "%h"));
    Ok(lines.collect::<Vec<_>>().join("\n"))
}

/// Returns why the container must not be recreated behind pipglr's back, as a quadlet does at each start: without the volume
/// for it a token that GitLab renews is only in the container until it is stored.
pub fn renewal(target: &Target) -> Option<String> {
    let text = podman::secret_content(&*target.host, &target.names().config, &target.image).ok()?;
    let expires =
        document::read(text.expose_str()).ok()?.runners.iter().any(|runner| runner.token_expires_at.is_some());
    expires.then(|| "its token expires, and the one that GitLab renews it by is only in the container at first".into())
}

/// The same of a container that this command makes.
fn lost_at_a_start(target: &Target, command: &Command) -> Option<String> {
    if state_volume::is_in(command) { None } else { renewal(target) }
}

/// Returns what makes a container, by this command of the image's label, as one that the machine starts.
///
/// # Errors
/// podman fails, or the command is none.
pub fn first(target: &Target, run: Cmd) -> Result<Vec<Action>> {
    let (host, name) = (&*target.host, target.name.as_str());
    let words: Vec<_> = std::iter::once(run.program.clone()).chain(run.args.iter().cloned()).collect();
    let command = Command::parse(&words).filter(|command| {
        podman::version(host).is_ok_and(|version| quadlet::hindrance(host, version, command).is_none())
            && lost_at_a_start(target, command).is_none()
    });
    let Some(command) = command else {
        let container = Container { name: name.to_owned(), stop_timeout: u64::MAX, ..Container::default() };
        let unit = waking::put(host, name, &waking::text(&waking::podman(host), &container));
        return Ok(std::iter::once(Action::Run(run)).chain(unit).collect());
    };
    let proxies = ["http_proxy", "https_proxy", "ftp_proxy", "no_proxy"];
    let all = proxies.iter().flat_map(|proxy| [(*proxy).to_owned(), proxy.to_uppercase()]);
    let env: Vec<_> = all.filter_map(|proxy| Some(format!("{proxy}={}", host.variable(&proxy)?))).collect();
    let made = resolve::resolved(host, command, &Value::Null)?;
    let quadlet = quadlet::of(host, name, &made, &json!({"Config": {"Env": env}}));
    let mut actions = checked(target, &quadlet.text)?;
    actions.push(remember(target, &made));
    actions.extend(put(target, &quadlet));
    actions.push(start(name));
    Ok(actions)
}

fn checked(target: &Target, text: &str) -> Result<Vec<Action>> {
    let host = &*target.host;
    files::refuse_another(host, &target.name)?;
    let generator = files::generator(host).unwrap_or_default();
    let check = |folder: &str, _: &str| quadlet::check(generator, folder, &target.name);
    Ok(files::checked(host, &files::quadlet(host, &target.name), text, check).into())
}

/// Keeps the command of a container without a unit. It may hold what an admin put there, so it is kept as a secret.
fn remember(target: &Target, made: &Made) -> Action {
    let path = files::before(&*target.host, &target.name);
    Action::Save { path, text: recreate::written(&recreate::create(made, &target.name)) }
}

fn put(target: &Target, quadlet: &quadlet::Quadlet) -> Vec<Action> {
    let (host, name) = (&*target.host, target.name.as_str());
    let variables = quadlet.variables.clone().map(|text| Action::Save { path: files::variables(host, name), text });
    let file = Action::Save { path: files::quadlet(host, name), text: Secret::new(quadlet.text.as_str()) };
    variables.into_iter().chain([file, Action::Run(systemd::reload())]).collect()
}

fn start(name: &str) -> Action {
    Action::Run(Cmd::new("systemctl", ["--user", "start", &format!("{name}.service")]).timeout(None))
}
