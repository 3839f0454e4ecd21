//! Names that tell of a secret: of variables, keys, headers and options.

/// What tells wherever it stands in a name, also in one written without gaps (`PGPASSWORD`, `SecretKey`).
const PLAIN: [&str; 18] = [
    "token",
    "password",
    "passwd",
    "passphrase",
    "requirepass",
    "secret",
    "credential",
    "apikey",
    "accesskey",
    "accountkey",
    "authkey",
    "privatekey",
    "signingkey",
    "encryptionkey",
    "masterauth",
    "authorization",
    "cookie",
    "webhook",
];

/// Ends of names that have such a word and hold no secret: when it ends, where it lies, what kind it is,
/// and the units of systemd.
const HARMLESS_ENDS: [&str; 26] = [
    "at",
    "expires",
    "expiry",
    "expiration",
    "type",
    "kind",
    "file",
    "path",
    "dir",
    "name",
    "names",
    "sock",
    "stdin",
    "env",
    "ttl",
    "rotation",
    "enabled",
    "method",
    "allowed",
    "count",
    "mount",
    "service",
    "socket",
    "target",
    "timer",
    "toml",
];

/// Whole names, without what is between their words, that hold none either.
const HARMLESS: [&str; 8] = [
    "tokenobtainedat",
    "tokenexpiresat",
    "credentialsfile",
    "imagepullsecrets",
    "useserviceaccountimagepullsecrets",
    "passwordless",
    "cookiejar",
    "tokenizer",
];

/// How sure it is that a name means a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Telling {
    /// Whatever stands behind it.
    Plainly,
    /// It may be talk (`auth: failed`): where its value stands in quotes or behind a `=`.
    Maybe,
}

/// Returns whether a name tells of a secret, such as a key of a configuration.
pub fn tells(name: &str) -> bool {
    telling(name).is_some()
}

pub(super) fn telling(name: &str) -> Option<Telling> {
    let words = words(name);
    let joined = words.concat();
    let last = words.last()?.as_str();
    if HARMLESS.contains(&joined.as_str()) || last.ends_with("file") {
        return None;
    }
    if joined.contains("webhook") {
        return (!matches!(last, "name" | "type" | "enabled")).then_some(Telling::Plainly);
    }
    if HARMLESS_ENDS.contains(&last) {
        return None;
    }
    let capitals = !name.bytes().any(|b| b.is_ascii_lowercase());
    let several = words.len() > 1;
    let before = words.len().checked_sub(2).map_or("", |at| words[at].as_str());
    if PLAIN.iter().any(|word| joined.contains(word)) {
        return Some(Telling::Plainly);
    }
    let key =
        last == "key" && (capitals && several || matches!(before, "ssh" | "deploy" | "master" | "shared" | "host"));
    let pass = last.ends_with("pass") && !matches!(last, "bypass" | "compass");
    let pwd = last.ends_with("pwd") && !matches!(name, "PWD" | "OLDPWD" | "pwd");
    let pat = last == "pat" && (several || capitals);
    if key || (capitals && several && (pass || pwd || pat)) {
        return Some(Telling::Plainly);
    }
    let auth = words.iter().any(|word| word == "auth");
    (auth || pass || pwd || pat || matches!(last, "private" | "jwt")).then_some(Telling::Maybe)
}

/// Whether it is the name of a header whose value goes on behind a blank.
pub(super) fn is_header(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with("authorization") || name.ends_with("cookie")
}

/// The words of a name in small letters: `X-Api-Key`, `DOCKER_AUTH_CONFIG` and `secretKey` have gaps of three kinds.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut small = false;
    for c in name.chars() {
        let gap = !c.is_ascii_alphanumeric();
        if (gap || (small && c.is_ascii_uppercase())) && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        small = c.is_ascii_lowercase();
        if let Some(word) = words.last_mut().filter(|_| !gap) {
            word.push(c.to_ascii_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_tell() {
        for name in [
            "token",
            "Token",
            "CI_JOB_TOKEN",
            "MY_SECRET_2",
            "PGPASSWORD",
            "MYSQL_PWD",
            "PGPASS",
            "SSHPASS",
            "GITLAB_PAT",
            "PASSPHRASE",
            "DOCKER_AUTH_CONFIG",
            "X-Api-Key",
            "SecretKey",
            "AccessKey",
            "AWS_ACCESS_KEY_ID",
            "DEPLOY_KEY",
            "auth",
            "PRIVATE-TOKEN",
            "Authorization",
            "--requirepass",
            "SSH_PRIVATE_KEY",
            "amazonec2-secret-key",
            "SLACK_WEBHOOK_URL",
            "private_token",
            "DB_PASS",
            "client_secret",
            "Set-Cookie",
            "masterauth",
        ] {
            assert!(tells(name), "{name}");
        }
    }

    #[test]
    fn names_that_do_not() {
        for name in [
            "token_expires_at",
            "token_obtained_at",
            "tokenexpiresat",
            "author",
            "authenticationType",
            "passwordless",
            "bypass",
            "PWD",
            "OLDPWD",
            "key",
            "cache_key",
            "image_pull_secrets",
            "tls-key-file",
            "CredentialsFile",
            "FF_DISABLE_AUTOMATIC_TOKEN_ROTATION",
            "SSH_AUTH_SOCK",
            "--password-stdin",
            "token_file",
            "passed",
            "path",
            "compat",
            "keyring",
            "repo_url",
            "runner",
            "https",
            "",
            "-",
            "bearer_token_overwrite_allowed",
        ] {
            assert!(!tells(name), "{name}");
        }
    }
}
