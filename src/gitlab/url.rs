//! The address of a GitLab, out of whatever a user has in the browser's line.

use super::token::refuse_token;
use crate::problem::{Problem, Result};
use crate::text::sanitize::sanitize;

/// Where runners live that nobody hosts themselves, and the server where none is named.
pub const GITLAB_COM: &str = "https://gitlab.com/";

const FROM_THE_BROWSER: &str = "Copy the address of your GitLab from the browser: https://gitlab.example/";

/// What GitLab itself has below its address: before it stands the address.
const PAGES: [&str; 8] =
    ["/api/v4/", "/users/sign_in/", "/groups/", "/admin/", "/dashboard/", "/explore/", "/help/", "/projects/new/"];

/// Returns the address of the GitLab that a text means. It is as typed where it is one; the address of a page, a
/// project or the API becomes that of its GitLab, and `https://` is put before a bare name.
///
/// # Errors
/// It cannot be one, in words. A token in it is not repeated.
pub fn base_url(typed: &str) -> Result<String> {
    let text = typed.trim();
    refuse_token("The URL", text)?;
    let shown = sanitize(text);
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(Problem::usage(format!("`{shown}` has a blank in it, which no URL has."), FROM_THE_BROWSER));
    }
    let bare = text.split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = match bare.split_once("://") {
        Some((_, rest)) if rest.contains("://") => {
            return Err(Problem::usage(format!("`{shown}` is two addresses in one."), "Give one of them."));
        }
        Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
        None if is_name(bare) => ("https".to_owned(), bare),
        None => (String::new(), bare),
    };
    if !matches!(scheme.as_str(), "http" | "https") {
        let host = rest.trim_start_matches('/').split('@').next_back().unwrap_or_default();
        return Err(Problem::usage(
            format!("`{shown}` does not begin with https:// or http://."),
            format!("Write it as https://{}", if host.is_empty() { "gitlab.example/" } else { host }),
        ));
    }
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    if authority.is_empty() || authority.contains('@') {
        return Err(Problem::usage(
            "The URL names no host, or carries a user name.",
            "Write it as https://gitlab.example/, without a user or a password.",
        ));
    }
    let authority = authority.to_lowercase();
    check_authority(&authority, &shown)?;
    Ok(format!("{scheme}://{authority}{}", root(&authority, path)))
}

/// Returns the path in an address: `group/project` of that of a project or of its repository.
pub fn path_of(url: &str) -> &str {
    let path = url.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map_or("", |(_, path)| path);
    path.strip_suffix(".git").unwrap_or(path)
}

/// Returns what a user should know where the address is not the one that was typed.
pub fn taken_as(typed: &str, url: &str) -> Option<String> {
    (typed.trim().trim_end_matches('/') != url.trim_end_matches('/')).then(|| format!("The URL is taken as {url}."))
}

/// Whether a text without a scheme begins with the name of a host.
fn is_name(text: &str) -> bool {
    let host = text.split(['/', ':']).next().unwrap_or_default();
    host.contains('.')
        && host.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-'))
        && host.starts_with(char::is_alphanumeric)
}

fn check_authority(authority: &str, shown: &str) -> Result<()> {
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !authority.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    if let Some(port) = port.filter(|port| port.parse::<u16>().map_or(true, |port| port == 0)) {
        return Err(Problem::usage(
            format!("`{port}` in `{shown}` is no port: a port is a number from 1 to 65535."),
            format!("Write the right one, or none where GitLab has the usual one: {host}"),
        ));
    }
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    let numeric = host.starts_with('[') && host.ends_with(']');
    if host.is_empty() || !numeric && !host.chars().all(plain) {
        return Err(Problem::usage(format!("`{shown}` has no host that can be one."), FROM_THE_BROWSER));
    }
    Ok(())
}

/// Where GitLab lives on its host, out of the path of one of its pages. It may live below a path of its own
/// (`https://host/gitlab`), and a project has two names or more; what ends in `/` is taken as it stands.
fn root(authority: &str, path: &str) -> String {
    let whole = format!("{path}/");
    let page = PAGES.iter().filter_map(|page| whole.find(page)).min();
    let root = match (page, path.split_once("/-/")) {
        _ if authority == "gitlab.com" => "",
        (Some(at), _) => &path[..at],
        (None, Some((before, _))) => of_project(before),
        (None, None) if path.ends_with('/') => return path.to_owned(),
        (None, None) => match of_project(path) {
            root if root == path && !path.ends_with(".git") => return path.to_owned(),
            root => root,
        },
    };
    format!("{root}/")
}

/// The path before a project's; one name alone is no project's.
fn of_project(path: &str) -> &str {
    if path.split('/').filter(|name| !name.is_empty()).count() < 2 { path } else { "" }
}

/// Returns how a token for this GitLab is had, in words.
pub fn where_it_is_had(url: &str) -> Vec<String> {
    let words = "GitLab shows it once, where a runner is made:";
    [words.into()].into_iter().chain(token_pages(url)).collect()
}

/// Returns the pages of this GitLab where a token is had.
pub fn token_pages(url: &str) -> [String; 3] {
    let url = url.trim_end_matches('/');
    ["GROUP/PROJECT/-", "groups/GROUP/-", "admin"].map(|of| format!("{url}/{of}/runners/new"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_stays_as_it_was_typed() {
        for url in [
            "https://gitlab.com/",
            "http://host.containers.internal:8930",
            "https://x/gitlab",
            "https://x/gitlab/",
            "https://x/tools/gitlab/",
            "https://x/helpdesk",
            "http://[::1]:8080/",
            "https://gitlab.example:65535/",
        ] {
            assert_eq!(base_url(url).as_deref(), Ok(url));
            assert_eq!(taken_as(url, url), None);
        }
    }

    #[test]
    fn a_page_of_gitlab_means_its_gitlab() {
        for (typed, url) in [
            (" https://gitlab.example/acme/app/-/settings/ci_cd#js-runners ", "https://gitlab.example/"),
            ("https://gitlab.example/groups/acme/-/runners/new", "https://gitlab.example/"),
            ("https://gitlab.example/admin/runners", "https://gitlab.example/"),
            ("https://gitlab.example/api/v4", "https://gitlab.example/"),
            ("https://gitlab.example/users/sign_in?x=y", "https://gitlab.example/"),
            ("https://gitlab.example/acme/app", "https://gitlab.example/"),
            ("https://gitlab.example/acme/sub/app.git", "https://gitlab.example/"),
            ("https://gitlab.com/acme", "https://gitlab.com/"),
            ("https://x/gitlab/api/v4/", "https://x/gitlab/"),
            ("https://x/gitlab/admin/runners", "https://x/gitlab/"),
            ("https://x/gitlab/-/profile", "https://x/gitlab/"),
            ("https://x/gitlab/groups/acme/-/runners", "https://x/gitlab/"),
            ("HTTPS://GitLab.Example/", "https://gitlab.example/"),
            ("gitlab.example", "https://gitlab.example"),
            ("https://gitlab.example/help", "https://gitlab.example/"),
            ("gitlab.example:8443/acme/app", "https://gitlab.example:8443/"),
        ] {
            assert_eq!(base_url(typed).as_deref(), Ok(url), "{typed}");
            let told = taken_as(typed, url);
            assert!(told.is_some_and(|told| told.contains(url)), "{typed}");
        }
    }

    #[test]
    fn a_token_is_had_on_three_pages() {
        let lines = where_it_is_had("https://x/gitlab/").join("\n");
        for page in
            ["gitlab/GROUP/PROJECT/-/runners/new", "gitlab/groups/GROUP/-/runners/new", "gitlab/admin/runners/new"]
        {
            assert!(lines.contains(&format!("https://x/{page}")), "{lines}");
        }
    }

    #[test]
    fn what_is_none_is_refused_in_words() {
        for (typed, said) in [
            ("", "https://"),
            ("gitlab", "https://"),
            ("ftp://x", "https://"),
            ("https://", "no host"),
            ("https:///x", "no host"),
            ("https://a b/", "blank"),
            ("https://me:pw@host/", "user name"),
            ("https://gitlab.com/https://gitlab.example/", "two addresses"),
            ("https://host:70000/", "65535"),
            ("https://host:0/", "65535"),
            ("https://host:port/", "65535"),
            ("https://ho$t/", "host"),
            ("https://host/glrt-abcdefghijklmnop", "looks like a token"),
        ] {
            let problem = base_url(typed).unwrap_err().to_string();
            assert!(problem.contains(said) && !problem.contains("glrt-abc"), "{typed}: {problem}");
        }
    }
}
