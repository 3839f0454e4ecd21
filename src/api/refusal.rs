//! What GitLab's API refuses with, as data.

/// A row: what comes with which status, what it means, and what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Row {
    status: u16,
    /// A part of GitLab's words, in lower case; empty where any counts.
    words: &'static str,
    pub cause: &'static str,
    pub advice: &'static str,
}

const fn row(status: u16, words: &'static str, cause: &'static str, advice: &'static str) -> Row {
    Row { status, words, cause, advice }
}

const NEW_TOKEN: &str = "Make a new one in GitLab: your picture, Edit profile, Access tokens; scope `create_runner`, and `read_api` to find by name.";
const LATER: &str = "Wait a minute, then try again; nothing was made.";

/// The first that fits counts. The words are those of GitLab's own source, 17 and 18.
const ROWS: &[Row] = &[
    row(401, "expired", "The access token has expired.", NEW_TOKEN),
    row(401, "revoked", "The access token was revoked.", NEW_TOKEN),
    row(
        401,
        "",
        "GitLab does not know the access token, which is of another server, was revoked, or is not whole.",
        NEW_TOKEN,
    ),
    row(
        403,
        "higher privileges",
        "The access token lacks the scope: making a runner needs `create_runner`, looking up a group or project by its path needs `read_api` too.",
        "Make a token with the scope; or give the number in place of the path: it is on the group's or project's page (⋮, Copy ID).",
    ),
    row(
        403,
        "insufficient permissions",
        "Your role does not allow it: a group's runner is made by an Owner, a project's by a Maintainer or Owner, the instance's by an administrator.",
        "Have somebody with that role make it, or give you the role.",
    ),
    row(
        403,
        "terms of service",
        "You have not accepted the server's terms of service.",
        "Sign in to GitLab and accept them.",
    ),
    row(403, "blocked", "The account is blocked.", "An administrator of the server can say why."),
    row(
        403,
        "two-factor",
        "The server or the group wants two-factor authentication.",
        "Switch it on in GitLab (Edit profile, Account), then make a new token.",
    ),
    row(
        403,
        "ip",
        "The server or the group lets in only certain IP addresses, and this machine's is none of them.",
        "Run it from an address that is allowed, or have an administrator allow this one.",
    ),
    row(
        403,
        "",
        "Your role does not allow it, or the group has runners of that kind switched off.",
        "A group's runner is made by an Owner, a project's by a Maintainer or Owner, the instance's by an administrator.",
    ),
    row(
        404,
        "group",
        "There is no such group, or your token may not see it: so it is also where the group lets in only certain IP addresses.",
        "Copy its path or address from the browser; or give its number.",
    ),
    row(
        404,
        "project",
        "There is no such project, or your token may not see it: so it is also where its group lets in only certain IP addresses.",
        "Copy its path or address from the browser; or give its number.",
    ),
    row(
        404,
        "",
        "This GitLab has no such interface: it is older than 16.0, or the URL is not its.",
        "Look at the URL; GitLab 16.0 is the oldest that makes runners so.",
    ),
    row(
        400,
        "not allowed to pick untagged jobs",
        "A runner without tags that takes no untagged jobs would never have a job.",
        "Give `--tags`, or leave `--run-untagged` as it is.",
    ),
    row(400, "", "GitLab does not take one of the values.", "Correct what GitLab names above, then try again."),
    row(422, "", "GitLab does not take one of the values.", "Correct what GitLab names above, then try again."),
    row(429, "", "GitLab asks for patience.", LATER),
];

const PAGE: Row = row(
    0,
    "",
    "A page came where GitLab's answer should be: a sign-in's, or a proxy's.",
    "Look at the URL, and at the proxy between here and GitLab.",
);
const MOVED: Row = row(
    0,
    "",
    "The server sends elsewhere whoever asks: from http:// to https://, or to another name.",
    "Open the URL in a browser, and give the address that it shows then.",
);
const SERVER: Row = row(0, "", "The server itself failed.", LATER);
const REST: Row = row(0, "", "", "Read what GitLab said above.");

/// Explains an answer that is no yes.
pub(super) fn explain(status: u16, gitlabs: bool, words: &str) -> Row {
    let words = words.to_lowercase();
    let has = |row: &&Row| {
        row.words.is_empty()
            || if row.words.len() > 3 {
                words.contains(row.words)
            } else {
                words.split(|c: char| !c.is_alphanumeric()).any(|word| word == row.words)
            }
    };
    match status {
        300..400 => MOVED,
        500.. => SERVER,
        _ if !gitlabs => PAGE,
        _ => ROWS.iter().filter(|row| row.status == status).find(has).copied().unwrap_or(REST),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_has_its_cause_and_what_to_do() {
        for (status, gitlabs, words, part) in [
            (401, true, "401: Token is expired. You can either do re-authorization or token refresh.", "expired"),
            (401, true, "401: Token was revoked. You have to re-authorize from the user.", "revoked"),
            (401, true, "401: 401 Unauthorized", "does not know"),
            (403, true, "403: The request requires higher privileges than provided by the access token.", "scope"),
            (403, true, "403: Insufficient permissions", "role"),
            (403, true, "403: 403 Forbidden - Your account has been blocked.", "blocked"),
            (403, true, "403: 403 Forbidden - IP not allowed", "IP addresses"),
            (403, true, "403: 403 Forbidden", "switched off"),
            (404, true, "404: 404 Group Not Found", "no such group"),
            (404, true, "404: 404 Project Not Found", "no such project"),
            (404, true, "404: 404 Not Found", "older than 16.0"),
            (
                400,
                true,
                "400: Tags list can not be empty when runner is not allowed to pick untagged jobs",
                "never have a job",
            ),
            (400, true, "400: maximum_timeout is invalid", "one of the values"),
            (429, true, "429: 429 Too Many Requests", "patience"),
            (403, false, "403 text/html", "A page"),
            (302, false, "302", "sends elsewhere"),
            (200, false, "200 text/html", "A page"),
            (502, false, "502 text/html", "itself failed"),
        ] {
            let row = explain(status, gitlabs, words);
            assert!(row.cause.contains(part) && row.advice.ends_with('.'), "{words}: {row:?}");
        }
    }
}
