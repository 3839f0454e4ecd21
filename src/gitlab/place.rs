//! A group or a project, out of whatever a user has: its number, its path, or the address of one of its pages.

use super::url::base_url;
use crate::problem::{Problem, Result};

/// A group or a project, as it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// By its number, which needs no look-up.
    Number(u64),
    /// By its path, `acme/tools`.
    Path(String),
}

/// Reads what was typed, of the GitLab at this address.
///
/// # Errors
/// It can be neither a number, nor a path, nor an address of that GitLab.
pub fn named(typed: &str, server: &str) -> Result<Named> {
    let text = typed.trim();
    if let Ok(number) = text.parse() {
        return Ok(Named::Number(number));
    }
    let path = if text.contains("://") {
        let server = base_url(server)?;
        let rest = text.strip_prefix(server.trim_end_matches('/'));
        // `https://gitlab.example.org` is not at `https://gitlab.example`.
        let rest = rest.filter(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#'])).ok_or_else(|| {
            Problem::usage(
                format!("`{}` is not at {server}.", crate::text::sanitize::sanitize(text)),
                "Give the URL of that GitLab with `--url`, or the path alone.",
            )
        })?;
        rest.to_owned()
    } else {
        text.to_owned()
    };
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let path = path.split("/-/").next().unwrap_or_default().trim_matches('/');
    let path = path.strip_prefix("groups/").unwrap_or(path);
    let path = path.strip_suffix(".git").unwrap_or(path);
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let is_name = |part: &str| !matches!(part, "" | "." | "..") && part.chars().all(good);
    if !path.split('/').all(is_name) {
        let what = match text {
            "" => "Which group or project it is for is not said.".to_owned(),
            text => format!("`{}` names no group and no project.", crate::text::sanitize::sanitize(text)),
        };
        return Err(Problem::usage(what, "Give its number, its path (acme/tools), or its address from the browser."));
    }
    Ok(Named::Path(path.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_a_path_or_an_address() {
        let server = "https://gitlab.example/";
        for (typed, path) in [
            ("acme/tools", "acme/tools"),
            ("/acme/tools/", "acme/tools"),
            ("https://gitlab.example/groups/acme/tools/-/runners/new", "acme/tools"),
            ("https://gitlab.example/acme/app/-/settings/ci_cd#js-runners", "acme/app"),
            ("https://gitlab.example/acme/app.git", "acme/app"),
        ] {
            assert_eq!(named(typed, server), Ok(Named::Path(path.into())), "{typed}");
        }
        assert_eq!(named(" 42 ", server), Ok(Named::Number(42)));
        assert_eq!(named("https://x/gitlab/acme/app", "https://x/gitlab"), Ok(Named::Path("acme/app".into())));
        for bad in [
            "",
            "a b",
            "https://other.example/acme/app",
            "https://gitlab.example.org/acme/app",
            "$(x)",
            "..",
            "acme/../x",
            "acme//app",
            "Größe",
        ] {
            assert!(named(bad, server).is_err(), "{bad}");
        }
    }
}
