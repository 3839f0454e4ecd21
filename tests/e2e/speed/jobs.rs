//! How fast and how dear the jobs in sight are. Prints what misses its goal too.

use crate::change::{hand_over, set_up, write_concurrent};
use crate::gitlab::state::JobState;
use crate::screen::SECONDS;
use crate::server::Server;
use crate::testhost::Machine;
use std::thread::sleep;
use std::time::Instant;

/// About 10,000 lines a second, and a hundred times a second the time since the boot.
const FLOOD: &str = "n=0; while [ $n -lt 400000 ]; do seq $n $((n + 99)); n=$((n + 100)); read up idle </proc/uptime; \
                     echo at $up $n; while read now idle </proc/uptime; [ $now = $up ]; do sleep 0.002; done; done";
/// Until the job has ended: how far behind each time comes, and what pipglr takes of memory meanwhile; then how many
/// lines came.
const FOLLOW: &str = r#"pipglr jobs $1 --follow >flood & sleep 1
tail -n 0 -f --pid=$! flood | grep --line-buffered "^J at " | while read -r j at time n; do read now idle </proc/uptime; echo "$time $now"; done >times &
while kill -0 $! 2>/dev/null; do grep VmRSS /proc/$(pgrep -x pipglr)/status; sleep 2; done >memory 2>/dev/null
awk '{ late = $2 - $1; if (late > most) most = late; sum += late; n++ } END { printf "%.2f %.2f", most, sum / n }' times
awk '{ if (!first) first = $2; if ($2 > most) most = $2 } END { printf " %d %d", first, most }' memory
grep -c "^J [0-9]" flood | sed 's/^/ /'"#;

fn numbers(text: &str) -> Vec<f64> {
    text.split_whitespace().map(|word| word.parse().unwrap_or(f64::NAN)).collect()
}

/// Prints the table.
pub fn table() {
    let (machine, server) = set_up();
    machine.load_job_images();
    write_concurrent(&machine, 4);
    hand_over(&machine, "").ok();
    let listed = listed(&machine, &server);
    let (spent, alone) = four_jobs(&machine, &server);
    machine.write("follow.sh", FOLLOW);
    let job = server.script("", &[FLOOD]);
    server.wait_for_job(job, SECONDS(60), |job| job.text().contains("at "));
    let seen = numbers(&machine.user(&format!("bash follow.sh {job}")).ok());
    let load = machine.user("cut -d' ' -f1-3 /proc/loadavg").ok();
    println!(
        "\n| {}, {}, load {} | | goal |",
        machine.suite,
        machine.user("podman --version").ok().trim(),
        load.trim()
    );
    println!("|---|---|---|");
    println!("| a job begun until home lists it, the longest of {} | {:.2} s | ≤ 1 s |", listed.len(), listed[0]);
    println!("| home with four jobs, all that it starts and asks | {:.2} % of a core | < 2 % |", spent - alone);
    println!(
        "| a trace of 10,000 lines a second: how far behind, at most; on average | {} s; {} s | ≤ 1 s |",
        seen[0], seen[1]
    );
    println!("| … resident at first; at most | {} kB; {} kB | flat |", seen[2], seen[3]);
    println!("| … lines of 400000 that came | {} | |", seen[4]);
}

/// The seconds between a job's beginning at GitLab and its row at home, the longest first.
fn listed(machine: &Machine, server: &Server) -> Vec<f64> {
    let mut home = machine.screen("pipglr", 40, 100);
    home.wait_for("Jobs: 0 of 4", SECONDS(60));
    let mut times = vec![];
    for _ in 0..4 {
        sleep(SECONDS(15)); // nothing is asked by now
        let job = server.script("", &["sleep 5"]);
        server.wait_for_job(job, SECONDS(60), |job| job.state != JobState::Pending);
        let began = Instant::now();
        home.wait_for(&format!("▸ {job}  "), SECONDS(30));
        times.push(began.elapsed().as_secs_f64());
        server.wait_job(job, SECONDS(60));
        home.wait_for("Jobs: 0 of 4", SECONDS(30));
    }
    home.key("q");
    times.sort_by(|a, b| b.total_cmp(a));
    times
}

/// What of a core all of this user's processes take while four jobs sleep: with home on the screen, and without.
fn four_jobs(machine: &Machine, server: &Server) -> (f64, f64) {
    let jobs: Vec<u64> = (0..4).map(|_| server.script("", &["until [ -e /tmp/go ]; do sleep 1; done"])).collect();
    for job in jobs {
        server.wait_for_job(job, SECONDS(60), |job| job.text().contains("step_script"));
    }
    let spent = || {
        let stat = "sed -n 's/^usage_usec //p' /sys/fs/cgroup/user.slice/user-1000.slice/cpu.stat";
        let of = || machine.root(stat).ok().trim().parse::<f64>().unwrap();
        let (before, began) = (of(), Instant::now());
        sleep(SECONDS(40));
        (of() - before) / began.elapsed().as_micros() as f64 * 100.0
    };
    let before = spent();
    let mut home = machine.screen("pipglr", 40, 100);
    home.wait_for("Jobs: 4 of 4", SECONDS(60));
    sleep(SECONDS(20));
    let with = spent();
    home.key("q");
    sleep(SECONDS(5));
    let alone = (before + spent()) / 2.0;
    machine.let_jobs_end();
    (with, alone)
}
