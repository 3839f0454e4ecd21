//! How soon the runner is back: after the machine was started again, and with another image. And how long a look at the
//! volumes takes. Prints what misses its goal too.

use super::{compare, median, rounds};
use crate::change::set_up;
use crate::image_store::NESTED;
use crate::image_update::build_some;
use crate::screen::SECONDS;
use crate::server::Server;
use crate::testhost::Machine;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

/// Prints the table.
pub fn table() {
    let (machine, server) = set_up();
    let load = || machine.user("cut -d' ' -f1-3 /proc/loadavg").ok().trim().to_owned();
    let before = load();
    machine.load_job_images();
    let volumes = compare(&machine, "true", &|_| "pipglr volumes show".into(), &|_| format!("{NESTED} system df -v"));
    build_some(&machine, &["fine", "later"]);
    let plain = standstill(&machine, &server);
    // podman's own unit starts what has `--restart always`, as the image's label says.
    machine.user("systemctl --user enable podman-restart.service").ok();
    let theirs = median((0..rounds()).map(|_| boot(&machine, &server)).collect());
    machine.user("systemctl --user disable podman-restart.service; pipglr boot enable --yes").ok();
    let ours = median((0..rounds()).map(|_| boot(&machine, &server)).collect());
    let by_unit = standstill(&machine, &server);
    println!(
        "\n| {}, {}, load {before} to {} | medians of {} | ÷ | goal |",
        machine.suite,
        machine.user("podman --version").ok().trim(),
        load(),
        rounds()
    );
    println!("|---|---|---|---|");
    println!(
        "| user manager up to the first poll: `boot enable` ÷ podman-restart.service | {ours:.2} s ÷ {theirs:.2} s | {:.2} | ≤ 1.1 |",
        ours / theirs
    );
    println!("| `update`: last poll before to the first after, polls a second apart | {plain:.2} s | | ≤ 3 s |");
    println!("| … of what `boot enable` wrote | {by_unit:.2} s | | ≤ 3 s |");
    println!(
        "| `volumes show` ÷ the nested `podman system df -v` | {:.2} s ÷ {:.2} s | {:.2} | ≤ 1 |",
        volumes.0 / 1000.0,
        volumes.1 / 1000.0,
        volumes.0 / volumes.1
    );
}

/// When GitLab heard from the runner while something is done.
fn polls_during(server: &Server, act: impl FnOnce()) -> Vec<Instant> {
    let done = AtomicBool::new(false);
    scope(|threads| {
        let watching = threads.spawn(|| {
            let mut seen: Vec<Instant> = vec![];
            while !done.load(Ordering::SeqCst) {
                let last = server.runners()[0].last_contact;
                seen.extend(last.filter(|last| seen.last() != Some(last)));
                sleep(Duration::from_millis(5));
            }
            seen
        });
        act();
        done.store(true, Ordering::SeqCst);
        watching.join().unwrap()
    })
}

/// The longest time without a poll while the container is made of another image, the median.
fn standstill(machine: &Machine, server: &Server) -> f64 {
    let line = |command: &str| machine.user(command).ok().trim().to_owned();
    let times = (0..rounds()).map(|_| {
        // By ID: where a unit runs the container, an update gives its image's name to the new one.
        let is = line("podman inspect -f '{{.Image}}' pipglr");
        let all = line("podman images --no-trunc --quiet --filter label=run | sed 's/^sha256://' | sort -u");
        let other = all.lines().find(|id| *id != is).unwrap();
        line(&format!("podman tag {other} localhost/next:1"));
        let polls = polls_during(server, || {
            machine.user("pipglr --image localhost/next:1 update --yes </dev/null").ok();
            sleep(SECONDS(3));
        });
        assert_ne!(line("podman inspect -f '{{.Image}}' pipglr"), is);
        let gaps = polls.windows(2).map(|pair| (pair[1] - pair[0]).as_secs_f64());
        gaps.fold(0.0, f64::max)
    });
    median(times.collect())
}

/// The seconds between the start of the user's manager and the first poll after it.
fn boot(machine: &Machine, server: &Server) -> f64 {
    let mut up = Instant::now();
    let polls = polls_during(server, || {
        machine.reboot();
        // Both count by the kernel's clock.
        let clocks = "until systemctl -q is-active user@1000.service; do sleep 0.05; done; \
                      systemctl show user@1000.service -P ActiveEnterTimestampMonotonic; cut -d' ' -f1 /proc/uptime";
        let said = machine.root(clocks).ok();
        let now = Instant::now();
        let numbers: Vec<f64> = said.split_whitespace().map(|number| number.parse().unwrap()).collect();
        up = now - Duration::from_secs_f64(numbers[1] - numbers[0] / 1e6);
        let heard = server.runners()[0].polls;
        server.wait_polls(crate::setup::TOKEN, heard + 2, SECONDS(120));
    });
    let first = polls.into_iter().find(|poll| *poll > up).unwrap();
    (first - up).as_secs_f64()
}
