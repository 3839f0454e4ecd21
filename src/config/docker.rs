//! What a configuration says of how jobs run: of each runner with the docker executor what decides whether a container of
//! a job starts, and which images it needs.

use super::document::{get, parse};
use crate::problem::Result;
use serde_json::{Map, Value as Json};
use toml_edit::{Item, Table, Value};

/// How the jobs of one runner run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Docker {
    /// The runner's name.
    pub runner: String,
    /// Its server.
    pub url: String,
    /// `privileged`.
    pub privileged: bool,
    /// `userns_mode`.
    pub userns_mode: String,
    /// `user` of the job; its helper is root.
    pub user: String,
    /// `runtime`.
    pub runtime: String,
    /// `network_mode`.
    pub network_mode: String,
    /// Whether each job has a network of its own (FF_NETWORK_PER_BUILD).
    pub network_per_build: bool,
    /// `cap_add`.
    pub cap_add: Vec<String>,
    /// `cap_drop`.
    pub cap_drop: Vec<String>,
    /// `security_opt`.
    pub security_opt: Vec<String>,
    /// `memory`, `cpus` and the like, as the fields of Docker's `HostConfig` that gitlab-runner fills with them.
    pub limits: Map<String, Json>,
    /// The image of a job that names none.
    pub image: String,
    /// `helper_image`; empty for the one of gitlab-runner's version.
    pub helper_image: String,
    /// `pull_policy`: the first counts, the others where that fails.
    pub pull_policy: Vec<String>,
}

/// Reads it of each runner whose executor is docker.
///
/// # Errors
/// The text is not TOML.
pub fn read(text: &str) -> Result<Vec<Docker>> {
    let document = parse(text)?;
    let runners = get(document.as_table(), "runners").and_then(Item::as_array_of_tables).into_iter().flatten();
    Ok(runners.filter(|runner| string(runner, "executor") == "docker").map(docker).collect())
}

fn docker(runner: &Table) -> Docker {
    let none = Table::new();
    let of = get(runner, "docker").and_then(Item::as_table).unwrap_or(&none);
    Docker {
        runner: string(runner, "name"),
        url: string(runner, "url"),
        privileged: get(of, "privileged").and_then(Item::as_bool).unwrap_or(false),
        userns_mode: string(of, "userns_mode"),
        user: string(of, "user"),
        runtime: string(of, "runtime"),
        network_mode: string(of, "network_mode"),
        network_per_build: is_flag_on(runner, "FF_NETWORK_PER_BUILD"),
        cap_add: strings(get(of, "cap_add")),
        cap_drop: strings(get(of, "cap_drop")),
        security_opt: strings(get(of, "security_opt")),
        limits: limits(of),
        image: string(of, "image"),
        helper_image: string(of, "helper_image"),
        pull_policy: strings(get(of, "pull_policy")),
    }
}

fn limits(of: &Table) -> Map<String, Json> {
    let text = |key: &str| Some(string(of, key)).filter(|text| !text.is_empty());
    let size = |key: &str| text(key).and_then(|text| bytes(&text)).map(Json::from);
    let all = [
        ("Memory", size("memory")),
        ("MemorySwap", size("memory_swap")),
        ("MemoryReservation", size("memory_reservation")),
        ("NanoCpus", text("cpus").and_then(|text| billionths(&text)).map(Json::from)),
        ("CpuShares", get(of, "cpu_shares").and_then(Item::as_integer).map(Json::from)),
        ("CpusetCpus", text("cpuset_cpus").map(Json::from)),
        ("CpusetMems", text("cpuset_mems").map(Json::from)),
        ("CgroupParent", text("cgroup_parent").map(Json::from)),
        ("OomScoreAdj", get(of, "oom_score_adjust").and_then(Item::as_integer).map(Json::from)),
        ("OomKillDisable", get(of, "oom_kill_disable").and_then(Item::as_bool).map(Json::from)),
    ];
    all.into_iter().filter_map(|(field, value)| Some((field.to_owned(), value?))).collect()
}

/// Returns a size as docker's units.RAMInBytes reads it: a number, a unit in steps of 1024, and what people write behind it.
pub(super) fn bytes(text: &str) -> Option<i64> {
    if text == "-1" {
        return Some(-1);
    }
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit = unit.strip_prefix(' ').unwrap_or(unit).to_ascii_lowercase();
    let (steps, behind) = match unit.chars().next().and_then(|unit| "kmgtp".find(unit)) {
        Some(at) => (at as i32 + 1, &unit[1..]),
        None => (0, unit.as_str()),
    };
    let known = matches!(behind, "" | "b") || steps > 0 && matches!(behind, "i" | "ib");
    let number: f64 = number.parse().ok().filter(|_| known)?;
    Some((number * 1024_f64.powi(steps)) as i64)
}

/// Billionths of a decimal number or a fraction.
fn billionths(text: &str) -> Option<i64> {
    let (above, below) = text.split_once('/').unwrap_or((text, "1"));
    let number = above.parse::<f64>().ok()? / below.parse::<f64>().ok()?;
    number.is_finite().then_some((number * 1e9).round() as i64)
}

/// By `[runners.feature_flags]`, or as a variable of all jobs.
fn is_flag_on(runner: &Table, flag: &str) -> bool {
    let set = get(runner, "feature_flags").and_then(Item::as_table).and_then(|flags| get(flags, flag));
    let variable = |pair: &String| matches!(pair.split_once('='), Some((name, "1" | "true")) if name == flag);
    set.and_then(Item::as_bool).unwrap_or(false) || strings(get(runner, "environment")).iter().any(variable)
}

fn string(table: &Table, key: &str) -> String {
    get(table, key).and_then(Item::as_str).unwrap_or_default().to_owned()
}

/// A list of texts, or one text.
fn strings(item: Option<&Item>) -> Vec<String> {
    let list = item.and_then(Item::as_array).into_iter().flatten().filter_map(Value::as_str);
    list.chain(item.and_then(Item::as_str)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_decides_how_jobs_run_is_read_whatever_its_case_and_other_executors_are_left_out() {
        let text = "[[runners]]\nexecutor = \"shell\"\n[[runners]]\nname = \"r\"\nexecutor = \"docker\"\n\
                    environment = [\"A=b\", \"FF_NETWORK_PER_BUILD=true\"]\n[runners.docker]\nPrivileged = true\n\
                    userns_mode = \"host\"\nimage = \"debian\"\npull_policy = \"if-not-present\"\ncap_add = [\"A\", \"B\"]\n";
        let expected = Docker {
            runner: "r".into(),
            privileged: true,
            userns_mode: "host".into(),
            network_per_build: true,
            cap_add: vec!["A".into(), "B".into()],
            image: "debian".into(),
            pull_policy: vec!["if-not-present".into()],
            ..Docker::default()
        };
        assert_eq!(read(text).unwrap(), [expected]);
        let by_flag = "[[runners]]\nexecutor = \"docker\"\n[runners.feature_flags]\nff_network_per_build = true\n";
        assert!(read(by_flag).unwrap()[0].network_per_build);
        assert!(read("[[runners]\n").is_err());
    }

    #[test]
    fn limits_are_read_as_gitlab_runner_hands_them_on() {
        let text = "[[runners]]\nexecutor = \"docker\"\n[runners.docker]\nmemory = \"64m\"\nmemory_swap = \"-1\"\n\
                    memory_reservation = \"1.5 GiB\"\ncpus = \"1/2\"\ncpu_shares = 512\ncpuset_cpus = \"0\"\noom_score_adjust = 300\n";
        let expected = serde_json::json!({"Memory": 67_108_864, "MemorySwap": -1, "MemoryReservation": 1_610_612_736,
            "NanoCpus": 500_000_000, "CpuShares": 512, "CpusetCpus": "0", "OomScoreAdj": 300});
        assert_eq!(Json::Object(read(text).unwrap()[0].limits.clone()), expected);
        assert_eq!(
            ["10", "10b", "10 kb", "", "x", "10ib", "1/0m"].map(bytes),
            [Some(10), Some(10), Some(10_240), None, None, None, None]
        );
        assert_eq!(["1.5", "1/0", "x"].map(billionths), [Some(1_500_000_000), None, None]);
    }
}
