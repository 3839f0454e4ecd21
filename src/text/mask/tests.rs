use super::*;

#[test]
fn secrets_are_masked() {
    for (text, clean) in [
        // Behind names.
        ("    token: glrt-t1_abcdefghijKLMNOP1234", "    token: [MASKED]"),
        ("    token: fakeFr25uvwxyzABCDEF", "    token: [MASKED]"),
        ("    - DB_PASSWORD=hunter2", "    - DB_PASSWORD=[MASKED]"),
        ("Env:[CI=true CI_JOB_TOKEN=abc.def CI_JOB_ID=7]", "Env:[CI=true CI_JOB_TOKEN=[MASKED] CI_JOB_ID=7]"),
        ("Env:[CI_JOB_TOKEN= CI_JOB_ID=7]", "Env:[CI_JOB_TOKEN= CI_JOB_ID=7]"),
        (r#"["A=b","MY_SECRET=two words","C=d"]"#, r#"["A=b","MY_SECRET=[MASKED]","C=d"]"#),
        (r#"{"token":"abc","name":"x"}"#, r#"{"token":"[MASKED]","name":"x"}"#),
        (r#"{"password": 123456, "x": 1}"#, r#"{"password": [MASKED], "x": 1}"#),
        ("secretkey: AKIA1234", "secretkey: [MASKED]"),
        ("AWS_SECRET_ACCESS_KEY=abc/def+g", "AWS_SECRET_ACCESS_KEY=[MASKED]"),
        ("password=a token=b", "password=[MASKED] token=[MASKED]"),
        ("DEPLOY_KEY = \"x y\" # z", "DEPLOY_KEY = \"[MASKED]\" # z"),
        ("token='never closed", "token='[MASKED]"),
        ("token=\"\"\"abc", "token=\"\"\"[MASKED]"),
        ("MYSQL_PWD=x PGPASS=y PGPASSWORD=z", "MYSQL_PWD=[MASKED] PGPASS=[MASKED] PGPASSWORD=[MASKED]"),
        ("GITLAB_PAT=x PASSPHRASE=y", "GITLAB_PAT=[MASKED] PASSPHRASE=[MASKED]"),
        ("PASSWORD=a,b;c&d e", "PASSWORD=[MASKED] e"),
        ("user=u,password=p,host=h", "user=u,password=[MASKED],host=h"),
        ("Uid=sa;Pwd=x;Host=h", "Uid=sa;Pwd=[MASKED];Host=h"),
        ("https://h/x?private_token=abc&page=2", "https://h/x?private_token=[MASKED]&page=2"),
        // JSON behind a name, and JSON in JSON.
        (r#"DOCKER_AUTH_CONFIG={"auths":{"r":{"auth":"dTpw"}}} next"#, "DOCKER_AUTH_CONFIG=[MASKED] next"),
        (r#"DOCKER_AUTH_CONFIG={"auths":{"r":{"auth":"dTp"#, "DOCKER_AUTH_CONFIG=[MASKED]"),
        (r#"{"auths":{"r":{"auth":"dTpw"}}}"#, r#"{"auths":{"r":{"auth":"[MASKED]"}}}"#),
        (r#""{\"r\":{\"auth\":\"dTpw\"},\"a\":1}""#, r#""{\"r\":{\"auth\":\"[MASKED]\"},\"a\":1}""#),
        // Headers.
        ("PRIVATE-TOKEN: glpat-0123456789", "PRIVATE-TOKEN: [MASKED]"),
        ("Job-Token:[abcdef]", "Job-Token:[[MASKED]]"),
        ("curl -H \"PRIVATE-TOKEN: x\" https://h/", "curl -H \"PRIVATE-TOKEN: [MASKED]\" https://h/"),
        ("Authorization: Bearer eyJhbGciOi.x.y", "Authorization: Bearer [MASKED]"),
        ("-H 'Authorization: Basic dTpw' x", "-H 'Authorization: Basic [MASKED]' x"),
        ("Authorization: Digest username=\"u\"", "Authorization: [MASKED]\"u\""),
        ("Cookie: a=x; _gitlab_session=y", "Cookie: [MASKED]"),
        ("got Bearer abcdefgh1234 there", "got Bearer [MASKED] there"),
        ("_gitlab_session=0123abc; path=/", "_gitlab_session=[MASKED]; path=/"),
        // Addresses.
        ("https://gitlab-ci-token:s3cr3t@gitlab.com/a.git", "https://gitlab-ci-token:[MASKED]@gitlab.com/a.git"),
        ("https://s3cr3t@gitlab.com/a.git", "https://[MASKED]@gitlab.com/a.git"),
        ("redis://:s3cr3t@cache/0", "redis://:[MASKED]@cache/0"),
        ("https://hooks.slack.com/services/T0/B0/x", "https://hooks.slack.com/services/[MASKED]"),
        ("https://discord.com/api/webhooks/1/x", "https://discord.com/api/webhooks/[MASKED]"),
        ("https://a.webhook.office.com/webhookb2/x@y", "https://a.webhook.office.com/webhookb2/[MASKED]"),
        ("https://s3/x?X-Amz-Signature=ab&y=1", "https://s3/x?X-Amz-Signature=[MASKED]&y=1"),
        // By their looks.
        ("using GR1348941abcdefgh now", "using [MASKED] now"),
        ("acme-glrt-abcdefgh1234, and more", "acme-[MASKED], and more"),
        ("http://h/glrt-t1_abc.01.xyz/", "http://h/[MASKED]/"),
        ("key eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx.abc", "key [MASKED]"),
        ("id AKIAIOSFODNN7EXAMPLE and ASIAIOSFODNN7EXAMPLE", "id [MASKED] and [MASKED]"),
        // Options.
        ("docker login -u me -p x r.example", "docker login -u me -p [MASKED] r.example"),
        ("docker login -px", "docker login -p[MASKED]"),
        ("docker login --password x", "docker login --password [MASKED]"),
        ("docker login --password=x", "docker login --password=[MASKED]"),
        ("curl -u user:pw https://h/", "curl -u user:[MASKED] https://h/"),
        ("redis-server --requirepass x", "redis-server --requirepass [MASKED]"),
        (r#"["redis-server", "--requirepass", "x"]"#, r#"["redis-server", "--requirepass", "[MASKED]"]"#),
        (r#""login","-p","x","h""#, r#""login","-p","[MASKED]","h""#),
        // A private key.
        (
            "a\n-----BEGIN RSA PRIVATE KEY-----\nMIIE+/=\nab==\n-----END RSA PRIVATE KEY-----\nb",
            "a\n-----BEGIN RSA PRIVATE KEY-----\n[MASKED]\n[MASKED]\n-----END RSA PRIVATE KEY-----\nb",
        ),
        ("# -----BEGIN PRIVATE KEY-----\n# MIIE\n", "# -----BEGIN PRIVATE KEY-----\n# [MASKED]\n"),
        (
            r#"x = "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----""#,
            r#"x = "-----BEGIN PRIVATE KEY-----[MASKED]-----END PRIVATE KEY-----""#,
        ),
    ] {
        assert_eq!(mask(text), clean, "{text}");
        assert_eq!(mask(clean), clean, "again");
    }
}

#[test]
fn what_is_none_stays() {
    for text in [
        "ERROR: Registering runner... forbidden (check registration token)  runner=GR134894 status=POST http://h/",
        "Checking for jobs... received  job=1 repo_url=http://host.containers.internal:8930/g/p.git runner=t1_proofp",
        "    tokenobtainedat: 0001-01-01T00:00:00Z",
        "    token: \"\"",
        "ssh: null",
        "systemd-ask-password-wall.path: Deactivated successfully.",
        "403 Forbidden - invalid token supplied",
        "no secret with name or id \"REGISTRATION_TOKEN\": no such secret",
        "glrt- tokens are new, and a glrt-token is one",
        "token_expires_at = 0001-01-01T00:00:00Z",
        "passwordless: sudo",
        "author=\"Jane Doe\" author: Jane",
        "AuthenticationType = \"access-key\"",
        "PWD=/home/johndoe OLDPWD=/ SSH_AUTH_SOCK=/tmp/agent",
        "podman run -u 1000:1000 -p 8080:80 --user 0:0 image",
        "podman login registry.example",
        "image@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "https://gitlab.example/group/project/-/jobs/1234 at http://[::1]:8080/",
        "ssh://git@gitlab.example/group/project.git git@gitlab.example:group/project.git",
        "basic authentication is needed, and a bearer of news",
        "Stopped target basic.target - Basic System. Basic Authentication",
        "pam_unix(sshd:auth): authentication failure",
        "MY_TOKEN=$OTHER_TOKEN --password ${PASSWORD}",
        "unauthorized: authentication required",
        "podman secret create REGISTRATION_TOKEN -",
        "--secret config.toml,uid=1001,gid=1001,mode=0400",
        "keyring: Adding /etc/apt/keyrings/x.gpg",
        "--token-stdin --password-stdin x",
        "glibc-2.36-9+deb12u4 glib-networking-1.2.3456",
    ] {
        assert_eq!(mask(text), text);
    }
}

#[test]
fn the_masks_of_this_program_are_found() {
    let text = "a = \"••••••••\" # ••• [MASKED]\nb = '••••x'";
    let found: Vec<&str> = masks(text).into_iter().map(|range| &text[range]).collect();
    assert_eq!(found, ["••••••••", "[MASKED]", "••••"]);
}
