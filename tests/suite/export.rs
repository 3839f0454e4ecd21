//! What is exported: that a shell takes it, and that no secret is in it.

use crate::support::FakeHost;
use pipglr::config::keys;
use pipglr::export::ansible;
use pipglr::export::helm::{self, Release, table};
use pipglr::export::script;
use pipglr::export::source::Source;
use pipglr::secret::Secret;
use serde_json::Value;
use std::collections::BTreeSet;
use std::process::Command;

pub const TOKEN: &str = "glrt-t1_canarycanarycanary";

/// A host that is set up, with secrets of every kind in its configuration.
pub fn host(config: &str) -> Source {
    let host = FakeHost::set_up(TOKEN);
    if !config.is_empty() {
        host.machine().secrets.get_mut("config.toml").unwrap().1 = config.into();
    }
    Source::look(&host.setup(&[]), false).unwrap()
}

pub const OWN: &str = r#"concurrent = 4 # jobs
listen_address = ":9252"
# the one before was glrt-t1_canaryoldcanaryold

[[runners]]
  name = "pipglr johndoe@testhost"
  url = "https://gitlab.example/"
  id = 7
  token = "glrt-t1_canarycanarycanary"
  token_obtained_at = 2026-11-24T10:00:00Z
  executor = "docker"
  environment = ["A=b", 'MY_PASSWORD=canary "x"']
  pre_build_script = '''
echo "100 % of {{ all }} on"
END_OF_CONFIGURATION
'''
  [runners.cache]
    Type = "s3"
    [runners.cache.s3]
      AccessKey = "canaryaccess"
      SecretKey = "canarysecret"
      BucketName = "b"
  [runners.docker]
    image = "debian"
    memory = "512m"
    volumes = ["/cache", "/cache/jobs:/cache"]
"#;

/// Every shell that is here reads it.
pub fn readable(text: &str) {
    for shell in ["sh", "bash"] {
        let done = Command::new(shell).args(["-n", "-c", text]).output().unwrap();
        assert!(done.status.success(), "{shell}: {}\n{text}", String::from_utf8_lossy(&done.stderr));
    }
}

#[test]
fn a_script_is_one_that_a_shell_reads_and_holds_no_secret() {
    let holes = regex::Regex::new("%[A-Z_]+%").unwrap();
    for source in [host(""), host(OWN)] {
        let text = script::text(&source).unwrap();
        readable(&text);
        assert!(!text.contains("canary") && !text.contains('%'.to_string().repeat(2).as_str()), "{text}");
        for line in [
            "podman volume create --opt 'o=uid=1000,gid=1000' pipglr-storage",
            "say '6 Startup'",
            "podman system migrate",
        ] {
            assert!(text.contains(line), "{line}: {text}");
        }
        assert_eq!(holes.find(&text).map(|hole| hole.as_str()), None);
    }
    let text = script::text(&host(OWN)).unwrap();
    assert!(text.contains("echo \"100 % of {{ all }} on\"\nEND_OF_CONFIGURATION\n'''"), "{text}");
    assert!(text.contains("\nEND_OF_CONFIGURATION_\n"), "{text}");
}

fn releases(config: &str) -> Vec<Release> {
    helm::releases(&Secret::new(config)).unwrap()
}

fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"))
}

/// The values, and what the manager's pod makes of `runners.config`, where `tpl` gives it back unescaped.
fn values(release: &Release) -> (Value, toml::Table) {
    let values = yaml(&release.values.text);
    let config = values["runners"]["config"].as_str().unwrap();
    let config = config.replace("{{ \"{{\" }}", "\u{e001}").replace("{{ .Release.Namespace }}", "ns");
    assert!(!config.contains("{{"), "{config}");
    let config: toml::Table = config.replace('\u{e001}', "{{").parse().unwrap();
    assert_eq!(config["runners"].as_array().unwrap().len(), 1);
    (values, config["runners"][0].as_table().unwrap().clone())
}

#[test]
fn the_values_hold_no_secret_and_name_what_a_cluster_cannot_have() {
    let releases = releases(OWN);
    let release = &releases[0];
    for text in [&release.values.text, &release.secret.text, &release.notes.iter().map(ToString::to_string).collect()] {
        assert!(!text.contains("canary") && !text.contains('•'), "{text}");
    }
    let (values, runner) = values(release);
    assert_eq!((&values["concurrent"], &values["metrics"]["port"]), (&4.into(), &9252.into()));
    assert_eq!(values["gitlabUrl"], "https://gitlab.example/");
    assert_eq!(values["runners"]["name"], "pipglr johndoe@testhost");
    assert_eq!(
        (release.name.as_str(), &values["runners"]["secret"]),
        ("pipglr-johndoe-testhost", &release.name.as_str().into())
    );
    assert_eq!(runner["pre_build_script"].as_str(), Some("echo \"100 % of {{ all }} on\"\nEND_OF_CONFIGURATION\n"));
    assert_eq!(runner["environment"], toml::Value::Array(vec!["A=b".into()]));
    let kubernetes = &runner["kubernetes"];
    assert_eq!((kubernetes["memory_limit"].as_str(), kubernetes["namespace"].as_str()), (Some("512Mi"), Some("ns")));
    assert_eq!(kubernetes["volumes"]["empty_dir"][0]["mount_path"].as_str(), Some("/cache"));
    assert!(runner.get("docker").is_none() && runner["cache"]["s3"].get("SecretKey").is_none(), "{runner:?}");
    assert_eq!(runner["cache"]["s3"]["BucketName"].as_str(), Some("b"));
    let head: Vec<_> = release.values.text.lines().take_while(|line| line.starts_with('#')).collect();
    for named in ["runners.docker.volumes", "runners.environment MY_PASSWORD", "runners.cache.s3.SecretKey"] {
        assert!(head.iter().any(|line| line.contains(named)), "{named}: {head:#?}");
    }
    let secrets: Vec<Value> = release.secret.text.split("---\n").map(yaml).collect();
    assert_eq!(secrets[0]["stringData"], serde_json::json!({"runner-token": "", "runner-registration-token": ""}));
    assert_eq!(secrets[1]["metadata"]["name"], values["runners"]["cache"]["secretName"]);
}

#[test]
fn each_runner_is_a_release_and_awkward_names_stay_what_they_are() {
    let config = |name: &str| {
        format!(
            "[[runners]]\nname = \"{name}\"\nurl = \"on\"\nexecutor = \"docker\"\n[runners.docker]\nimage = \"1_000\"\n"
        )
    };
    let text = ["on", "No", "1e3", "{{ x }}", "12:30:45", "{% x", "ä", "", "on"].map(config).concat();
    let releases = releases(&text);
    let names: BTreeSet<_> = releases.iter().map(|release| &release.name).collect();
    assert_eq!(names.len(), 9, "{names:?}");
    for (release, name) in releases.iter().zip(["on", "No", "1e3", "{{ x }}", "12:30:45", "{% x", "ä", "", "on"]) {
        let (values, runner) = values(release);
        assert_eq!((&values["runners"]["name"], &values["gitlabUrl"]), (&name.into(), &"on".into()));
        assert_eq!(runner["kubernetes"]["image"].as_str(), Some("1_000"));
        // PyYAML and helm read YAML 1.1, where a bare one is no text.
        assert!(release.values.text.contains("gitlabUrl: \"on\""), "{}", release.values.text);
    }
}

/// What the API server refuses of a pod (src/export/FACTS.md) is left out and named.
#[test]
fn a_job_s_pod_is_one_that_kubernetes_takes() {
    let text = r#"
[[runners]]
name = "x"
[runners.docker]
volumes = ["/cache", "/cache/", "/x", "data:/in:ro", "My_Data:/in2", "logs:/in3", "data:/in4", "other:/in4"]
tmpfs = {"/x" = "", "/dev/shm" = "size=1m"}
services_tmpfs = {"/x" = ""}
shm_size = 300000
dns = ["1.1.1.1", "ns.example", "8.8.8.8", "fd00::1", "9.9.9.9"]
dns_search = ["a.example", "A_b"]
extra_hosts = ["db:10.0.0.1", "My_Host:10.0.0.1", "v6:[fd00::2]"]
user = "-1"
cpus = "two"
service_cpus = "1.5"
services = [{name = "redis", alias = "My_Redis"}, {name = "postgres", alias = "db,My_Db sql"}]
container_labels = {"Team/x" = "v", team = "v"}
"#;
    let release = &releases(text)[0];
    let (_, runner) = values(release);
    let kubernetes = runner["kubernetes"].as_table().unwrap();
    let wanted = r#"
namespace = "ci"
dns_policy = "none"
service_cpu_limit = "1.5"
services = [{name = "redis"}, {name = "postgres", alias = "db sql"}]
dns_config = {nameservers = ["1.1.1.1", "8.8.8.8", "fd00::1"], searches = ["a.example"]}
host_aliases = [{ip = "10.0.0.1", hostnames = ["db"]}, {ip = "fd00::2", hostnames = ["v6"]}]
pod_labels = {team = "v"}
[volumes]
empty_dir = [
    {name = "volume-1", mount_path = "/x"},
    {name = "volume-2", mount_path = "/dev/shm"},
    {name = "volume-3", mount_path = "/cache"},
]
pvc = [
    {name = "data", mount_path = "/in", read_only = true},
    {name = "data", mount_path = "/in4", read_only = false},
]
"#;
    let mut wanted: toml::Table = wanted.parse().unwrap();
    let mut found = kubernetes.clone();
    for table in [&mut found, &mut wanted] {
        table.remove("namespace");
        // Which volume of a path is the first one is nobody's business.
        for volume in table["volumes"]["empty_dir"].as_array_mut().unwrap() {
            let volume = volume.as_table_mut().unwrap();
            volume.retain(|key, _| key == "mount_path");
        }
        let list = table["volumes"]["empty_dir"].as_array_mut().unwrap();
        list.sort_by_key(ToString::to_string);
    }
    assert_eq!(found, wanted);
    let notes: Vec<_> = release.notes.iter().map(ToString::to_string).collect();
    for key in ["volumes", "dns", "dns_search", "extra_hosts", "user", "cpus", "services", "container_labels"] {
        let lost = format!("runners.docker.{key}: not carried over: ");
        assert!(notes.iter().any(|note| note.starts_with(&lost)), "{key}: {notes:#?}");
    }
}

/// Every release has a name of its own, and so have the Secrets: a file is never written over by another runner's.
#[test]
fn releases_and_their_secrets_have_names_of_their_own() {
    let cache = "[runners.cache]\nType = \"s3\"\n[runners.cache.s3]\nSecretKey = \"canary\"\n";
    let runner = |name: &&str| format!("[[runners]]\nname = \"{name}\"\n{cache}");
    let all = ["a-2", "a", "a", "a-cache", "b-cache", "b", "A_2"];
    let releases = releases(&all.iter().map(runner).collect::<String>());
    let names = |release: &Release| {
        let lines = release.secret.text.lines();
        lines.filter_map(|line| Some(line.strip_prefix("  name: ")?.to_owned())).collect::<Vec<_>>()
    };
    let secrets: Vec<_> = releases.iter().flat_map(names).collect();
    let (files, unique): (BTreeSet<_>, BTreeSet<_>) =
        (releases.iter().map(|release| &release.values.path).collect(), secrets.iter().collect());
    assert_eq!((files.len(), secrets.len(), unique.len()), (all.len(), 2 * all.len(), 2 * all.len()), "{secrets:?}");
}

/// Every key of docker's, with a value of its kind.
fn every_docker_key() -> String {
    let mut text = "[[runners]]\nname = \"x\"\nurl = \"https://g/\"\ntoken = \"canary\"\nexecutor = \"docker\"\n[runners.docker]\n".to_owned();
    for key in keys::lookup("runners[].docker").unwrap().children() {
        let value = match key.name {
            "memory" | "memory_reservation" | "service_memory" | "service_memory_reservation" => "\"1g\"".into(),
            "extra_hosts" => "[\"a:10.0.0.1\"]".into(),
            "user" | "runtime" => "\"1000:1000\"".to_owned(),
            "cpus" | "service_cpus" => "\"1.5\"".into(),
            "dns" => "[\"10.0.0.1\"]".into(),
            "volumes" => "[\"/cache\", \"data:/in:ro\", \"/srv:/srv\"]".into(),
            "group_add" | "allowed_users" => "[\"1000\"]".into(),
            "tmpfs" | "services_tmpfs" => "{\"/x\" = \"rw,size=64m\"}".into(),
            "services" => "[{name = \"redis\", suspend_data_path = \"x\"}]".into(),
            _ => match key.kind {
                keys::Kind::Bool => "false".into(),
                keys::Kind::Int => "7".into(),
                keys::Kind::Strings | keys::Kind::StringOrStrings => "[\"x\"]".into(),
                keys::Kind::Map(_) => "{k = \"v\"}".into(),
                _ => "\"x\"".into(),
            },
        };
        text.push_str(&format!("{} = {value}\n", key.name));
    }
    text
}

/// The paths of a value, down to what is no table.
fn paths(value: &toml::Value, path: &str, found: &mut Vec<String>) {
    match value {
        toml::Value::Table(table) => {
            table.iter().for_each(|(key, value)| paths(value, &format!("{path}.{key}"), found))
        }
        toml::Value::Array(list) if list.iter().any(toml::Value::is_table) => {
            list.iter().for_each(|value| paths(value, &format!("{path}[]"), found));
        }
        _ => found.push(path.to_owned()),
    }
}

#[test]
fn every_key_of_docker_s_becomes_one_of_kubernetes_or_is_named() {
    for key in keys::lookup("runners[].docker").unwrap().children() {
        assert!(table::of(key.path).is_some(), "{} has no row in assets/helm.tsv", key.path);
    }
    for row in table::all() {
        assert!(keys::lookup(row.key).is_some() || row.key.contains(".FF_"), "{} is no key", row.key);
        assert!(
            ["same", "drop"].contains(&row.how)
                || !row.mind.is_empty()
                || ["cpus", "image", "memory", "metrics", "volumes"].contains(&row.how),
            "{row:?}"
        );
    }
    let releases = releases(&every_docker_key());
    let (_, runner) = values(&releases[0]);
    let mut found = vec![];
    paths(&runner["kubernetes"], "runners[].kubernetes", &mut found);
    for path in &found {
        let known = path.starts_with("runners[].kubernetes.pod_labels.") || keys::lookup(path).is_some();
        assert!(known, "gitlab-runner has no key {path}");
    }
    assert!(found.len() > 25, "{found:#?}");
    let notes: Vec<_> = releases[0].notes.iter().map(ToString::to_string).collect();
    for row in table::all().iter().filter(|row| row.key.starts_with("runners[].docker.") && row.how == "none") {
        let key = row.key.replace("[]", "");
        assert!(notes.iter().any(|note| note.starts_with(&format!("{key}: "))), "{key} is not named: {notes:#?}");
    }
}

#[test]
fn the_chart_has_every_value_that_is_written() {
    let known = include_str!("../recorded/helm-chart-values-0.86.0.txt");
    assert!(known.contains(table::CHART), "the list is of another chart than {}", table::CHART);
    let known: BTreeSet<&str> = known.lines().filter(|line| !line.starts_with('#')).collect();
    let globals = "concurrent = 2\ncheck_interval = 3\nshutdown_timeout = 4\nlog_level = \"info\"\nlog_format = \"json\"\n\
                   connection_max_age = \"15m\"\nlisten_address = \"[::]:9252\"\nsentry_dsn = \"https://canary@s/1\"\nx = 1\n";
    for text in [format!("{globals}{}", every_docker_key()), format!("{globals}{}", OWN.split_once("\n\n").unwrap().1)]
    {
        for release in releases(&text) {
            let values: toml::Value = toml::Value::try_from(yaml(&release.values.text)).unwrap();
            let mut found = vec![];
            paths(&values, "", &mut found);
            for path in found {
                let path = path.trim_start_matches('.');
                let above = path.split("[]").next().unwrap();
                assert!(known.contains(path) || known.contains(above), "the chart has no value {path}");
            }
            assert!(!release.values.text.contains("canary"));
        }
    }
}

const VARS: &str = r#"---
# The user who owns the runner: there, without root, and not root.
pipglr_user: johndoe
# Ansible becomes root, and then that user. Without it, it connects as that user.
pipglr_become: true
# One a line, each a runner of its own.
pipglr_tokens: "{{ vault_pipglr_tokens }}"
# The container. One of another name on the same account has a playbook of its own, in a folder of its own.
pipglr_name: pipglr
pipglr_options:
  - --color
  - never
  - --name
  - "{{ pipglr_name }}"
  - --image
  - registry.gitlab.com/qontainers/pipglr:latest
# What is copied as it is from files/.
pipglr_files:
  - answers.toml
# files/config.toml, with what is secret put in.
pipglr_config: >-
  {{ lookup('ansible.builtin.file', 'config.toml', rstrip=false)
  | replace('PIPGLR_SECRET_1_', (vault_pipglr_secrets[0] | to_json(ensure_ascii=false))[1:-1])
  | replace('PIPGLR_SECRET_2_', (vault_pipglr_secrets[1] | to_json(ensure_ascii=false))[1:-1])
  | replace('PIPGLR_SECRET_3_', (vault_pipglr_secrets[2] | to_json(ensure_ascii=false))[1:-1])
  }}
"#;

const VAULT: &str = r#"---
# What is secret. Fill it in, then: ansible-vault encrypt group_vars/pipglr/vault.yml
vault_pipglr_tokens:
  # https://gitlab.example/
  - ""
vault_pipglr_secrets:
  # runners[0].environment MY_PASSWORD
  - ""
  # runners[0].cache.s3.AccessKey
  - ""
  # runners[0].cache.s3.SecretKey
  - ""
"#;

#[test]
fn a_playbook_is_yaml_with_pipglr_s_own_answers_and_no_secret() {
    let files = ansible::files(&host(OWN)).unwrap();
    let text = |path: &str| &files.iter().find(|file| file.path == path).unwrap_or_else(|| panic!("no {path}")).text;
    assert!(files.iter().all(|file| !file.text.contains("canary")));
    for file in files.iter().filter(|file| file.path.ends_with(".yml")) {
        let _: Value = yaml(&file.text);
    }
    assert_eq!(
        (text("group_vars/pipglr/vars.yml").as_str(), text("group_vars/pipglr/vault.yml").as_str()),
        (VARS, VAULT)
    );
    let answers = pipglr::answers::Answers::parse(text("files/answers.toml"), "answers.toml").unwrap();
    assert_eq!(answers.config_file.as_deref(), Some(std::path::Path::new("config.toml")));
    assert_eq!((answers.allow.len(), answers.concurrent, answers.description), (3, None, None));
    assert!(text("files/config.toml").contains("concurrent = 4 # jobs"));

    // A host without anything secret but the token; and one where nothing is registered yet.
    let files = ansible::files(&host("")).unwrap();
    assert!(
        files.iter().any(|file| file.path == "group_vars/pipglr/vars.yml" && file.text.contains("  - config.toml\n"))
    );
    let host = FakeHost::fresh();
    let files = ansible::files(&Source::look(&host.setup(&[]), false).unwrap()).unwrap();
    assert!(!files.iter().any(|file| file.path == "files/config.toml"));

    // A task that has a token in it never shows it, and every module is ansible-core's own.
    let plays: Value = yaml(text("playbook.yml"));
    let tasks = plays[0]["tasks"].as_array().unwrap();
    let inner = tasks.iter().flat_map(|task| {
        ["block", "rescue", "always"].into_iter().flat_map(|part| task[part].as_array().into_iter().flatten())
    });
    for task in tasks.iter().chain(inner) {
        let words = task.to_string();
        let secret = ["pipglr_tokens", "{{ pipglr_config }}"].iter().any(|word| words.contains(word));
        assert!(task.get("block").is_some() || secret == (task["no_log"] == true), "{words}");
        assert!(task.get("block").is_some() || words.contains("\"ansible.builtin."), "{words}");
    }
}

#[test]
fn a_script_has_the_runner_started_at_boot_as_setup_does() {
    let host = FakeHost::set_up(TOKEN);
    let text = || script::text(&Source::look(&host.setup(&[]), false).unwrap()).unwrap();
    assert!(!text().contains("systemctl"), "it does not start here: {}", text());
    let mut setup = host.setup(&[]);
    setup.wants.answers.start_at_boot = Some(true);
    let text = script::text(&Source::look(&setup, true).unwrap()).unwrap();
    readable(&text);
    for line in [
        "PodmanArgs=-v pipglr-state:/var/lib/gitlab-runner",
        "PodmanArgs=--log-opt path=%h/.local/state/pipglr/boot/pipglr.log",
        "Notify=healthy",
        "    systemctl --user start \"$name.service\"",
        "ExecStart=podman start pipglr",
        "    systemctl --user enable --now \"$name.service\"",
    ] {
        assert!(text.lines().any(|known| known == line), "{line}: {text}");
    }
    assert!(text.contains("{\"args\":[\"create\",\"--name\",\"pipglr\"") && !text.contains("podman-restart"), "{text}");
}

#[test]
fn what_an_admin_added_to_the_container_is_named_and_its_values_are_not() {
    let host = FakeHost::set_up(TOKEN);
    let own = script::text(&Source::look(&host.setup(&[]), false).unwrap()).unwrap();
    assert!(!own.contains("made with more"), "{own}");
    let more = "-v /srv/cache:/srv/cache -e PASSWORD=canary".split(' ').map(str::to_owned);
    host.machine().containers.get_mut("pipglr").unwrap().made_by.splice(2..2, more);
    let text = script::text(&Source::look(&host.setup(&[]), false).unwrap()).unwrap();
    let named: Vec<_> = text.lines().map(str::trim).filter(|line| line.starts_with("#   -")).collect();
    assert_eq!(named, ["#   -v /srv/cache:/srv/cache", "#   -e 'PASSWORD=[MASKED]'"]);
    assert!(!text.contains("canary"), "{text}");
    readable(&text);
}
