//! What pipglr costs beside the README's own commands typed by bash, in one run, in turn:
//! `cargo test --release --test e2e -- --ignored --nocapture speed::the_table`, on another podman with
//! `PIPGLR_TEST_SUITE`. Prints medians; what misses its goal stays in the table.

mod boots;
mod jobs;

use crate::gitlab::state::JobState;
use crate::image_store::{HELD_JOB, IMAGE, for_jobs};
use crate::server::Server;
use crate::setup::{SETUP, TOKEN, answer, machine};
use crate::testhost::Machine;
use std::time::Duration;

/// How often each side is measured: `PIPGLR_TEST_ROUNDS`, else 5.
fn rounds() -> usize {
    std::env::var("PIPGLR_TEST_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(5)
}
const LEGACY: &str = "GR1348941speedabcdefghij";

/// As the machine was before.
const RESET: &str = "podman rm -f -t 0 -a; podman secret rm -a; podman volume rm -a -f; sudo sed -i '/^johndoe:165536/d' /etc/subuid /etc/subgid; \
                     podman system migrate; sudo loginctl disable-linger johndoe; rm -rf .local/state/pipglr by-hand";

/// The six steps as the README has them.
fn by_hand(url: &str, token: &str, registrations: usize) -> String {
    let register = format!(
        "podman run --rm --secret REGISTRATION_TOKEN,type=env --env CI_SERVER_URL={url} \
         -v ./config.toml:/etc/gitlab-runner/config.toml:Z {IMAGE} gitlab-runner register; "
    );
    let label = |label: &str| format!("podman container runlabel {label} {IMAGE}; ");
    format!(
        "loginctl enable-linger johndoe || sudo loginctl enable-linger johndoe; \
         sudo usermod --add-subuids 165536-165538 johndoe; sudo usermod --add-subgids 165536-165538 johndoe; \
         podman system migrate; mkdir by-hand; cd by-hand; echo {token} | podman secret create REGISTRATION_TOKEN -; \
         touch config.toml; {} podman secret rm REGISTRATION_TOKEN; \
         sed -i 's/^concurrent.*/concurrent = {registrations}/' config.toml; \
         cat config.toml | podman secret create config.toml -; rm config.toml; {}{}{}",
        register.repeat(registrations),
        label("setupstorage"),
        label("setupcache"),
        label("run")
    )
}

/// What somebody does who waits until GitLab has heard from the runner.
const HEARD: &str = "until podman exec --user runner pipglr /usr/local/libexec/pipglr/polls 2>/dev/null | grep -q '^2'; do sleep 0.1; done";

/// "Configuration Editing", and the container recreated.
fn edit(concurrent: usize) -> String {
    format!(
        "cd by-hand; podman container runlabel dumpconfig {IMAGE} >config.toml; \
         sed -i 's/^concurrent.*/concurrent = {concurrent}/' config.toml; podman secret rm config.toml; \
         cat config.toml | podman secret create config.toml -; rm config.toml; \
         podman stop pipglr; podman rm pipglr; podman container runlabel run {IMAGE}"
    )
}

/// The milliseconds that a command takes in the machine.
fn time(machine: &Machine, command: &str) -> f64 {
    machine.write("measured.sh", command);
    let timed = "a=$(date +%s%N); bash measured.sh >measured.out 2>&1; b=$(date +%s%N); echo $(((b - a) / 1000))";
    machine.user(timed).ok().trim().parse::<f64>().unwrap() / 1000.0
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// How many processes it starts, and how many questions podman's service answers.
fn processes(machine: &Machine, command: &str) -> (usize, usize) {
    machine.user(&format!("{command} -v >counted 2>&1 </dev/null; true")).ok();
    let said = machine.read("counted");
    let all = said.lines().filter(|line| line.starts_with("+ ")).count();
    let answered = said.lines().filter(|line| line.ends_with("# answered by podman's service")).count();
    (all - answered, answered)
}

/// One side and the other, in turn, `before` each time.
fn compare(
    machine: &Machine,
    before: &str,
    ours: &dyn Fn(usize) -> String,
    theirs: &dyn Fn(usize) -> String,
) -> (f64, f64) {
    let (mut our_times, mut their_times) = (vec![], vec![]);
    for round in 0..rounds() {
        for (times, command) in [(&mut their_times, theirs(round)), (&mut our_times, ours(round))] {
            machine.user(&format!("({before}) >/dev/null 2>&1; true")).ok();
            times.push(time(machine, &command));
        }
    }
    (median(our_times), median(their_times))
}

#[test]
#[ignore = "measures; needs the test host, and nothing beside it"]
fn the_table() {
    let (machine, server) = (machine(), Server::start());
    let url = server.url();
    let mut rows = vec![];
    let mut row = |what: &str, (ours, theirs): (f64, f64), goal: f64| {
        rows.push(format!(
            "| {what} | {:.2} s ÷ {:.2} s | {:.2} | ≤ {goal} |",
            ours / 1000.0,
            theirs / 1000.0,
            ours / theirs
        ));
    };
    for (registrations, goal) in [(1, 0.7), (4, 0.55)] {
        let (token, runners) = if registrations == 1 { (TOKEN, "") } else { (LEGACY, "runners = 4\n") };
        answer(&machine, token, &format!("gitlab_url = \"{url}\"\nconcurrent = {registrations}\n{runners}"));
        let what = format!("`setup --answers`, registrations: {registrations}");
        let hand = by_hand(&url, token, registrations);
        row(&format!("{what} ÷ README by bash"), compare(&machine, RESET, &|_| SETUP.into(), &|_| hand.clone()), goal);
        let heard = format!("{hand}{HEARD}");
        row(
            &format!("{what} ÷ the same and the first poll"),
            compare(&machine, RESET, &|_| SETUP.into(), &|_| heard.clone()),
            goal,
        );
    }
    machine.write("access", "glpat-speedreadsabcdefgh\n");
    let create = format!("pipglr runner create --url {url} --group 42 --token-file access --yes");
    let heard = format!("{}{HEARD}", by_hand(&url, TOKEN, 1));
    row(
        "`runner create` to the first poll ÷ README by bash and the first poll",
        compare(&machine, RESET, &|_| create.clone(), &|_| heard.clone()),
        0.7,
    );
    answer(&machine, TOKEN, &format!("gitlab_url = \"{url}\"\nconcurrent = 1"));
    machine
        .user(&format!(
            "({RESET}) >/dev/null 2>&1; {SETUP} && mkdir -p by-hand && pipglr config show --reveal >new.toml"
        ))
        .ok();
    let apply = |n: usize, options: &str| {
        format!("sed -i 's/^concurrent.*/concurrent = {n}/' new.toml; pipglr config apply new.toml --yes {options}")
    };
    // It returns when gitlab-runner's metrics say that the change is in force.
    row(
        "a change of `concurrent` in force ÷ README's \"Configuration Editing\", stop, rm, run (goal also ≤ 1.5 s)",
        compare(&machine, "true", &|n| apply(10 + n, ""), &|n| edit(20 + n)),
        0.5,
    );
    row(
        "… with `--recreate` ÷ the same",
        compare(&machine, "true", &|n| apply(10 + n, "--recreate"), &|n| edit(20 + n)),
        1.0,
    );
    let beside_a_job = change_beside_a_job(&machine, &server, &|n| apply(50 + n, ""));
    row("`status` ÷ `podman ps`", compare(&machine, "true", &|_| "pipglr status".into(), &|_| "podman ps".into()), 6.0);
    let mut pages: Vec<(f64, f64)> = vec![];
    for _ in 0..rounds() {
        let said = machine.user("pipglr check -v 2>&1; true").ok();
        pages.extend(page(&said).map(|(wall, slowest)| (wall * 1000.0, slowest * 1000.0)));
    }
    let (walls, slowest) = pages.into_iter().unzip::<_, _, Vec<_>, Vec<_>>();
    row("the first page ÷ its slowest probe", (median(walls), median(slowest)), 1.2);
    machine.user(apply(30, "").split("; pipglr").next().unwrap()).ok();
    let change = processes(&machine, "pipglr config apply new.toml --yes");
    let status = processes(&machine, "pipglr status");
    println!(
        "\n| {}, {} | medians of {} | ÷ | goal |",
        machine.suite,
        machine.user("podman --version").ok().trim(),
        rounds()
    );
    println!("|---|---|---|---|");
    rows.iter().for_each(|row| println!("{row}"));
    println!("| a change of `concurrent` in force while a job runs | {:.2} s | | ≤ 5 s |", beside_a_job / 1000.0);
    println!("| processes started by `status` | {} (and {} answers of the service) | | ≤ 8 |", status.0, status.1);
    println!("| processes started by a change of `concurrent` | {} (and {} answers) | | ≤ 16 |", change.0, change.1);
    let binary = std::fs::metadata(env!("CARGO_BIN_EXE_pipglr")).unwrap().len() as f64 / (1024.0 * 1024.0);
    println!(
        "| the binary, {} | {binary:.1} MiB | | ≤ 5.0 MiB |",
        if cfg!(debug_assertions) { "a debug build" } else { "stripped" }
    );
}

/// The milliseconds of a change while a job runs, which it does not harm.
fn change_beside_a_job(machine: &Machine, server: &Server, change: &dyn Fn(usize) -> String) -> f64 {
    machine.write("new.toml", &for_jobs(&machine.read("new.toml")));
    machine.user("pipglr config apply new.toml --yes").ok();
    machine.load_job_images();
    let job = server.script("", &HELD_JOB);
    server.wait_trace(job, "it runs", Duration::from_secs(60));
    let took = median((0..rounds()).map(|n| time(machine, &change(n))).collect());
    machine.let_jobs_end();
    let job = server.wait_job(job, Duration::from_secs(60));
    assert!(job.state == JobState::Success && job.text().contains("it has ended"), "{}", job.text());
    took
}

/// The wall time and the slowest probe's, in seconds, as `check -v` says them.
fn page(said: &str) -> Option<(f64, f64)> {
    let line = said.lines().find(|line| line.contains("slowest"))?;
    let mut numbers = line.split(|c: char| !(c.is_ascii_digit() || c == '.')).filter_map(|n| n.parse::<f64>().ok());
    Some((numbers.next()?, numbers.next()?))
}

#[test]
#[ignore = "measures; needs the test host, and nothing beside it"]
fn the_table_of_jobs() {
    jobs::table();
}

#[test]
#[ignore = "measures; needs the test host, and nothing beside it"]
fn the_table_of_boots() {
    boots::table();
}
