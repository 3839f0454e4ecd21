//! `/mock/…`: how a user or a script steers the mock GitLab.
//!
//! - `POST /mock/jobs` `{"script": ["…"], "image": "…", "services": [{"image", "alias", "command"}],
//!   "variables": {}, "timeout": 0, "runner": "", "project": 0}` → `{"id": N}`
//! - `GET /mock/jobs/N` → state, trace, failure_reason, exit_code; `POST /mock/jobs/N/cancel`
//! - `GET /mock/state` → runners, unregistered, created, requests seen
//! - `POST /mock/behave` `{"endpoint": "jobs/request", "behaviour": "403", "times": 3}`;
//!   `DELETE /mock/behave` forgets them all

use serde_json::{Value, json};

use super::behaviour::{self, Rule, refusal};
use super::state::{Job, JobSpec, Kind, Service, State};
use crate::http::{Request, Response};

pub fn answer(state: &mut State, request: &Request, verb: &str) -> Response {
    let body = request.json();
    let words: Vec<&str> = verb.split('/').collect();
    match (request.method.as_str(), words.as_slice()) {
        ("POST", ["jobs"]) => Response::json(201, &json!({"id": state.enqueue(spec(&body))})),
        ("GET", ["jobs", id]) => match id.parse().ok().and_then(|id| state.job(id)) {
            Some(job) => Response::json(200, &job_value(job)),
            None => refusal(404, "no such job"),
        },
        ("POST", ["jobs", id, "cancel"]) => match id.parse() {
            Ok(id) if state.cancel(id) => Response::json(200, &json!({})),
            _ => refusal(404, "no such job"),
        },
        ("GET", ["state"]) => Response::json(200, &state_value(state)),
        ("POST", ["behave"]) => match rule(&body) {
            Some(rule) => {
                state.rules.push(rule);
                Response::json(200, &json!({}))
            }
            None => refusal(400, "endpoint and behaviour are wanted"),
        },
        ("DELETE", ["behave"]) => {
            state.rules.clear();
            Response::json(200, &json!({}))
        }
        _ => refusal(404, "no such verb of the mock"),
    }
}

fn rule(body: &Value) -> Option<Rule> {
    Some(Rule {
        endpoint: body["endpoint"].as_str()?.to_string(),
        behaviour: behaviour::parse(body["behaviour"].as_str()?)?,
        times: body["times"].as_u64().and_then(|n| n.try_into().ok()),
    })
}

fn spec(body: &Value) -> JobSpec {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    let list = |value: &Value| -> Vec<String> { value.as_array().into_iter().flatten().map(text).collect() };
    JobSpec {
        script: list(&body["script"]),
        image: text(&body["image"]),
        services: body["services"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|s| Service { image: text(&s["image"]), alias: text(&s["alias"]), command: list(&s["command"]) })
            .collect(),
        variables: body["variables"].as_object().into_iter().flatten().map(|(k, v)| (k.clone(), text(v))).collect(),
        timeout: body["timeout"].as_u64().unwrap_or_default(),
        runner: text(&body["runner"]),
        project: body["project"].as_u64().unwrap_or_default(),
    }
}

fn job_value(job: &Job) -> Value {
    json!({
        "id": job.id, "state": job.state.name(), "trace": job.text(), "runner": job.runner,
        "system_id": job.system_id, "failure_reason": job.failure_reason, "exit_code": job.exit_code,
    })
}

fn state_value(state: &State) -> Value {
    let runners: Vec<Value> = state
        .runners
        .iter()
        .map(|r| {
            json!({
                "id": r.id, "token": r.token, "polls": r.polls, "managers": r.managers,
                "kind": if r.kind == Kind::Legacy { "legacy" } else { "created" },
                "parameters": r.parameters,
            })
        })
        .collect();
    let seen: Vec<Value> = state
        .seen
        .iter()
        .map(|s| {
            json!({
                "method": s.method, "path": s.path, "token": s.token,
                "system_id": s.system_id, "status": s.status,
            })
        })
        .collect();
    let jobs: Vec<Value> = state.jobs.iter().map(|j| json!({"id": j.id, "state": j.state.name()})).collect();
    json!({
        "runners": runners, "jobs": jobs, "unregistered": state.unregistered,
        "created": state.created, "seen": seen,
    })
}
