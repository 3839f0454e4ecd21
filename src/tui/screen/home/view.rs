//! A host that is set up: what is wrong and what fixes it, the ladder on the left, what it has on the right.

use super::keys::{HOME, enter};
use crate::api::creation;
use crate::container::jobs::UNLISTED;
use crate::container::load::Point;
use crate::logs::jobs::Ended;
use crate::names;
use crate::tui::act::Act;
use crate::tui::keys::binding::key_of;

use crate::status::{Stage, Status, StatusRung};
use crate::text::sanitize::sanitize;
use crate::text::size::human;
use crate::tui::model::Model;
use crate::tui::theme::Sign;
use crate::tui::view::local;
use crate::tui::view::report;
use crate::tui::view::text::{Page, TOGETHER, pad};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

/// From this many columns on what is told of the host stands in two columns, and from this many on in three.
const TWO: u16 = 76;
const THREE: u16 = 150;
/// From this many columns on what is said of a rung has a column of its own.
const ALIGNED: u16 = 58;

/// The page.
pub(super) fn lines(model: &Model, width: u16) -> Vec<Line<'static>> {
    let mut page = Page::new(model.theme, width);
    match &model.home.status {
        None => page.text("looking…", model.theme.dim()),
        Some(Err(problem)) => {
            page.sign(Sign::Bad, "The host cannot be asked.", model.theme.bold());
            report::problem(model, &mut page, problem);
        }
        Some(Ok(status)) if width < TWO => {
            verdict(model, &mut page, status);
            page.lines.extend(ladder(model, status, width));
            page.gap();
            page.lines.extend(work(model, status, width));
            page.lines.extend(facts(model, status, width));
        }
        Some(Ok(status)) if width >= THREE => {
            verdict(model, &mut page, status);
            let left = width / 5 * 2;
            let third = (width - left) / 2 - 2;
            let (ladder, work) = (ladder(model, status, left), work(model, status, third));
            let at = usize::from(left) + 2;
            let both = beside(ladder, work, at);
            page.lines.extend(beside(both, facts(model, status, third), at + usize::from(third) + 2));
        }
        Some(Ok(status)) => {
            verdict(model, &mut page, status);
            let left = width / 2 - 1;
            let right = width - left - 2;
            let (ladder, mut beside_it) = (ladder(model, status, left), work(model, status, right));
            beside_it.extend(facts(model, status, right));
            page.lines.extend(beside(ladder, beside_it, usize::from(left) + 2));
        }
    }
    page.lines
}

/// Most lines of the log here; `l` shows it all.
const SAID: usize = 3;

/// How it is; where something is wrong: what, and what fixes it, the lowest rung first: it is what Enter leads to.
fn verdict(model: &Model, page: &mut Page, status: &Status) {
    let (theme, plain) = (page.theme, Style::new());
    match status.wrong() {
        None if status.healthy => page.sign(Sign::Ok, "The runner is up.", theme.bold()),
        None => page.sign(Sign::Todo, "Not all of it could be seen yet.", theme.bold()),
        Some(_) => {}
    }
    for rung in status.rungs.iter().filter(|rung| rung.ok == Some(false)) {
        let cause = rung.advice.as_ref().map_or("Something is not as it should be.", |advice| &advice.cause);
        page.sign(Sign::Bad, &local::words(model, cause), theme.bold());
        if let Some(advice) = &rung.advice {
            page.indented("  ", &local::words(model, &advice.fix), plain);
        }
        for line in rung.said.iter().skip(rung.said.len().saturating_sub(SAID)) {
            page.behind(Span::styled("  | ", theme.dim()), &sanitize(line), plain);
        }
    }
    if let Some(begun) = &status.container.update {
        page.sign(Sign::Warn, &format!("{begun}; so does {} here.", key_of(HOME, Act::Update)), plain);
    }
    for runner in &status.runners {
        if runner.rotation_waits {
            let rotate = names::typed("runner rotate", &model.who.container);
            let words = format!("{}: a new token waits; `{rotate}` goes on with it", sanitize(&runner.name));
            page.sign(Sign::Warn, &words, plain);
        }
        if let Some(expiry) = runner.expiry.as_ref().filter(|expiry| expiry.stage == Stage::Near) {
            page.sign(Sign::Warn, &format!("{}: {}", sanitize(&runner.name), expiry.words), plain);
        }
    }
    if let Some(id) = status.created_waits {
        page.sign(Sign::Warn, &creation::words(id, &model.who.container), plain);
    }
    if let (Some(_), Some(word)) = (status.wrong(), enter(model)) {
        page.behind(Span::styled("  Enter  ", theme.key()), word, plain);
    }
    page.gap();
}

/// Two columns, line by line.
fn beside(left: Vec<Line<'static>>, right: Vec<Line<'static>>, at: usize) -> Vec<Line<'static>> {
    let rows = left.len().max(right.len());
    let (mut left, mut right) = (left.into_iter(), right.into_iter());
    (0..rows)
        .map(|_| {
            let mut line = left.next().unwrap_or_default();
            let used = line.width();
            line.spans.push(Span::raw(" ".repeat(at.saturating_sub(used))));
            line.spans.extend(right.next().unwrap_or_default().spans);
            line
        })
        .collect()
}

fn ladder(model: &Model, status: &Status, width: u16) -> Vec<Line<'static>> {
    let theme = model.theme;
    let mut page = Page::new(theme, width);
    let titles = status.rungs.iter().map(|rung| title(rung).width()).max().unwrap_or(0);
    for rung in &status.rungs {
        let sign = match rung.ok {
            Some(true) => Sign::Ok,
            Some(false) => Sign::Bad,
            None => Sign::Todo,
        };
        let detail = local::words(model, &rung.detail);
        if width < ALIGNED {
            page.sign(sign, &format!("{}  {detail}", title(rung)), Style::new());
        } else {
            let lead = Span::styled(format!("{} ", theme.sign(sign)), theme.of(sign));
            page.hanging(lead, &format!("{}  {detail}", pad(title(rung), titles)), Style::new(), titles + 2);
        }
    }
    page.lines
}

fn title(rung: &StatusRung) -> &str {
    match rung.id.as_str() {
        "linger" => "linger",
        "room" => "room",
        "id_ranges" => "ID ranges",
        "secret" => "secret",
        "config" => "its config",
        "volumes" => "volumes",
        "token" => "its token",
        id => crate::ladder::RungId::ALL.iter().find(|rung| rung.id() == id).map_or(id, |rung| rung.title()),
    }
}

/// What the host works on, and for whom.
fn work(model: &Model, status: &Status, width: u16) -> Vec<Line<'static>> {
    let mut page = Page::new(model.theme, width);
    if status.container.state == "running" {
        jobs(model, &mut page, status);
    }
    runners(model, &mut page, status);
    page.lines
}

/// What there is: the container, its volumes, what starts it, and which others there are.
fn facts(model: &Model, status: &Status, width: u16) -> Vec<Line<'static>> {
    let (theme, plain) = (model.theme, Style::new());
    let mut page = Page::new(theme, width);
    let container = &status.container;
    let current = match container.state.as_str() {
        "missing" => "-",
        _ if container.config_current => "current",
        _ => "older than the secret",
    };
    let mut pairs = vec![
        ("jobs at once", status.concurrent.map_or("not set (1)".into(), |n| n.to_string())),
        ("container", container.state.clone()),
        ("since", container.started_at.as_deref().map_or("-".into(), |at| local::seconds(model, at))),
        ("its config", current.into()),
        ("image", container.image.rsplit('/').next().unwrap_or_default().to_owned()),
    ];
    if container.image_current == Some(false) {
        pairs.push(("", format!("a newer one of its name is here:{TOGETHER}{}", key_of(HOME, Act::Update))));
    }
    pairs.extend(container.managed_by.clone().map(|unit| ("run by", unit)));
    pairs.extend(status.runner_version.as_deref().map(|version| ("gitlab-runner", sanitize(version))));
    for volume in &status.volumes {
        pairs.push((&volume.name, volume.bytes.map_or("missing".into(), human)));
    }
    pairs.push(("sizes as of", clock(model, &status.measured)));
    pairs.push(("linger", if status.linger { "on" } else { "off" }.into()));
    pairs.push(("starts at boot", if status.boot { "yes" } else { "no" }.into()));
    let column = pairs.iter().map(|(name, _)| name.width()).max().unwrap_or(0);
    for (name, value) in pairs {
        let lead = Span::styled(format!("{}  ", pad(name, column)), theme.dim());
        page.behind(lead, &value, plain);
    }
    if !status.others.is_empty() {
        page.gap();
        page.title("Other containers");
    }
    for other in &status.others {
        page.sign(Sign::Here, &format!("{}  {}", sanitize(&other.name), other.words()), plain);
    }
    page.lines
}

/// Each runner, and what GitLab says of it.
fn runners(model: &Model, page: &mut Page, status: &Status) {
    let (theme, plain) = (model.theme, Style::new());
    let asked = status.runners.iter().find_map(|runner| runner.last_contact.as_deref());
    let asked = asked.map_or(String::new(), |at| format!(", GitLab asked at {}", clock(model, at)));
    page.title(&format!("Runners: {}{asked}", status.runners.len()));
    for runner in &status.runners {
        let (sign, word) = match runner.verified {
            Some(true) => (Sign::Ok, "GitLab knows it"),
            Some(false) => (Sign::Bad, "GitLab does not know it"),
            None => (Sign::Todo, "GitLab was not asked"),
        };
        page.sign(sign, &sanitize(&runner.name), plain);
        page.indented("  ", &format!("{word}, {}", sanitize(&runner.url)), theme.dim());
        match &runner.expiry {
            Some(expiry) if expiry.stage == Stage::Far => page.indented("  ", &expiry.words, theme.dim()),
            Some(expiry) if expiry.stage == Stage::Near => page.sign(Sign::Warn, &expiry.words, plain),
            Some(expiry) => page.sign(Sign::Bad, &expiry.words, plain),
            None => {}
        }
    }
    page.gap();
}

/// What runs, what it takes, and how those of today ended.
fn jobs(model: &Model, page: &mut Page, status: &Status) {
    let (theme, plain) = (model.theme, Style::new());
    let most = status.concurrent.map_or(String::new(), |most| format!(" of {most}"));
    page.title(&format!("Jobs: {}{most}", status.jobs.len()));
    for job in &status.jobs {
        page.sign(
            Sign::Here,
            &format!("{}  {}  since {}", job.id, sanitize(&job.stage), clock(model, &job.started_at)),
            plain,
        );
        page.indented("  ", sanitize(&format!("{} {}", job.project, job.git_ref)).trim_end(), theme.dim());
        if let Some((now, line)) = model.home.load.job(job.id) {
            let words = taken(model, now, &line, page.width.saturating_sub(2));
            page.indented("  ", &words, theme.dim());
        }
    }
    load(model, page);
    for line in model.home.today.iter().flat_map(Ended::lines) {
        page.behind(Span::styled("today  ", theme.dim()), &sanitize(&line), plain);
    }
    let known = &model.home.load;
    let unlisted = if model.is_paused() { PAUSED } else { UNLISTED };
    let missing = [(known.counted, NO_CONTROLLER), (known.listed, unlisted)];
    for (_, note) in missing.into_iter().filter(|(there, _)| *there == Some(false)) {
        page.behind(Span::styled("note   ", theme.dim()), note, plain);
    }
    page.gap();
}

/// What the whole container takes, and the most that the last job took.
fn load(model: &Model, page: &mut Page) {
    let (theme, load) = (model.theme, &model.home.load);
    let room = page.width.saturating_sub(7);
    let mut row =
        |name: &str, text: &str| page.behind(Span::styled(format!("{name}  "), theme.dim()), text, Style::new());
    if let Some((now, line)) = load.whole() {
        row("all  ", &taken(model, now, &line, room));
    }
    if let Some((job, most, measured)) = load.ended() {
        let words = if measured { taken(model, most, "", room) } else { human(u64::from(most.memory) * 1000) };
        row("ended", &format!("job {job} took at most {words}"));
    }
}

/// What is not known of the jobs of a paused runner.
const PAUSED: &str = "of a paused runner's jobs the containers alone are known";

/// Where the host's systemd hands no controllers on.
const NO_CONTROLLER: &str = "this host gives no cgroup controllers: `pipglr check` says how";

/// Processor and memory, and as many of the newest blocks as there is room for in the same line.
fn taken(model: &Model, point: Point, line: &str, room: usize) -> String {
    let words = format!("{} % of a CPU, {}", point.cpu, human(u64::from(point.memory) * 1000));
    let left = room.saturating_sub(words.width() + 2);
    let blocks: Vec<char> = line.chars().collect();
    let newest: String = blocks[blocks.len().saturating_sub(left)..].iter().collect();
    if !model.theme.unicode || newest.is_empty() { words } else { format!("{words}  {newest}") }
}

/// What is no day old.
fn clock(model: &Model, time: &str) -> String {
    local::time(model, time, "%H:%M")
}
