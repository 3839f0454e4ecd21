//! The log screen: moving, searching, choosing, saving.

use super::given::{
    SYMPTOM, fresh, home, key, keys, log, log_lines, log_lines_from, parsed, press, recorded, ruler, settle, type_text,
};
use super::pictures::{drawn, text};
use pipglr::logs::decode::Format;
use pipglr::logs::line::parse;
use pipglr::logs::{Item, Level, Limits};
use pipglr::problem::{Exit, Problem};
use pipglr::secret::Secret;
use pipglr::source::Source;
use pipglr::steps::Step;
use pipglr::tui::logview::{Given, LogView, Panel};
use pipglr::tui::message::{Effect, Message};
use pipglr::tui::model::{Model, Screen};
use pipglr::tui::update::{start_log, update};
use std::path::PathBuf;

const SIZE: (u16, u16) = (80, 24);
/// Rows for lines at that size.
const ROWS: usize = 19;

fn first(model: &Model) -> String {
    model.log.window()[0].item.text().to_owned()
}

fn last(model: &Model) -> String {
    model.log.window().last().map(|row| row.item.text().to_owned()).unwrap_or_default()
}

fn here(model: &Model) -> String {
    model.log.here().and_then(|here| model.log.buffer.get(here)).map(|item| item.text().to_owned()).unwrap_or_default()
}

fn nth(n: usize) -> String {
    format!("line {n} of the log")
}

#[test]
fn it_opens_at_the_end_and_closes_again() {
    let mut model = home(SIZE);
    assert!(matches!(press(&mut model, "l").as_slice(), [Effect::FollowLog(given)] if *given == Given::default()));
    update(&mut model, log_lines(100));
    assert_eq!((first(&model), last(&model)), (nth(100 - ROWS), nth(99)));
    assert_eq!(press(&mut model, "Esc")[0], Effect::StopLog);
    assert!(model.screen == Screen::Home && model.log.buffer.is_empty());
    let given = Given { file: Some(PathBuf::from("x.log")), ..Given::default() };
    let mut model = fresh(SIZE);
    assert!(matches!(start_log(&mut model, given.clone()).as_slice(), [Effect::FollowLog(same)] if *same == given));
    assert!(press(&mut model, "Esc").contains(&Effect::Quit(Exit::Done)));
}

#[test]
fn a_running_job_of_the_table_leads_to_its_trace_and_back_to_the_log() {
    let mut model = home(SIZE);
    press(&mut model, "J");
    press(&mut model, "Enter");
    assert_eq!(model.log.panel, Some(Panel::Jobs(0)), "no line has told of a job yet");
    let none = text(&drawn(&model));
    assert!(none.contains("No line of the log tells of a job yet.") && !none.contains("its lines"), "{none}");
    press(&mut model, "Esc");
    assert_eq!(model.screen, Screen::Home, "where its jobs were asked for");
    press(&mut model, "J");
    update(
        &mut model,
        Message::Log(
            [
                "[1.0] gitlab-runner[4]: Checking for jobs... received  job=7 runner=fake2o1e",
                "[1.0] gitlab-runner[4]: Checking for jobs... received  job=8 runner=fake2o1e",
                "[1.0] gitlab-runner[4]: Job succeeded  job=8 runner=fake2o1e",
            ]
            .map(|text| Item::Line(parse(text)))
            .into(),
        ),
    );
    let effects = press(&mut model, "Enter");
    assert!(matches!(effects.as_slice(), [Effect::FollowLog(given)] if given.job == Some(7)), "{effects:?}");
    // Keys tell its containers apart, and there is no table of jobs in it.
    update(
        &mut model,
        Message::Log([Source::Script, Source::Service].map(|of| Item::Line(parse("x").of_job(of))).into()),
    );
    press(&mut model, "3");
    assert_eq!(model.log.len_shown(), 1);
    press(&mut model, "J");
    assert_eq!(model.log.panel, None);
    let effects = press(&mut model, "Esc");
    assert!(
        matches!(&effects[..], [Effect::StopLog, Effect::FollowLog(given)] if *given == Given::default()),
        "{effects:?}"
    );
    assert_eq!(press(&mut model, "Esc")[0], Effect::StopLog);
    assert_eq!(model.screen, Screen::Home);
}

#[test]
fn what_is_held_still_stays_put_and_counts() {
    let mut model = log(SIZE, 100);
    press(&mut model, "Space");
    update(&mut model, log_lines_from(100, 109));
    assert_eq!((last(&model), model.log.fresh), (nth(99), 9));
    keys(&mut model, &["3", "w", "t", "→"]);
    assert!(!model.log.follow, "nothing of that follows again");
    keys(&mut model, &["3", "G"]);
    assert!(model.log.follow);
    assert_eq!(last(&model), nth(108));
    keys(&mut model, &["w", "→", "t"]);
    update(&mut model, log_lines_from(109, 200));
    assert!(model.log.follow && !model.log.wrap && model.log.left == 20, "following changes nothing of how it looks");
}

#[test]
fn lines_pages_top_and_end() {
    let mut model = log(SIZE, 100);
    press(&mut model, "↓");
    assert!(model.log.follow, "there is nothing below");
    press(&mut model, "↑");
    assert_eq!((here(&model), last(&model)), (nth(98), nth(99)));
    for _ in 0..ROWS {
        press(&mut model, "k");
    }
    assert_eq!((here(&model), first(&model)), (nth(79), nth(79)));
    press(&mut model, "PgUp");
    assert_eq!((here(&model), first(&model)), (nth(61), nth(61)));
    press(&mut model, "Ctrl-U");
    assert_eq!(first(&model), nth(52));
    press(&mut model, "Ctrl-D");
    assert_eq!(first(&model), nth(61));
    press(&mut model, "g");
    assert_eq!((here(&model), first(&model)), (nth(0), nth(0)));
    press(&mut model, "PgUp");
    assert_eq!(here(&model), nth(0));
    for _ in 0..4 {
        press(&mut model, "PgDn");
    }
    assert_eq!(first(&model), nth(72));
    keys(&mut model, &["PgDn", "PgDn"]);
    assert!(model.log.follow);
}

#[test]
fn broken_lines_are_scrolled_by_rows() {
    let mut model = log(SIZE, 10);
    let long = format!("[1.0] gitlab-runner[1]: {}", "0123456789".repeat(400));
    update(&mut model, Message::Log(parsed(long.as_bytes(), Format::Raw)));
    keys(&mut model, &["t", "t", "w"]);
    // 75 columns for text: 54 rows.
    assert_eq!((model.log.window().len(), model.log.window()[0].skip), (1, 54 - ROWS));
    press(&mut model, "PgUp");
    assert_eq!(model.log.window()[0].skip, 54 - ROWS - (ROWS - 1));
    keys(&mut model, &["PgUp", "PgUp"]);
    assert_eq!(first(&model), nth(0), "a page is filled from its top");
    keys(&mut model, &["G", "↑"]);
    assert_eq!(model.log.window()[0].skip, 54 - ROWS - 1, "upwards through the long line");
    keys(&mut model, &["g", "PgUp"]);
    for _ in 0..9 {
        press(&mut model, "↓");
    }
    assert_eq!(here(&model), nth(9));
    press(&mut model, "↓");
    assert_eq!((first(&model).len(), model.log.window()[0].skip), (4000, 0), "a long line is read from its start");
    press(&mut model, "↓");
    assert_eq!(model.log.window()[0].skip, 1);
    update(&mut model, Message::Resize(40, 10));
    assert_eq!(here(&model).len(), 4000);
}

#[test]
fn searching_goes_along_with_typing() {
    let mut model = log(SIZE, 100);
    press(&mut model, "/");
    type_text(&mut model, "line 4");
    assert_eq!((here(&model), model.log.hit_count()), (nth(49), Some((11, Some(11)))));
    type_text(&mut model, "2");
    assert_eq!(here(&model), nth(42));
    press(&mut model, "Backspace");
    settle(&mut model);
    assert_eq!(here(&model), nth(49), "from where it began");
    keys(&mut model, &["Enter", "N"]);
    assert_eq!((here(&model), model.log.hit_count()), (nth(48), Some((11, Some(10)))));
    keys(&mut model, &["n", "n"]);
    assert_eq!(here(&model), nth(4), "round the end");
    update(&mut model, log_lines_from(400, 401));
    assert_eq!(model.log.hit_count().unwrap().0, 12, "what comes is counted");
    press(&mut model, "N");
    assert_eq!(here(&model), nth(400));
    // Given up: all as before.
    press(&mut model, "/");
    type_text(&mut model, "zzz");
    assert!(model.log.notice.contains("zzz"));
    press(&mut model, "Esc");
    settle(&mut model);
    assert_eq!((here(&model), model.log.hit_count().unwrap().0), (nth(400), 12));
    let mut model = log(SIZE, 100);
    press(&mut model, "/");
    type_text(&mut model, "line 4");
    press(&mut model, "Esc");
    assert!(model.log.follow, "it followed before");
    press(&mut model, "/");
    type_text(&mut model, "(line");
    assert_eq!(model.log.hit_count().unwrap().0, 0);
    assert!(model.log.search.as_ref().unwrap().literal_because.is_some());
}

#[test]
fn only_what_is_wanted_is_shown() {
    let mut model = log(SIZE, 30_000);
    press(&mut model, "&");
    type_text(&mut model, "line 1..9 ");
    press(&mut model, "Enter");
    assert_eq!((model.log.len_shown(), first(&model)), (100, nth(1819)));
    update(&mut model, log_lines_from(1009, 1020));
    assert_eq!((model.log.len_shown(), last(&model)), (102, nth(1019)));
    keys(&mut model, &["!"]);
    assert_eq!(model.log.len_shown(), 30_011 - 102);
    keys(&mut model, &["!", "1", "2"]);
    let shown: Vec<_> = model.log.all_shown().filter_map(Item::line).map(|line| line.source.letter()).collect();
    assert!(shown.len() < 102 && shown.iter().all(|letter| *letter == 'R'));
    press(&mut model, "&");
    type_text(&mut model, "x");
    press(&mut model, "Esc");
    settle(&mut model);
    assert_eq!(model.log.all_shown().count(), shown.len());
    press(&mut model, "&");
    press(&mut model, "Ctrl-U");
    keys(&mut model, &["Enter", "1", "2"]);
    assert_eq!(model.log.len_shown(), 30_011);
}

#[test]
fn levels_are_chosen_together_and_each() {
    let mut model = home(SIZE);
    press(&mut model, "l");
    update(&mut model, recorded("job-script-failure.log"));
    let all = model.log.len_shown();
    let least = |model: &Model| model.log.all_shown().filter_map(Item::line).map(|line| line.level).min();
    let mut seen = vec![];
    for _ in 0..4 {
        keys(&mut model, &["e"]);
        seen.push((least(&model), model.log.filter.levels));
    }
    assert_eq!(seen[1].0, Some(Level::Warning));
    assert_eq!(seen[3].1, [true; 5]);
    assert_eq!(model.log.len_shown(), all);
    keys(&mut model, &["E", "i", "Esc"]);
    assert_eq!(model.log.filter.levels, [true, false, true, true, true]);
    assert!(model.log.panel.is_none() && model.log.len_shown() < all);
    assert!(least(&model) >= Some(Level::Warning));
}

#[test]
fn marks_times_and_presets() {
    let mut model = log(SIZE, 30_000); // 50 minutes
    press(&mut model, "'");
    assert!(model.log.notice.contains("m marks"));
    keys(&mut model, &["m", "g", "m", "PgDn", "'"]);
    assert_eq!(here(&model), nth(29_999));
    press(&mut model, "'");
    assert_eq!(here(&model), nth(0));
    press(&mut model, "T");
    type_text(&mut model, "10:14:05");
    press(&mut model, "Enter");
    assert_eq!((here(&model), first(&model)), (nth(8450), nth(8450)));
    press(&mut model, "T");
    type_text(&mut model, "1m");
    press(&mut model, "Enter");
    assert_eq!(here(&model), nth(29_399));
    keys(&mut model, &["s"]);
    assert_eq!(model.log.len_shown(), 6_001);
    keys(&mut model, &["s", "s", "s", "s"]);
    assert_eq!(model.log.len_shown(), 30_000);
    press(&mut model, "T");
    type_text(&mut model, "soon");
    press(&mut model, "Enter");
    assert!(model.log.notice.contains("no time"));
}

#[test]
fn jobs_are_a_table_and_one_of_them_can_be_looked_at() {
    let mut model = log(SIZE, 10);
    press(&mut model, "J");
    assert!(model.log.panel.is_none() && model.log.notice.contains("job"));
    update(&mut model, recorded("full-json.log"));
    let all = model.log.len_shown();
    keys(&mut model, &["J", "↓", "↓", "↓", "↓"]);
    assert_eq!(model.log.panel, Some(Panel::Jobs(2)), "there are three");
    keys(&mut model, &["↑", "Enter"]);
    assert_eq!(model.log.filter.job.unwrap().get(), 1005);
    assert!(model.log.all_shown().filter_map(Item::line).all(|line| line.job.is_some_and(|job| job.get() == 1005)));
    assert!((2..all).contains(&model.log.len_shown()));
    keys(&mut model, &["Esc"]);
    assert_eq!((model.screen, model.log.len_shown()), (Screen::Log, all));
}

#[test]
fn secrets_are_masked_on_the_way_out_unless_revealed() {
    let mut model = home(SIZE);
    press(&mut model, "l");
    let line = b"2026-11-24T10:00:00Z stdout F [1.0] gitlab-runner[4]: x token: s3cr3t-of-someone y\n";
    update(&mut model, Message::Log(parsed(line, Format::K8sFile)));
    let copied = |effects: Vec<Effect>| match effects.as_slice() {
        [Effect::Copy(text)] => text.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(copied(press(&mut model, "y")).expose_str(), "10:00:00.000 x token: [MASKED] y");
    press(&mut model, "t");
    press(&mut model, "t");
    press(&mut model, "R");
    assert_eq!(copied(press(&mut model, "y")).expose_str(), "x token: s3cr3t-of-someone y");
    press(&mut model, "S");
    let effects = press(&mut model, "Enter");
    assert!(matches!(effects.as_slice(), [Effect::SaveLog { reveal: true, .. }]));
    assert!(!format!("{effects:?}{model:?}").contains("s3cr3t"));
}

#[test]
fn a_selection_is_copied() {
    let mut model = log(SIZE, 100);
    keys(&mut model, &["t", "t", "↑", "v", "↑", "↑"]);
    let effects = press(&mut model, "y");
    assert_eq!(effects, [Effect::Copy(Secret::new(format!("{}\n{}\n{}\n", nth(96), nth(97), nth(98))))]);
    assert!(model.log.notice.contains("3 lines"));
    keys(&mut model, &["v", "g"]);
    press(&mut model, "Esc");
    assert_eq!(model.screen, Screen::Log, "the selection is dropped first");
    let mut model = log(SIZE, 10_000);
    keys(&mut model, &["v", "g"]);
    assert_eq!(press(&mut model, "y"), []);
    assert!(model.log.notice.contains("S saves"));
}

#[test]
fn saving_what_is_shown_kept_or_there() {
    let mut model = log(SIZE, 100);
    keys(&mut model, &["1", "S"]);
    let count = |effects: &[Effect]| match effects {
        [Effect::SaveLog { items, path, reveal: false, .. }] => {
            assert_eq!(path, &PathBuf::from("pipglr-20261124-100009.log"));
            items.as_ref().map(Vec::len)
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(count(&press(&mut model, "Enter")), Some(66));
    update(&mut model, Message::Saving(40));
    assert_eq!(model.log.saving, Some(40));
    assert_eq!(press(&mut model, "S"), [Effect::StopSaving]);
    update(&mut model, Message::Saved("x".into(), Ok(41)));
    assert!(model.log.notice.contains("Stopped") && model.log.notice.contains("41"));
    keys(&mut model, &["S", "Tab"]);
    assert_eq!(count(&press(&mut model, "Enter")), Some(100));
    update(&mut model, Message::Saved("x".into(), Err(Problem::new("No.", "Do."))));
    assert_eq!(model.log.notice, "No. Do.");
    keys(&mut model, &["S", "Tab", "Tab"]);
    assert_eq!(count(&press(&mut model, "Enter")), None);
    update(&mut model, Message::Saved("x".into(), Ok(5)));
    let mut saved = fresh(SIZE);
    start_log(&mut saved, Given { file: Some("x.log".into()), ..Given::default() });
    update(&mut saved, log_lines(100));
    keys(&mut saved, &["S", "Tab", "Tab"]);
    assert_eq!(count(&press(&mut saved, "Enter")), Some(100), "the file is there already");
}

#[test]
fn one_line_taken_apart() {
    let mut model = log(SIZE, 100);
    keys(&mut model, &["Enter", "←", "←"]);
    assert!(matches!(model.log.panel, Some(Panel::Line(97, 0))));
    assert!(matches!(press(&mut model, "y").as_slice(), [Effect::Copy(text)] if text.expose_str().ends_with(&nth(97))));
    keys(&mut model, &["→", "↓", "Esc"]);
    assert_eq!((model.log.panel, here(&model)), (None, nth(98)));
}

#[test]
fn the_doctor_explains_and_leads_to_the_step() {
    let mut model = log(SIZE, 100);
    press(&mut model, "d");
    assert!(model.log.panel.is_none() && model.log.notice.contains("doctor"));
    update(&mut model, Message::Log(parsed(SYMPTOM.as_bytes(), Format::K8sFile)));
    update(&mut model, log_lines_from(100, 300));
    press(&mut model, "d");
    assert_eq!(model.log.panel, Some(Panel::Doctor(100, 0)));
    let effects = press(&mut model, "Enter");
    assert!(effects.contains(&Effect::StopLog));
    assert_eq!((model.screen, model.step), (Screen::Step, Step::IdRanges));
}

/// With less kept than usual.
fn small(lines: usize) -> Model {
    let mut model = log(SIZE, 0);
    model.log = LogView::new(Given { limits: Limits { lines: 1_000, ..Limits::default() }, ..Given::default() });
    update(&mut model, Message::Resize(SIZE.0, SIZE.1));
    update(&mut model, log_lines(lines));
    model
}

#[test]
fn what_is_held_still_makes_the_reader_wait_before_it_is_let_go() {
    let mut model = small(600);
    assert_eq!(press(&mut model, "g"), []);
    assert_eq!(update(&mut model, log_lines_from(600, 790)), []);
    assert_eq!(update(&mut model, log_lines_from(790, 820)), [Effect::HoldLog(true)]);
    assert_eq!(update(&mut model, log_lines_from(820, 830)), []);
    assert_eq!(first(&model), nth(0));
    assert_eq!(press(&mut model, "G"), [Effect::HoldLog(false)]);
    update(&mut model, log_lines_from(830, 1_500));
    assert_eq!((model.log.buffer.len(), model.log.buffer.gone()), (1_000, 500));
}

#[test]
fn what_is_let_go_takes_marks_hits_and_place_with_it() {
    let mut model = small(1_000);
    keys(&mut model, &["g", "m"]);
    press(&mut model, "/");
    type_text(&mut model, "line");
    press(&mut model, "Enter");
    press(&mut model, "g");
    for from in (1_000..2_100).step_by(100) {
        update(&mut model, log_lines_from(from, from + 100));
    }
    assert_eq!((first(&model), here(&model)), (nth(1_100), nth(1_100)));
    assert_eq!((model.log.hit_count().unwrap().0, model.log.marks.len()), (1_000, 0));
    assert_eq!(model.log.len_shown(), 1_000);
}

#[test]
fn how_it_ended_is_said() {
    let mut model = log(SIZE, 10);
    update(&mut model, Message::LogEnded(Err(Problem::new("podman is missing.", "Install it."))));
    assert_eq!(last(&model), "Install it.");
    update(&mut model, ruler("container removed"));
    assert_eq!(last(&model), "container removed");
    assert!(model.log.ended);
    assert_eq!(update(&mut model, Message::Key(key("x"))), []);
}

/// A log whose lines say no time (a saved job trace) has no blank column for it; one of which a line does has.
#[test]
fn times_have_a_column_where_a_line_says_one() {
    let column = |model: &Model| text(&drawn(model)).lines().find_map(|line| line.find("said"));
    let mut model = log((40, 12), 0);
    update(&mut model, Message::Log(parsed(b"said without\n", Format::Raw)));
    assert_eq!(column(&model), Some(5));
    press(&mut model, "t");
    assert!(text(&drawn(&model)).contains("No line here says its time."));
    keys(&mut model, &["t", "t"]);
    update(&mut model, log_lines(1));
    assert_eq!(column(&model), Some(18));
    // What has no room is not cut in silence.
    update(&mut model, ruler("container ended 10:07:12, exit code 0"));
    assert!(text(&drawn(&model)).contains("container ended 1…"), "{}", text(&drawn(&model)));
}
