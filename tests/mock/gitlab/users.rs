//! What a user's access token is asked for: runners that are made, groups and projects that are found by their path. The
//! token says how it is treated: `glpat-…noscope…`, `…readonly…`, `…expired…`, `…norole…`; only with `…reads…` is anything
//! found by its path.

use serde_json::{Value, json};

use super::api::{scramble, text};
use super::behaviour::refusal;
use super::state::{Kind, State};
use crate::http::{Request, Response};

/// The groups and projects that there are.
const PLACES: [(&str, &str, u64); 2] = [("groups", "acme%2Ftools", 42), ("projects", "acme%2Fapp", 77)];

/// Why a token of a user is refused; `None`: it is good for this scope.
fn refused(request: &Request, scope: &str, lacks: &str) -> Option<Response> {
    let token = request.header("private-token").unwrap_or_default();
    if !token.starts_with("glpat-") {
        return Some(refusal(401, "401 Unauthorized"));
    }
    if token.contains("expired") {
        let words = "Token is expired. You can either do re-authorization or token refresh.";
        return Some(Response::json(401, &json!({"error": "invalid_token", "error_description": words})));
    }
    let words = "The request requires higher privileges than provided by the access token.";
    let body = json!({"error": "insufficient_scope", "error_description": words, "scope": scope});
    token.contains(lacks).then(|| Response::json(403, &body))
}

/// Finds a group or a project by its path.
pub fn find(request: &Request, kind: &str, path: &str) -> Response {
    let token = request.header("private-token").unwrap_or_default();
    let lacks = if token.contains("reads") { "noscope" } else { "glpat" };
    if let Some(refused) = refused(request, "read_api api", lacks) {
        return refused;
    }
    let path = path.split('?').next().unwrap_or_default();
    match PLACES.iter().find(|(of, known, _)| *of == kind && known.eq_ignore_ascii_case(path)) {
        Some((.., id)) => Response::json(200, &json!({"id": id, "full_path": path.replace("%2F", "/")})),
        None => refusal(404, if kind == "groups" { "404 Group Not Found" } else { "404 Project Not Found" }),
    }
}

/// Tells of a runner.
pub fn tell(state: &State, request: &Request, id: &str) -> Response {
    if let Some(refused) = refused(request, "read_api api", "noscope") {
        return refused;
    }
    let Some(runner) = state.runners.iter().find(|runner| runner.id.to_string() == id) else {
        return refusal(404, "404 Not found");
    };
    let status = if runner.polls > 0 { "online" } else { "never_contacted" };
    let of = |key: &str| runner.parameters[key].clone();
    let told = json!({
        "id": runner.id, "description": of("description"), "tag_list": of("tag_list"), "status": status, "paused": false,
    });
    Response::json(200, &told)
}

/// Tells which machines use a runner's token.
pub fn machines(state: &State, request: &Request, id: &str) -> Response {
    if let Some(refused) = refused(request, "read_api api", "noscope") {
        return refused;
    }
    let Some(runner) = state.runners.iter().find(|runner| runner.id.to_string() == id) else {
        return refusal(404, "404 Not found");
    };
    let machines: Vec<_> = runner.managers.iter().map(|system| json!({"system_id": system})).collect();
    Response::json(200, &json!(machines))
}

/// Makes a runner.
pub fn create(state: &mut State, request: &Request, body: &Value) -> Response {
    if let Some(refused) = refused(request, "create_runner api", "noscope") {
        return refused;
    }
    if request.header("private-token").is_some_and(|token| token.contains("norole")) {
        return refusal(403, "Insufficient permissions");
    }
    let place = match text(body, "runner_type") {
        "instance_type" => None,
        "group_type" => Some(("group_id", "groups", "404 Group Not Found")),
        "project_type" => Some(("project_id", "projects", "404 Project Not Found")),
        _ => return Response::json(400, &json!({"error": "runner_type does not have a valid value"})),
    };
    if let Some((key, kind, words)) = place {
        let Some(id) = body[key].as_u64() else {
            return Response::json(400, &json!({"error": "group_id, project_id are missing"}));
        };
        if !PLACES.iter().any(|(of, _, known)| *of == kind && *known == id) {
            return refusal(404, words);
        }
    }
    let tags = body["tag_list"].as_array().is_some_and(|tags| !tags.is_empty());
    if body["run_untagged"] == false && !tags {
        return refusal(400, "Tags list can not be empty when runner is not allowed to pick untagged jobs");
    }
    state.created.push(body.clone());
    let token = format!("glrt-t1_{:016x}abcd", scramble(state.next()));
    let id = state.add_runner(token.clone(), Kind::Created, body.clone());
    Response::json(201, &json!({"id": id, "token": token, "token_expires_at": null}))
}
