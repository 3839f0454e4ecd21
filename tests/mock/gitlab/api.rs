//! The part of GitLab's API that gitlab-runner speaks.

use std::time::Instant;

use serde_json::{Value, json};

use super::behaviour::refusal;
use super::state::{JobState, Kind, State};
use super::users;
use crate::http::{Request, Response};

/// Answers a request to `/api/v4/<endpoint>`.
pub fn answer(state: &mut State, request: &Request, endpoint: &str, url: &str) -> Response {
    let body = request.json();
    let words: Vec<&str> = endpoint.split('/').collect();
    match (request.method.as_str(), words.as_slice()) {
        ("POST", ["runners"]) => register(state, &body),
        ("POST", ["runners", "verify"]) => verify(state, &body),
        ("DELETE", ["runners"]) => unregister(state, &body),
        ("DELETE", ["runners", "managers"]) => unregister_manager(state, &body),
        ("POST", ["runners", "reset_authentication_token"]) => reset(state, &body),
        ("POST", ["user", "runners"]) => users::create(state, request, &body),
        ("GET", ["runners", id]) => users::tell(state, request, id),
        ("GET", ["runners", id, "managers"]) => users::machines(state, request, id),
        ("GET", [kind @ ("groups" | "projects"), path]) => users::find(request, kind, path),
        ("POST", ["jobs", "request"]) => request_job(state, &body, url),
        ("PATCH", ["jobs", id, "trace"]) => with_job(state, id, |job| patch_trace(job, request)),
        ("PUT", ["jobs", id]) => with_job(state, id, |job| update_job(job, &body)),
        ("GET", ["version"]) => Response::json(200, &json!({"version": "17.5.5-mock"})),
        _ => refusal(404, "404 Not Found"),
    }
}

/// The token a request speaks for, wherever it carries it.
pub fn token_of(request: &Request) -> String {
    let body = request.json();
    ["token"]
        .iter()
        .find_map(|key| body[key].as_str().map(str::to_string))
        .or_else(|| {
            ["job-token", "private-token", "runner-token"]
                .iter()
                .find_map(|name| request.header(name).map(str::to_string))
        })
        .unwrap_or_default()
}

fn register(state: &mut State, body: &Value) -> Response {
    let token = text(body, "token");
    if token.is_empty() {
        return refusal(400, "token is missing");
    }
    if token.starts_with("glrt-") {
        return refusal(403, "403 Forbidden - invalid token supplied");
    }
    // Twenty characters, none of them a prefix: what a runner registered so gets.
    let new = format!("fake{:016x}", scramble(state.next()));
    let id = state.add_runner(new.clone(), Kind::Legacy, body.clone());
    Response::json(201, &json!({"id": id, "token": new, "token_expires_at": null}))
}

fn verify(state: &mut State, body: &Value) -> Response {
    let (token, system) = (text(body, "token"), text(body, "system_id"));
    if state.runner(token).is_none() {
        if !token.starts_with("glrt-") || state.is_gone(token) {
            return refusal(403, "403 Forbidden");
        }
        state.add_runner(token.to_string(), Kind::Created, Value::Null);
    }
    let Some(runner) = state.runner(token) else {
        return refusal(403, "403 Forbidden");
    };
    if !system.is_empty() {
        runner.managers.insert(system.to_string());
    }
    Response::json(200, &json!({"id": runner.id, "token": token, "token_expires_at": null}))
}

fn unregister(state: &mut State, body: &Value) -> Response {
    let token = text(body, "token");
    if state.runner(token).is_none() {
        return refusal(403, "403 Forbidden");
    }
    state.runners.retain(|r| r.token != token);
    state.unregistered.push((token.to_string(), String::new()));
    Response::new(204)
}

fn unregister_manager(state: &mut State, body: &Value) -> Response {
    let (token, system) = (text(body, "token"), text(body, "system_id"));
    let Some(runner) = state.runner(token) else {
        return refusal(403, "403 Forbidden");
    };
    if !runner.managers.remove(system) {
        return refusal(404, "404 Not Found");
    }
    state.unregistered.push((token.to_string(), system.to_string()));
    Response::new(204)
}

/// A new token for the runner; the old one is no one's any more.
fn reset(state: &mut State, body: &Value) -> Response {
    let new = format!("glrt-t1_{:016x}abcd", scramble(state.next()));
    let token = text(body, "token").to_owned();
    let Some(runner) = state.runner(&token) else {
        return refusal(403, "403 Forbidden");
    };
    runner.token.clone_from(&new);
    state.unregistered.push((token, String::new()));
    Response::json(201, &json!({"token": new, "token_expires_at": null}))
}

fn request_job(state: &mut State, body: &Value, url: &str) -> Response {
    let (token, system) = (text(body, "token"), text(body, "system_id"));
    if state.runner(token).is_none() && token.starts_with("glrt-") && !state.is_gone(token) {
        // Made on the server: known without ever having been verified.
        state.add_runner(token.to_string(), Kind::Created, Value::Null);
    }
    let Some(runner) = state.runner(token) else {
        return refusal(403, "403 Forbidden");
    };
    runner.polls += 1;
    runner.last_contact = Some(Instant::now());
    runner.managers.insert(system.to_string());
    match state.take(token, system) {
        Some(job) => Response::json(201, &job.payload(url)),
        None => Response::new(204),
    }
}

fn with_job(state: &mut State, id: &str, then: impl FnOnce(&mut super::state::Job) -> Response) -> Response {
    match id.parse().ok().and_then(|id| state.job(id)) {
        Some(job) => then(job),
        None => refusal(404, "404 Not found"),
    }
}

fn patch_trace(job: &mut super::state::Job, request: &Request) -> Response {
    if request.header("job-token") != Some(job.token.as_str()) {
        return refusal(403, "403 Forbidden");
    }
    let status = if job.cancel { "canceled" } else { job.state.name() };
    let start = request
        .header("content-range")
        .and_then(|range| range.split('-').next())
        .and_then(|start| start.parse::<usize>().ok());
    let answer = |code, length: usize| {
        Response::new(code)
            .with("Job-Status", status)
            .with("Range", format!("0-{length}"))
            .with("X-GitLab-Trace-Update-Interval", "3")
    };
    if start != Some(job.trace.len()) {
        return answer(416, job.trace.len());
    }
    job.trace.extend_from_slice(&request.body);
    answer(202, job.trace.len())
}

fn update_job(job: &mut super::state::Job, body: &Value) -> Response {
    if text(body, "token") != job.token {
        return refusal(403, "403 Forbidden");
    }
    match text(body, "state") {
        "running" => {
            let status = if job.cancel { "canceled" } else { "running" };
            return Response::new(200).with("Job-Status", status);
        }
        "success" => job.state = JobState::Success,
        "failed" if job.cancel => job.state = JobState::Canceled,
        _ => job.state = JobState::Failed,
    }
    job.failure_reason = text(body, "failure_reason").to_string();
    job.exit_code = body["exit_code"].as_i64().unwrap_or_default();
    // No Job-Status here: a runner that reads "failed" thinks the job was taken from it.
    Response::new(200).with("X-GitLab-Trace-Update-Interval", "3")
}

pub fn text<'a>(body: &'a Value, key: &str) -> &'a str {
    body[key].as_str().unwrap_or_default()
}

/// Numbers that look drawn, the same each run.
pub fn scramble(number: u64) -> u64 {
    (number ^ 0x5bd1_e995).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}
