//! `pipglr setup`: the six steps without a screen.

mod ask;
mod beside;
mod made;
mod outcome;
mod token;

use super::Context;
use super::output::{self, Tone};
use super::printer::{Printer, tell_rung};
use super::prompt;
use super::review::{self, Consent};
use crate::answers::Allow;
use crate::apply::{Sudo, needs_root};
use crate::host::Watch;
use crate::host::logind::{self, Root};
use crate::host::state_folder::Lock;
use crate::host::subid_diagram::Picture;
use crate::ladder::{self, Rung};
use crate::lifecycle::Verb;
use crate::problem::{Exit, Problem, Result};
use crate::steps::{self, Report, Setup, State, Step, authority, configuration, image_build, registration};
use crate::target::Target;
use crate::text::plural;
use crate::{gitlab, names, state};
use ask::ask;
use beside::Beside;
pub(crate) use outcome::Outcome;
use std::io::IsTerminal;
use std::path::PathBuf;

/// What `setup` takes.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Answers (TOML); with it nothing is asked, and a missing answer is an error that names its key
    #[arg(long, value_name = "FILE")]
    pub answers: Option<PathBuf>,
    /// Do it without asking for confirmation
    #[arg(long)]
    pub yes: bool,
    /// Print what would be done, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Read the token, or several, one a line, from standard input
    #[arg(long)]
    pub token_stdin: bool,
    /// End running jobs instead of waiting for them, where the container is recreated
    #[arg(long)]
    pub now: bool,
    /// At the end, as JSON: whether something was changed (with --dry-run: would be), how each step stood, the commands
    #[arg(long)]
    pub json: bool,
    /// Leave the REGISTRATION_TOKEN secret in podman
    #[arg(long)]
    pub keep_token: bool,
    /// Make the volumes again, to free space
    #[arg(long)]
    pub recreate_volumes: bool,
}

const EXAMPLES: &str = "\
Examples:
  pipglr setup                                          # asks, and shows what will run before it does
  pipglr setup --answers answers.toml --dry-run         # what would be done
  pipglr setup --answers answers.toml --token-stdin < token-file
  pipglr setup --answers answers.toml --dry-run --json  # .changed says whether it would do anything
  pipglr setup --recreate-volumes                       # frees what images and caches take";

/// Goes through the steps with the answers of a file, else with those of an interrupted run.
///
/// # Errors
/// As [`steps`].
pub fn run(args: &Args, context: &Context) -> Result<Exit> {
    let mut setup = match &args.answers {
        Some(path) => context.answered(path)?,
        None => context.resumed()?,
    };
    setup.wants.keep_token = args.keep_token;
    setup.wants.recreate_volumes = args.recreate_volumes;
    setup.wants.converge = args.answers.is_some();
    setup.wants.now = args.now;
    if args.json {
        output::keep_stdout_for_json();
    }
    steps(setup, args, context.tone)
}

/// Goes through the steps with a token that is at hand.
///
/// # Errors
/// As [`steps`].
pub(super) fn go_on(setup: Setup, args: &Args, tone: Tone) -> Result<Exit> {
    steps(setup, args, tone)
}

/// Whether somebody is there to be asked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asking {
    User,
    Nobody,
}

/// Goes through the steps. Steps that are done are passed over, so that a second run changes nothing.
///
/// # Errors
/// A missing answer, a step that fails, or a rung of the ladder that does not hold.
fn steps(mut setup: Setup, args: &Args, tone: Tone) -> Result<Exit> {
    let asking = if args.answers.is_none() && std::io::stdin().is_terminal() && !args.dry_run && !args.json {
        Asking::User
    } else {
        Asking::Nobody
    };
    let _lock = if args.dry_run { None } else { Some(Lock::take(&*setup.target.host, "a setup")?) };
    let printer = Printer::new(false);
    let sudo = if asking == Asking::User { Sudo::Terminal } else { Sudo::Silent };
    let first = setup.check(Step::Persistent)?;
    if first.blocks_podman() {
        show(&first, tone);
        if args.dry_run {
            preview(&first);
            return Ok(Exit::Found);
        }
        consent(&setup, &first, args, asking)?;
        setup.carry_out(&first, sudo, &printer)?;
    }
    let mut seen = vec![];
    if asking == Asking::Nobody {
        seen = gather(&mut setup, args)?;
        if !args.dry_run {
            prepare(&setup, &seen, args)?;
        }
    }
    // Up to the first step that waits for another, what was seen is so, and where all is done, all of it: nothing has
    // changed it, and no other pipglr may.
    let all_done = steps::all_done(&seen);
    seen.retain({
        let mut waited = false;
        move |report| {
            let ahead = !matches!(report.state, State::Done | State::Ready) || report.step > Step::Registration;
            waited |= ahead && !all_done;
            !waited
        }
    });
    let (mut volumes, mut outcome) = (None, Outcome::default());
    for step in Step::ALL {
        if let Some(Beside { report, lines, done }) = volumes.take_if(|_| step == Step::Volumes) {
            show(&report, tone);
            outcome.add(&report);
            lines.iter().for_each(|line| say!("{line}"));
            done?;
            say!("{} {}", tone.mark(Some(true)), step.title());
            continue;
        }
        let known = seen.iter().position(|report| report.step == step).map(|at| seen.remove(at));
        let mut report = known.map_or_else(|| setup.check(step), Ok)?;
        if asking == Asking::User
            && step == Step::Registration
            && report.state != State::Done
            && setup.wants.vault.tokens.is_empty()
        {
            ask(&mut setup, args)?;
            report = setup.check(step)?;
        }
        if asking == Asking::User
            && step == Step::Startup
            && report.state == State::Ready
            && setup.wants.answers.start_at_boot.is_none()
        {
            let on = prompt::yes("\nStart the container whenever this machine starts?")?;
            setup.wants.answers.start_at_boot = Some(on);
            report = setup.check(step)?;
        }
        if asking == Asking::User && step == Step::Startup && report.state == State::Ready {
            let consent = Consent { yes: args.yes, interactive: true, ..Consent::default() };
            if review::ask_about_rights(&setup.target, consent)? {
                setup.wants.answers.privileged = state::load_answers(&*setup.target.host).privileged;
                report = setup.check(step)?;
            }
        }
        show(&report, tone);
        outcome.add(&report);
        if args.dry_run {
            preview(&report);
            continue;
        }
        match &report.state {
            State::Done => continue,
            State::Ready => {}
            State::Blocked(problem) => return Err(problem.clone()),
            State::Asks(_) => return Err(token::missing(&setup)?),
            State::Waits(on) => {
                return Err(Problem::new(
                    format!("{} waits for {}.", step.title(), on.title()),
                    "Run `pipglr check` to see what stands in the way.",
                ));
            }
        }
        consent(&setup, &report, args, asking)?;
        if asking == Asking::Nobody && step == Step::Registration {
            let (registered, beside) = beside::register(&setup, &report, sudo, &printer);
            registered?;
            volumes = beside;
        } else {
            setup.carry_out(&report, sudo, &printer)?;
        }
        if step == Step::Volumes {
            setup.wants.recreate_volumes = false; // done once
        }
        say!("{} {}", tone.mark(Some(true)), step.title());
    }
    if args.dry_run {
        say!("\nNothing was changed.");
        return outcome.print(args.json);
    }
    state::save_answers(&*setup.target.host, &setup.wants.answers)?;
    let up = climb(&setup.target, &printer, tone)?;
    if !outcome.changed {
        for note in steps::differences(&setup, args.answers.is_some())? {
            say!("\nnote: {note}");
        }
    }
    if up {
        say!("\n{}", if outcome.changed { DONE } else { "Nothing to do: the runner is set up and runs." });
    }
    outcome.print(args.json)
}

const DONE: &str =
    "The runner is up, and GitLab has heard from it. `pipglr status` looks again, `pipglr logs` shows what it does.";

fn show(report: &Report, tone: Tone) {
    let number = report.step.number().map_or(String::new(), |n| format!("{n} "));
    say!("\n{number}{}", report.step.title());
    for fact in &report.facts {
        let needed =
            if fact.needed.is_empty() || fact.ok { String::new() } else { format!("   needed: {}", fact.needed) };
        say_behind!(&format!("  {} ", tone.mark(Some(fact.ok))), "{}: {}{needed}", fact.what, fact.found);
    }
    if report.state != State::Done {
        pictures(&report.pictures);
    }
    for warning in &report.plan.warnings {
        say_behind!("  note: ", "{warning}");
    }
}

/// Who has which IDs.
pub fn pictures(pictures: &[Picture]) {
    let unicode = plural::unicode();
    for line in pictures.iter().flat_map(|picture| picture.lines(unicode)) {
        say!("     {line}");
    }
}

/// The plan as it would run, for `--dry-run`.
fn preview(report: &Report) {
    match &report.state {
        State::Done => say!("  nothing to do"),
        State::Ready => {}
        State::Asks(what) => say!("  needs {what} first; then:"),
        State::Waits(on) => say!("  after {}:", on.title()),
        State::Blocked(problem) => say!("  {problem}"),
    }
    for line in report.plan.all().flat_map(crate::plan::Action::shell) {
        say!("  $ {line}");
    }
}

/// What the screen has a key for at a step, and a bare terminal a verb.
fn other_way(setup: &Setup, report: &Report) -> Option<String> {
    let name = &setup.target.name;
    match report.step {
        Step::Image if !image_build::is_local(&setup.target.image) => {
            Some(format!("To build it instead, answer no: `{}` does", names::typed("image build", name)))
        }
        Step::Configuration => {
            let edit = names::typed("edit --plain", name);
            Some(format!("To edit it first, answer no: `{edit}` opens it in your own editor"))
        }
        _ => None,
    }
}

/// What the plan does to the host must be allowed: by the answers, by `--yes`, or by the user.
fn consent(setup: &Setup, report: &Report, args: &Args, asking: Asking) -> Result<()> {
    if let Some(path) = &args.answers {
        if let Some(allow) = report.allows.iter().find(|allow| !setup.wants.answers.allow.contains(allow)) {
            let lines: Vec<_> = report.plan.all().flat_map(crate::plan::Action::shell).collect();
            return Err(Problem::usage(
                format!(
                    "{} has to be changed, and `allow` in {} does not list \"{}\".",
                    report.step.title(),
                    path.display(),
                    allow.key()
                ),
                format!("Add \"{}\" to `allow`, or have it done by hand:\n{}", allow.key(), lines.join("\n")),
            ));
        }
        return Ok(());
    }
    // `--yes` was said before anybody knew what a foreign image has in its labels.
    if args.yes && report.allows.contains(&Allow::Labels) {
        return Err(Problem::usage(
            format!("{} runs a command of the image that is not the one that pipglr carries.", report.step.title()),
            "Look at it (`pipglr image labels`). Without `--yes`, on a terminal, you are asked; \"labels\" in `allow` of an \
             answers file (`--answers`) allows it.",
        )
        .said(report.plan.warnings.clone()));
    }
    if args.yes {
        return Ok(());
    }
    if asking == Asking::Nobody {
        return Err(Problem::usage("Nobody is there to confirm the plan.", "Give `--yes`, or `--answers FILE`."));
    }
    say!("  will run:");
    for line in report.plan.all().flat_map(crate::plan::Action::shell) {
        say!("  $ {line}");
    }
    if let Some(other) = other_way(setup, report) {
        say!("  {other}, then `{}` goes on.", names::typed("setup --plain", &setup.target.name));
    }
    if prompt::yes("Do it?")? { Ok(()) } else { Err(Problem::interrupted()) }
}

/// With nobody to ask, what is given is looked at before the first change, and in a dry run too; gives how the steps
/// stand.
fn gather(setup: &mut Setup, args: &Args) -> Result<Vec<Report>> {
    let mut looked = beside::look_at_all(setup);
    let registration = looked.iter_mut().find(|(step, _)| *step == Step::Registration);
    // Where nothing is asked for nothing is missing.
    if let Some((step, looked)) = registration
        && matches!(looked.clone()?.state, State::Asks(_))
    {
        setup.wants.vault.tokens = match (token::given(setup, args)?, registration::leftover_token(setup)?) {
            (Some(text), _) => {
                take_url(setup, &text)?;
                gitlab::check_tokens(&text)?
            }
            (None, Some(token)) => vec![token],
            (None, None) if args.dry_run => vec![],
            (None, None) => return Err(token::missing(setup)?),
        };
        *looked = setup.check(*step);
    }
    if let Some(path) = &setup.wants.answers.config_file {
        configuration::base(&*setup.target.host, path)?;
    }
    authority::file(setup)?;
    looked.into_iter().map(|(_, report)| report).collect()
}

/// GitLab's own line says the server too; an answer comes before it.
fn take_url(setup: &mut Setup, text: &str) -> Result<()> {
    let of_line = gitlab::register_line(text).and_then(|line| line.url);
    if let (Some(url), None) = (of_line, &setup.wants.answers.gitlab_url) {
        setup.wants.answers.gitlab_url = Some(gitlab::base_url(&url)?);
    }
    Ok(())
}

/// With nobody to ask, what may not be done is found out before the first change.
fn prepare(setup: &Setup, reports: &[Report], args: &Args) -> Result<()> {
    let mut root_lines = Vec::new();
    for report in reports {
        match &report.state {
            State::Ready => {
                consent(setup, report, args, Asking::Nobody)?;
                root_lines.extend(report.plan.root_lines());
            }
            State::Blocked(problem) => return Err(problem.clone()),
            State::Done | State::Asks(_) | State::Waits(_) => {}
        }
    }
    if !root_lines.is_empty() && logind::root(&*setup.target.host) != Root::Free {
        return Err(needs_root(&root_lines.join("\n")));
    }
    Ok(())
}

/// Climbs the ladder, waiting at each rung, and prints them; returns whether the runner is up: a paused one is said to be
/// that.
///
/// # Errors
/// The first rung that does not hold.
pub fn climb(target: &Target, watch: &dyn Watch, tone: Tone) -> Result<bool> {
    say!("\nThe ladder");
    let mut tell = |rung: &Rung| tell_rung(rung, tone);
    let rungs = ladder::climb(target, true, &mut tell, watch)?;
    if let Some(problem) = ladder::problem(target, &rungs) {
        return Err(problem);
    }
    let up = rungs.iter().all(|rung| rung.ok == Some(true));
    if !up {
        say!("\nThe runner is paused: `{}` has it take jobs again.", Verb::Resume.typed(&target.name));
    }
    Ok(up)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;
    use crate::fake_host::Recorded;
    use crate::image::label::carried;
    use crate::plan::Plan;
    use crate::problem::Kind;
    use clap::Parser;

    /// A look at the volumes, with this label for the first.
    fn looked(storage: &str) -> (Setup, Report) {
        let labels = serde_json::json!({"setupstorage": storage, "setupcache": carried("setupcache")});
        let image = serde_json::json!([{"Id": "1", "Labels": labels, "Config": {}}]).to_string();
        let inspect = "podman image inspect registry.gitlab.com/qontainers/pipglr:latest";
        let setup = Recorded::debian().says(inspect, 0, &image).setup();
        let report = setup.check(Step::Volumes).unwrap();
        (setup, report)
    }

    /// The verb for what the screen has a key for, on the bare terminal; it is one that can be typed.
    #[test]
    fn each_step_that_can_be_done_otherwise_says_by_which_verb() {
        let said = |name: &str, image: &str| {
            let (mut setup, _) = looked(&carried("setupstorage"));
            (setup.target.name, setup.target.image) = (name.into(), image.into());
            let hint = |step| other_way(&setup, &Report::ready(step, vec![], Plan::default()));
            Step::ALL.into_iter().filter_map(|step| hint(step).map(|words| (step, words))).collect::<Vec<_>>()
        };
        let hints = said("pipglr", "registry.example/pipglr:latest");
        assert_eq!(hints.iter().map(|(step, _)| *step).collect::<Vec<_>>(), [Step::Image, Step::Configuration]);
        let of_another = said("other", "localhost/pipglr:latest");
        assert_eq!(of_another.iter().map(|(step, _)| *step).collect::<Vec<_>>(), [Step::Configuration], "it is built");
        assert!(of_another[0].1.contains("`pipglr edit --plain --name other`"), "{of_another:?}");
        for (_, words) in hints.iter().chain(&of_another) {
            let typed = words.split('`').nth(1).unwrap();
            assert!(Cli::try_parse_from(typed.split(' ')).is_ok(), "{typed}");
            assert!(words.starts_with("To ") && words.contains(" answer no: "), "{words}");
        }
    }

    #[test]
    fn what_a_foreign_image_has_in_its_labels_is_not_run_by_yes() {
        let yes = Args { yes: true, ..Args::default() };
        let (setup, report) = looked(&carried("setupstorage"));
        assert_eq!(report.state, State::Ready);
        assert_eq!(consent(&setup, &report, &yes, Asking::Nobody), Ok(()));

        let foreign = carried("setupstorage").replace("--opt o=", "--opt device=/home --opt o=");
        let (mut setup, report) = looked(&foreign);
        let problem = consent(&setup, &report, &yes, Asking::Nobody).unwrap_err();
        assert_eq!(problem.kind, Kind::Usage);
        assert!(problem.said.iter().any(|said| said.contains("it has `--opt device=/home`")), "{problem}");
        assert!(problem.advice.contains("\"labels\" in `allow`"), "{problem}");

        let answered = Args { answers: Some("answers.toml".into()), ..Args::default() };
        assert!(consent(&setup, &report, &answered, Asking::Nobody).is_err());
        setup.wants.answers.allow = vec![Allow::Labels];
        assert_eq!(consent(&setup, &report, &answered, Asking::Nobody), Ok(()));
    }
}
