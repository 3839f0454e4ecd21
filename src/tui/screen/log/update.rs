//! The log screen.

use super::fix::{fixing_step, symptom};
use super::keys::LOG;
use super::view;
use crate::logs::clock::{Local, Show};
use crate::logs::jobs::State;
use crate::logs::{Item, Ruler};
use crate::problem::{Exit, Problem, Result};
use crate::secret::Secret;
use crate::steps::Step;
use crate::tui::act::Act;
use crate::tui::go;
use crate::tui::keys::binding::key_of;
use crate::tui::logview::{Ask, LogView, Panel, Save};
use crate::tui::message::Effect;
use crate::tui::model::{Model, Screen};
use crate::tui::view::layout;
use crossterm::event::KeyEvent;
use std::path::{Path, PathBuf};

/// Most bytes given to the clipboard: what xterm and tmux take.
const COPIED: usize = 74_994;
/// Most lines looked through for one that the doctor knows: a few hundredths of a second.
const DOCTOR: usize = 100_000;

/// Lines came.
pub(crate) fn on_lines_came(model: &mut Model, items: Vec<Item>) -> Vec<Effect> {
    model.log.push(items);
    rein(model)
}

/// No more come.
pub(crate) fn on_ended(model: &mut Model, result: Result<()>) -> Vec<Effect> {
    model.log.ended = true;
    if let Err(problem) = result {
        let said = [problem.what.as_str(), problem.advice.as_str()].map(str::to_owned).into_iter().chain(problem.said);
        let text = said.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>());
        let rulers = text.filter(|text| !text.is_empty()).map(|text| Item::Ruler(Ruler { time: None, text }));
        model.log.push(rulers.collect());
    }
    vec![]
}

/// Lets the reader wait or go on, where that is another than before.
fn rein(model: &mut Model) -> Vec<Effect> {
    let waits = model.log.crowded();
    if waits == model.log.waits {
        return vec![];
    }
    model.log.waits = waits;
    vec![Effect::HoldLog(waits)]
}

/// What is left of a search or a filter.
pub(crate) fn on_tick(model: &mut Model) -> Vec<Effect> {
    if model.log.busy() {
        model.log.work();
    }
    vec![]
}

/// A key that is text.
pub(crate) fn on_typed(model: &mut Model, event: KeyEvent) {
    if model.log.typing.as_mut().is_some_and(|typing| typing.field.key(event)) {
        model.log.typed();
    }
}

/// A paste, where something is being typed.
pub(crate) fn on_pasted(model: &mut Model, text: &str) {
    if model.log.typing.as_mut().is_some_and(|typing| typing.field.insert(text.trim())) {
        model.log.typed();
    }
}

/// Handles a key on it.
pub(crate) fn on_act(model: &mut Model, act: Act) -> Vec<Effect> {
    let mut effects = match (&model.log.typing, model.log.panel) {
        (Some(_), _) => prompt(model, act),
        (None, Some(panel)) => over(model, panel, act),
        (None, None) => on_lines(model, act),
    };
    effects.extend(rein(model));
    effects
}

/// A key while something is typed.
fn prompt(model: &mut Model, act: Act) -> Vec<Effect> {
    let zone = model.zone.clone();
    let log = &mut model.log;
    match act {
        Act::Back => log.give_up(),
        Act::NextField => {
            if let Some(typing) = &mut log.typing
                && let Ask::Save(save) = &mut typing.ask
            {
                *save = match save {
                    Save::Shown => Save::Kept,
                    Save::Kept if log.given.is_the_container_s() => Save::All,
                    _ => Save::Shown,
                };
            }
        }
        Act::Main => {
            let Some(typing) = log.typing.take() else { return vec![] };
            let text = typing.field.text().to_owned();
            match typing.ask {
                Ask::Search | Ask::Filter => {}
                Ask::Time if text.is_empty() => {}
                Ask::Time => log.go_to_time(&text, &zone),
                Ask::Save(_) if text.is_empty() => {}
                Ask::Save(what) => return save(model, what, Path::new(&text)),
            }
        }
        _ => {}
    }
    vec![]
}

fn save(model: &mut Model, what: Save, path: &Path) -> Vec<Effect> {
    let log = &mut model.log;
    let items = match what {
        Save::Shown => Some(log.all_shown().cloned().collect()),
        Save::Kept => Some(log.buffer.iter().cloned().collect()),
        Save::All => None,
    };
    log.saving = Some(0);
    let path = path.strip_prefix("~").map_or_else(|_| path.to_owned(), |rest| model.who.home.join(rest));
    vec![Effect::SaveLog { items, path, reveal: log.reveal }]
}

/// It is saved, or not.
pub(crate) fn on_saved(model: &mut Model, path: &Path, result: Result<u64>) -> Vec<Effect> {
    let stopped = model.log.saving.take().is_none();
    let path = path.display();
    model.log.notice = match result {
        Ok(lines) if stopped => format!("Stopped: {lines} lines are in {path}."),
        Ok(lines) => format!("{lines} lines are in {path}, for you alone to read."),
        Err(Problem { what, advice, .. }) => format!("{what} {advice}"),
    };
    vec![]
}

/// A key while something lies over the lines.
fn over(model: &mut Model, panel: Panel, act: Act) -> Vec<Effect> {
    let page = usize::from(layout::log_area(model.size).height).saturating_sub(1).max(1);
    let log = &mut model.log;
    let to = |at: usize, last: usize| {
        match act {
            Act::Up => at.saturating_sub(1),
            Act::Down => at + 1,
            Act::PageUp => at.saturating_sub(page),
            Act::PageDown => at + page,
            Act::Top => 0,
            Act::Bottom => last,
            _ => at,
        }
        .min(last)
    };
    match (panel, act) {
        (Panel::Jobs(_), Act::Back) if log.for_jobs => return go::go_back(model),
        (_, Act::Back) => log.panel = None,
        (Panel::Levels, Act::Level(index)) => log.refilter(|filter| filter.levels[index] ^= true),
        (Panel::Levels, _) => {}
        (Panel::Jobs(at), Act::Main) if running(log, at).is_some() => {
            return running(log, at).map(|job| go::open_trace(model, job)).unwrap_or_default();
        }
        (Panel::Jobs(at), Act::Main | Act::Log) => {
            // Where no line has told of one yet there is nothing to go to.
            if let Some(job) = log.listed_jobs().get(at).map(|job| job.id) {
                (log.panel, log.anchor, log.for_jobs) = (None, None, false);
                log.refilter(|filter| filter.job = Some(job));
                log.to_end();
            }
        }
        (Panel::Jobs(at), _) => log.panel = Some(Panel::Jobs(to(at, log.jobs.iter().len().saturating_sub(1)))),
        (Panel::Line(..), Act::Main) => log.panel = None,
        (Panel::Line(..), Act::Copy) => return copy(model),
        (Panel::Line(..), Act::Reveal) => log.reveal ^= true,
        (Panel::Line(number, _), Act::Left | Act::Right) => {
            let place = log.shown.place(number);
            let other = if act == Act::Left { place.checked_sub(1) } else { Some(place + 1) };
            if let Some(number) = other.and_then(|place| log.shown.get(place)) {
                log.go_to(number);
                log.panel = Some(Panel::Line(number, 0));
            }
        }
        (Panel::Doctor(number, _), Act::Main) => {
            let Some(step) = fixing_step(model, number) else { return vec![] };
            model.log = LogView::new(model.log.given.clone()); // its memory; Esc opens it again
            go::come_from(model, Screen::Log);
            go::show_step(model, step);
            let mut effects = vec![Effect::StopLog];
            effects.extend(go::look_at(model, &Step::ALL));
            return effects;
        }
        (Panel::Doctor(number, _), Act::Doctor) => doctor(log, number),
        (Panel::Doctor(number, at), _) => {
            let last = view::page_limit(model);
            model.log.panel = Some(Panel::Doctor(number, to(at, last)));
        }
        (Panel::Line(number, at), _) => {
            let last = view::page_limit(model);
            model.log.panel = Some(Panel::Line(number, to(at, last)));
        }
    }
    vec![]
}

/// A key on the lines.
fn on_lines(model: &mut Model, act: Act) -> Vec<Effect> {
    let page = usize::from(layout::log_area(model.size).height).saturating_sub(1).max(1) as isize;
    let log = &mut model.log;
    if act != Act::Back {
        log.notice.clear();
    }
    match act {
        Act::Back if log.anchor.is_some() => log.anchor = None,
        Act::Back if log.search.is_some() => log.search_for(""),
        Act::Back if log.filter.job.is_some() => log.refilter(|filter| filter.job = None),
        Act::Back if log.filter.pattern.is_some() => log.refilter(|filter| filter.pattern = None),
        Act::Back => {
            let behind = log.behind.take();
            if model.from.is_empty() && behind.is_none() {
                return vec![Effect::StopLog, Effect::StopSaving, Effect::Quit(Exit::Done)];
            }
            model.log = LogView::default(); // its memory
            model.log.behind = behind;
            let mut effects = vec![Effect::StopLog];
            effects.extend(go::go_back(model));
            return effects;
        }
        Act::Pause if log.follow => log.hold(),
        Act::Pause | Act::Bottom => log.to_end(),
        Act::Up => log.step(false),
        Act::Down => log.step(true),
        Act::PageUp => log.page(-page),
        Act::PageDown => log.page(page),
        Act::HalfUp => log.page(-(page / 2).max(1)),
        Act::HalfDown => log.page((page / 2).max(1)),
        Act::Top => log.to_start(),
        Act::Left => log.left = log.left.saturating_sub(20),
        Act::Right => log.left = (log.left + 20).min(100_000),
        Act::Wrap => {
            (log.wrap, log.left) = (!log.wrap, 0);
            go::resize_log(model);
        }
        Act::Times => {
            log.times = match log.times {
                Show::None => Show::Time,
                Show::Time => Show::Full,
                Show::Full => Show::None,
            };
            if !log.timed {
                log.notice = "No line here says its time.".into();
            }
            go::resize_log(model);
        }
        Act::Source(index) => {
            let source = log.sources()[index];
            log.refilter(|filter| *filter.source(source) ^= true);
        }
        Act::Levels => log.next_level(),
        Act::ChooseLevels => log.panel = Some(Panel::Levels),
        Act::Since => log.next_since(),
        Act::Search => log.ask(Ask::Search, ""),
        Act::Filter => {
            let before = log.filter.pattern.as_ref().map(|pattern| pattern.typed().to_owned()).unwrap_or_default();
            log.ask(Ask::Filter, &before);
        }
        Act::Invert => log.refilter(|filter| filter.inverted ^= true),
        Act::Time => log.ask(Ask::Time, ""),
        Act::NextHit | Act::PreviousHit => {
            let from = if log.follow { u64::MAX } else { log.here().unwrap_or(0) };
            log.find(from, act == Act::PreviousHit);
        }
        Act::Mark => log.mark(),
        Act::NextMark => log.next_mark(),
        Act::Select => log.select(),
        Act::Copy => return copy(model),
        Act::Reveal => {
            log.reveal ^= true;
            go::resize_log(model);
        }
        Act::Main => log.expand(),
        Act::Doctor => doctor(log, log.here().map_or(0, |here| here + 1)),
        Act::Jobs if log.jobs.iter().len() == 0 => log.notice = "No line tells of a job yet.".into(),
        Act::Jobs => log.panel = Some(Panel::Jobs(0)),
        Act::Save if log.saving.is_some() => {
            log.saving = None;
            return vec![Effect::StopSaving];
        }
        Act::Save => {
            let name = file_name(model).display().to_string();
            model.log.ask(Ask::Save(Save::Shown), &name);
        }
        _ => {}
    }
    vec![]
}

/// The chosen job, where the log has not told of its end.
pub(crate) fn running(log: &LogView, at: usize) -> Option<u64> {
    let job = log.listed_jobs().into_iter().nth(at)?;
    (job.state == State::Running && log.given.is_the_container_s()).then(|| job.id.get())
}

/// Explains the nearest line before this one that the doctor knows. One press looks through all that is shown at most.
fn doctor(log: &mut LogView, before: u64) {
    let place = log.shown.place(before);
    let numbers = (0..place).rev().filter_map(|place| log.shown.get(place));
    let known = |number: &u64| log.buffer.get(*number).and_then(symptom).is_some();
    match numbers.take(DOCTOR).find(known) {
        Some(number) => {
            log.go_to(number);
            log.panel = Some(Panel::Doctor(number, 0));
        }
        None => log.notice = "The doctor knows no line above: `pipglr doctor` looks at the host too.".into(),
    }
}

/// A name that says of what and when.
fn file_name(model: &Model) -> PathBuf {
    let newest = model.log.buffer.iter().rev().find_map(Item::time);
    let time = newest.map(|time| time.to_zoned_datetime(model.zone.clone()).strftime("-%Y%m%d-%H%M%S").to_string());
    let job = model.log.given.job.map(|job| format!("-job-{job}")).unwrap_or_default();
    PathBuf::from(format!("{}{job}{}.log", model.who.container, time.unwrap_or_default()))
}

/// The line one is at, or the selection, as it is seen.
fn copy(model: &mut Model) -> Vec<Effect> {
    let log = &mut model.log;
    let (mut text, mut lines, mut local) = (vec![], 0_usize, Local::new(model.zone.clone()));
    for (_, item) in log.selected() {
        local.write(item.time(), log.times, &mut text);
        match item {
            Item::Line(line) => text.extend_from_slice(line.shown(log.reveal).as_bytes()),
            Item::Ruler(ruler) => text.extend_from_slice(format!("--- {} ---", ruler.text).as_bytes()),
        }
        text.push(b'\n');
        lines += 1;
        if text.len() > COPIED {
            break;
        }
    }
    if text.len() > COPIED {
        log.notice = format!("That is more than a clipboard takes: {} saves to a file.", key_of(LOG, Act::Save));
        return vec![];
    }
    if lines == 0 {
        return vec![];
    }
    log.notice = if lines == 1 { "1 line is copied.".into() } else { format!("{lines} lines are copied.") };
    log.anchor = None;
    if lines == 1 {
        text.pop();
    }
    vec![Effect::Copy(Secret::new(text))]
}
