//! The wizard: looking, showing, applying, going on.

use super::{back, clamp, editor, from, go_to, look, open, show, show_step};
use crate::problem::{Exit, Kind, Problem, Result};
use crate::steps::{Report, State, Step};
use crate::tui::form::Form;
use crate::tui::keys::Act;
use crate::tui::message::Effect;
use crate::tui::model::{Failure, Job, Mark, Model, Overlay, PATIENCE, Purpose, Question, Screen, Then};

/// A step was looked at.
pub fn looked(model: &mut Model, step: Step, report: Result<Report>) {
    model.reports.insert(step, report);
    model.fresh.insert(step);
    clamp(model);
}

/// All were.
pub fn looks_ended(model: &mut Model) -> Vec<Effect> {
    model.looking = false;
    match std::mem::take(&mut model.then) {
        // Also where something is wrong: home says what, the steps only what they would do.
        Then::Start if model.was_set_up() => super::home::go(model),
        Then::Start | Then::Stay => admin_done(model),
        // The page is not turned: what is on the next one is read first.
        Then::Climb if model.all_done() => super::home::climb(model),
        Then::Climb => vec![],
    }
}

/// An administrator was waited for: is root still needed?
fn admin_done(model: &mut Model) -> Vec<Effect> {
    if model.screen != Screen::Admin {
        return vec![];
    }
    model.look_at = model.now + PATIENCE;
    if model.reports.get(&model.step).is_none_or(Result::is_err) || !model.admin_lines().is_empty() {
        return vec![];
    }
    model.failure = None;
    if model.done(model.step) {
        show(model, Screen::Step);
        model.notice = format!("{}: it was done.", model.step.title());
        return look(model, &Step::ALL);
    }
    show(model, Screen::Step);
    model.notice = "Root's part was done; the rest needs no root.".into();
    vec![]
}

/// While an administrator is waited for, the host is looked at again and again.
pub fn tick(model: &mut Model) -> Vec<Effect> {
    if model.looking || model.now < model.look_at {
        return vec![];
    }
    let mut steps: Vec<Step> = model.admin_steps().map(|report| report.step).collect();
    if !steps.contains(&model.step) {
        steps.push(model.step);
    }
    look(model, &steps)
}

/// An action of the plan began or ended.
pub fn mark(model: &mut Model, index: usize, mark: Mark) -> Vec<Effect> {
    if let Some(action) = model.job.as_mut().and_then(|job| job.actions.get_mut(index)) {
        action.1 = mark;
    }
    vec![]
}

/// The plan was applied and the step verified, or something failed.
pub fn job_done(model: &mut Model, result: Result<Option<Report>>) -> Vec<Effect> {
    let Some(job) = model.job.take() else { return vec![] };
    if model.leaving {
        return super::leave(model, Exit::Interrupted);
    }
    match result {
        Ok(report) => {
            model.failure = None;
            if let Some(report) = report {
                model.reports.insert(report.step, Ok(report));
            }
            finished(model, job.purpose)
        }
        Err(problem) => {
            let mut effects = failed(model, job.purpose, problem);
            effects.extend(look(model, &Step::ALL));
            effects
        }
    }
}

fn finished(model: &mut Model, purpose: Purpose) -> Vec<Effect> {
    match purpose {
        Purpose::Operate(verb) => return super::home::operated(model, verb),
        Purpose::Change => return super::change::done(model),
        Purpose::Step(Step::Registration) => {
            // Registered: nobody needs the tokens any more.
            model.wants.vault.tokens.clear();
            model.form = None;
        }
        Purpose::Step(Step::Volumes) => model.wants.recreate_volumes = false,
        Purpose::Step(_) => {}
    }
    if let Purpose::Step(step) = purpose {
        show_step(model, step);
        model.notice = format!("{}: done.", step.title());
        if step == Step::Startup {
            model.then = Then::Climb;
        }
    }
    look(model, &Step::ALL)
}

fn failed(model: &mut Model, purpose: Purpose, problem: Problem) -> Vec<Effect> {
    if problem.kind == Kind::Interrupted {
        model.notice = "Stopped. What was done stays done.".into();
        return match purpose {
            Purpose::Step(step) => {
                show_step(model, step);
                vec![]
            }
            Purpose::Operate(_) => {
                model.notice = problem.what;
                super::home::go(model)
            }
            Purpose::Change => super::change::leave(model),
        };
    }
    model.failure = Some(Failure { purpose, problem });
    if matches!(purpose, Purpose::Step(_)) {
        from(model, Screen::Step);
    }
    show(model, Screen::Failure);
    vec![]
}

/// A key on the review, a step, the administrator's page, a failure, or while a plan is applied.
pub fn act(model: &mut Model, act: Act) -> Vec<Effect> {
    if model.then == Then::Climb {
        model.then = Then::Stay; // who goes somewhere is not taken elsewhere
    }
    match (model.screen, act) {
        (Screen::Job, Act::Wait) => {
            if let Some(job) = &mut model.job {
                job.patient = true;
            }
            return vec![Effect::Wait];
        }
        (Screen::Review, Act::Main) if model.looking => {}
        (Screen::Review, Act::Main) => {
            return match model.unfinished() {
                Some(step) => visit(model, step),
                None => super::home::go(model),
            };
        }
        (Screen::Review | Screen::Step, Act::Number(number)) => {
            let step = Step::ALL.into_iter().find(|step| step.number() == Some(number));
            return step.map(|step| visit(model, step)).unwrap_or_default();
        }
        (Screen::Failure, Act::PutBack) => return super::change::put_back(model),
        (Screen::Failure, Act::Back | Act::Edit) if model.changing() => return super::change::leave(model),
        (_, Act::Look) => return look(model, &Step::ALL),
        (Screen::Step, Act::Main) => return main(model),
        (Screen::Failure, Act::Main) => return again(model),
        (Screen::Failure, Act::Back) => match model.failure.as_ref().map(|failure| failure.purpose) {
            Some(Purpose::Operate(_)) => return super::home::go(model),
            _ => return back(model),
        },
        (_, Act::Back) => return back(model),
        (Screen::Failure, Act::Log) => return super::log::open(model),
        (_, Act::Edit) => return edit(model),
        (_, Act::Print) => {
            go_to(model, Screen::Admin);
            model.look_at = model.now + PATIENCE;
        }
        (_, Act::Previous | Act::Next) => beside(model, act == Act::Next),
        (_, Act::Overview) => show(model, Screen::Review),
        (_, Act::Anew) if model.wants.recreate_volumes => {
            model.wants.recreate_volumes = false;
            return look(model, &[Step::Volumes]);
        }
        (_, Act::Anew) => open(model, Overlay::Confirm(Question::Recreate)),
        (_, Act::Toggle) if model.step == Step::Image => {
            model.wants.build = None;
            return look(model, &[Step::Image]);
        }
        (_, Act::Toggle) => return toggle_boot(model),
        _ => {}
    }
    vec![]
}

/// Enter on a step.
fn main(model: &mut Model) -> Vec<Effect> {
    let step = model.step;
    match model.state().cloned() {
        Some(State::Ready) if !model.fresh.contains(&step) => vec![],
        Some(State::Ready) => run(model, step, false),
        Some(State::Asks(_)) => edit(model),
        Some(State::Waits(earlier)) => {
            show_step(model, earlier);
            vec![]
        }
        Some(State::Done) => match model.unfinished() {
            None => super::home::climb(model),
            // The next one in order that is not done, else the first that is not.
            Some(first) => {
                let later = Step::ALL.into_iter().find(|other| *other > step && !model.done(*other));
                show_step(model, later.unwrap_or(first));
                vec![]
            }
        },
        Some(State::Blocked(_)) | None => look(model, &Step::ALL),
    }
}

/// Applies the plan that is shown, or a fresh one.
fn run(model: &mut Model, step: Step, fresh: bool) -> Vec<Effect> {
    let plan = if fresh { None } else { model.report(step).map(|report| report.plan.clone()) };
    let purpose = Purpose::Step(step);
    model.job = Some(Job::new(purpose, plan.as_ref(), model.now));
    model.step = step;
    // What is being looked at now will be old.
    (model.round, model.looking, model.then) = (model.round + 1, false, Then::Stay);
    model.fresh.clear();
    show(model, Screen::Job);
    vec![Effect::Apply { wants: model.wants.clone(), purpose, plan }]
}

/// After a failure: the same again, from a fresh look.
fn again(model: &mut Model) -> Vec<Effect> {
    match model.failure.as_ref().map(|failure| failure.purpose) {
        Some(Purpose::Step(Step::Registration)) if model.wants.vault.tokens.is_empty() => edit(model),
        Some(Purpose::Step(step)) => run(model, step, true),
        Some(Purpose::Operate(verb)) => super::home::plan(model, verb),
        Some(Purpose::Change) => super::change::again(model),
        None => vec![],
    }
}

/// `e`: what the step is done with.
fn edit(model: &mut Model) -> Vec<Effect> {
    match model.step {
        Step::Registration => {
            if model.form.is_none() {
                model.form = Some(fresh_form(model));
            }
            go_to(model, Screen::Form);
            vec![]
        }
        Step::Image => {
            go_to(model, Screen::Build);
            vec![]
        }
        _ => editor::open_editor(model),
    }
}

fn fresh_form(model: &Model) -> Form {
    let who = format!("pipglr {}@{}", model.who.user, model.who.host);
    let name = model.wants.answers.description.clone().unwrap_or(who);
    Form::new(&model.wants.answers, model.image_url.as_deref(), &name, model.wants.keep_token)
}

/// Shows a step; from the page of all of them `Esc` comes back there.
fn visit(model: &mut Model, step: Step) -> Vec<Effect> {
    if model.screen == Screen::Review {
        from(model, Screen::Review);
    }
    show_step(model, step);
    vec![]
}

fn beside(model: &mut Model, next: bool) {
    let steps = model.steps();
    let at = steps.iter().position(|step| *step == model.step).unwrap_or(0);
    let to = if next { (at + 1).min(steps.len() - 1) } else { at.saturating_sub(1) };
    if let Some(step) = steps.get(to) {
        show_step(model, *step);
    }
}

/// The volumes are to be made anew: the plan is shown first.
pub fn recreate(model: &mut Model) -> Vec<Effect> {
    model.wants.recreate_volumes = true;
    look(model, &[Step::Volumes])
}

fn toggle_boot(model: &mut Model) -> Vec<Effect> {
    let on = model.wants.answers.start_at_boot != Some(true);
    model.wants.answers.start_at_boot = Some(on);
    if !on {
        model.notice =
            "It is not switched off where it is on: that is `systemctl --user disable podman-restart`.".into();
    }
    let mut effects = vec![Effect::SaveAnswers(model.wants.answers.clone())];
    effects.extend(look(model, &[Step::Startup]));
    effects
}
