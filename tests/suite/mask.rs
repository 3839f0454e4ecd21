//! A canary in every form in which a secret may come, through everything that prints or logs: it never comes out. And
//! what is no secret stays as it is.

use jiff::Timestamp;
use pipglr::config::{diff, secrets};
use pipglr::host::{Cmd, Record};
use pipglr::logs::line;
use pipglr::plan::Action;
use pipglr::problem::Problem;
use pipglr::text::mask::{looks_like_token, mask, masks};
use proptest::prelude::*;
use std::time::Duration;

/// Each way in which a secret may stand in a text; `@@` is the secret.
const FORMS: [&str; 64] = [
    "token: @@",
    "token = \"@@\"",
    "token='@@",
    "password: '@@'",
    "password=@@,host=h",
    "DB_PASSWORD=@@",
    "KEY_OF_ALL_SECRET = \"@@\"",
    "DEPLOY_KEY = \"@@\"",
    "MYSQL_PWD=@@",
    "PGPASS=@@",
    "PGPASSWORD=@@",
    "SSHPASS='@@'",
    "GITLAB_PAT=@@",
    "PASSPHRASE=@@",
    "AWS_SECRET_ACCESS_KEY=@@",
    "[CI=true CI_JOB_TOKEN=@@ CI_JOB_ID=7]",
    "Uid=sa;Pwd=@@;Host=h",
    "DOCKER_AUTH_CONFIG={\"auths\":{\"r\":{\"auth\":\"@@\"}}}",
    "DOCKER_AUTH_CONFIG = {\"auths\":{\"r\":{\"auth\":\"@@",
    "{\"auths\":{\"r\":{\"auth\":\"@@\"}}}",
    "\"auth\": \"@@\"",
    "{\"token\":\"@@\",\"name\":\"x\"}",
    "{\\\"password\\\":\\\"@@\\\"}",
    "PRIVATE-TOKEN: @@",
    "curl -H \"PRIVATE-TOKEN: @@\" https://h/",
    "curl --header 'Authorization: Bearer @@' https://h/",
    "Authorization: Basic @@",
    "Authorization: @@",
    "Proxy-Authorization: Digest response=@@",
    "Job-Token:[@@]",
    "X-Api-Key: @@",
    "Cookie: a=b; session=@@",
    "_gitlab_session=@@",
    "https://user:@@@h/x",
    "https://@@@h/x.git",
    "redis://:@@@h/0",
    "https://h/api?private_token=@@&page=2",
    "https://s3/b?X-Amz-Signature=@@",
    "https://b/c?sv=1&sig=@@",
    "https://hooks.slack.com/services/T0/B0/@@",
    "https://discord.com/api/webhooks/12/@@",
    "https://a.webhook.office.com/webhookb2/@@",
    "CHAT_WEBHOOK_URL=https://chat.example/x/@@",
    "docker login -u me -p @@ r.example",
    "docker login -p '@@'",
    "podman login --password @@ r.example",
    "podman login --password=@@ r.example",
    "sshpass -p @@ ssh h",
    "curl -u user:@@ https://h/",
    "curl --user 'user:@@' https://h/",
    "redis-server --requirepass @@",
    "[\"redis-server\", \"--requirepass\", \"@@\"]",
    "gitlab-runner register --registration-token @@ --url https://h/",
    "glrt-@@",
    "acme-glrt-t1_@@.01.0x",
    "https://glrt-@@/",
    "GR1348941@@",
    "glpat-@@",
    "glcbt-64_@@",
    "glft-@@",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx.@@",
    "xoxb-0123456789-@@",
    "ghp_0123456789abcdef@@",
    "-----BEGIN RSA PRIVATE KEY-----@@-----END RSA PRIVATE KEY-----",
];

/// What is in all canaries, and in nothing else here.
const MARK: &str = "canary";

/// Everything that prints or logs a text.
fn printed(text: &str) -> Vec<(&'static str, String)> {
    let line = line::parse(&format!("[1.0] gitlab-runner[4]: {text}"));
    let toml = format!("pre_build_script = '''{text}'''\nenvironment = [{}]\n# {text}\n", toml::Value::from(text));
    let problem = Problem::new(format!("`{text}` is wrong."), text).cause(text).said(vec![text.to_owned()]);
    let words: Vec<String> = ["sh", "-c", text].map(str::to_owned).into();
    let cmd = Cmd::new("sh", ["-c", text]);
    vec![
        ("a text", mask(text).into_owned()),
        ("the log", format!("{} {:?}", line.whole(), line.fields())),
        ("config show", secrets::mask(&toml)),
        ("the difference", diff::diff("concurrent = 1\n", &toml).to_string()),
        ("a failure", problem.to_string()),
        ("commands.log", Record::new(&words, Timestamp::UNIX_EPOCH, Some(0), Duration::ZERO).line()),
        ("a plan", Action::Run(cmd.clone()).shell().join("\n")),
        ("a failed command", cmd.shown()),
    ]
}

#[test]
fn no_canary_comes_out_of_anything_that_prints() {
    let mut shown = Vec::new();
    for form in FORMS {
        let text = form.replace("@@", "canary0canary");
        let by = printed(&text).into_iter().filter(|(_, printed)| printed.contains(MARK));
        shown.extend(by.map(|(by, printed)| format!("{by} shows {text}:\n{printed}")));
    }
    assert!(shown.is_empty(), "{}", shown.join("\n\n"));
}

#[test]
fn what_an_admin_gave_a_container_is_shown_by_its_name_alone() {
    for words in [
        &["-e", "FOO=canary"][..],
        &["-eFOO=canary"],
        &["-ite", "FOO=canary"],
        &["--env", "FOO=canary=canary"],
        &["--env=FOO=canary"],
        &["-l", "FOO=canary"],
        &["--label=FOO=a canary"],
        &["--build-arg", "FOO=canary"],
        &["--annotation=FOO=canary"],
        &["-e", "RUNNER_NAME=glrt-canarycanary"],
        &["--creds", "me:canary"],
    ] {
        let cmd = Cmd::podman(["create", "--name", "x"].iter().chain(words).chain(&["image", "-e"]).copied());
        let all: Vec<String> = std::iter::once(cmd.program.clone()).chain(cmd.args.clone()).collect();
        let record = Record::new(&all, Timestamp::UNIX_EPOCH, None, Duration::ZERO).line();
        for shown in [cmd.shown(), Action::Run(cmd.clone()).shell().join(""), record] {
            assert!(!shown.contains(MARK) && shown.contains("[MASKED]"), "{shown}");
            assert!(shown.contains("FOO=") || !words.concat().contains("FOO"), "{shown}");
        }
        assert!(cmd.shell().contains(MARK), "what runs is whole");
    }
    let url = "CI_SERVER_URL=https://gitlab.example/";
    let cmd = Cmd::podman(["run", "-e", "FOO", "-e", url, "-p", "80:80", "-u", "0:0", "i"]);
    assert_eq!(cmd.shown(), cmd.shell());
}

/// Text that may be anything, and often nearly has a secret.
fn near() -> impl Strategy<Value = String> {
    const PIECES: [&str; 42] = [
        "token",
        "PASSWORD",
        "auth",
        "=",
        ": ",
        " = ",
        "\"",
        "'",
        "\\\"",
        "{",
        "}",
        "[",
        "]",
        ",",
        ";",
        " ",
        "\n",
        "https://",
        "@",
        ":",
        "glrt-",
        "Bearer ",
        "Authorization: ",
        "-p ",
        "login ",
        "-u ",
        "--password ",
        "abc1234",
        "[MASKED]",
        "••••••••",
        "-----BEGIN PRIVATE KEY-----",
        "-----END PRIVATE KEY-----",
        "#",
        "&",
        "Cookie: ",
        "eyJabcde.abc",
        "hooks.slack.com/services/",
        "?sig=",
        "$",
        "\"\"\"",
        "\\",
        "x y",
    ];
    let piece = prop_oneof![prop::sample::select(&PIECES[..]).prop_map(str::to_owned), ".{0,3}"];
    prop::collection::vec(piece, 0..16).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_canary_survives_wherever_it_stands(
        canary in "[A-Za-z0-9]{3,12}",
        form in prop::sample::select(&FORMS[..]),
        before in "([a-z]{1,6} ){0,3}",
        after in "( [a-z]{1,6}){0,3}",
    ) {
        let canary = format!("{canary}canary0");
        let text = format!("{before}{}{after}", form.replace("@@", &canary));
        for (by, printed) in printed(&text) {
            prop_assert!(!printed.contains(MARK), "{} shows {}:\n{}", by, text, printed);
        }
    }

    #[test]
    fn a_mask_masks_once_and_stays_on_its_line(text in near()) {
        let masked = mask(&text).into_owned();
        prop_assert_eq!(masked.matches('\n').count(), text.matches('\n').count());
        prop_assert_eq!(mask(&masked).into_owned(), masked);
        let shown = secrets::mask(&text);
        prop_assert_eq!(shown.matches('\n').count(), text.matches('\n').count());
    }

    #[test]
    fn what_has_no_secret_stays(
        text in "([a-z]{1,9}|[0-9]{1,5}|https://[a-z]{1,9}\\.example/[a-z]{0,9}|[a-z]{3}=[a-z0-9]{1,9}|-[a-z]|[,.;: ]){0,20}",
    ) {
        const TELL: [&str; 10] = ["pass", "pwd", "pat", "auth", "jwt", "key", "hook", "login", "user", "private"];
        prop_assume!(!TELL.iter().any(|word| text.contains(word)));
        prop_assert_eq!(mask(&text).into_owned(), text.clone());
        prop_assert!(!looks_like_token(&text) && masks(&text).is_empty());
    }
}

/// What pipglr says of tokens must not look like one: "token: revoked" came out as "token: [MASKED]".
#[test]
fn own_words_come_through() {
    let literal = regex::Regex::new(r#""((?:[^"\\]|\\.)*)""#).unwrap();
    let symptoms = include_str!("../../assets/symptoms.toml").lines();
    let said = symptoms.filter(|line| ["cause", "fix"].iter().any(|key| line.starts_with(key)));
    let mut lines: Vec<String> = said.map(str::to_owned).collect();
    let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            // The pretend host and the masks themselves have texts that are to be masked.
            if path.is_dir() && name != "mask" && name != "demo" {
                folders.push(path);
            } else if name.ends_with(".rs") && name != "tests.rs" {
                let text = std::fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]").next().unwrap_or_default();
                lines.extend(code.lines().filter(|line| !line.trim_start().starts_with("//")).map(str::to_owned));
            }
        }
    }
    let words = lines.iter().filter(|line| !line.contains(r#"'"'"#)).flat_map(|line| literal.captures_iter(line));
    let words: Vec<String> = words.map(|found| found[1].to_owned()).filter(|words| words.contains(' ')).collect();
    assert!(words.len() > 2000, "{}", words.len());
    // Forms to be filled in: no sentences of ours.
    let forms = [
        "http://USER:PASSWORD@",
        "http://NAME:PASSWORD@",
        "vault_pipglr_tokens:",
        "'DOCKER_AUTH_CONFIG={",
        "{secret:?}",
    ];
    let words = words.iter().map(|words| forms.iter().fold(words.clone(), |words, form| words.replace(form, "")));
    let masked: Vec<_> = words.filter(|words| mask(words) != *words).collect();
    assert!(masked.is_empty(), "{masked:#?}");
}
