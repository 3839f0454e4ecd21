//! What befalls the log while somebody looks at it: the program that reads it is killed, the container is recreated or
//! restarted, it says more than anybody can read, or nothing at all.

use crate::logs::{followed, lines, rulers, run};
use crate::screen::{SECONDS, Screen};
use crate::setup::machine;
use crate::testhost::{Machine, unhurried};
use std::time::{Duration, Instant};

/// Numbered lines, 100 a second.
const COUNT: &str = "i=0; while [ $i -lt 400 ]; do i=$((i+1)); echo line $i; sleep .01; done; sleep 1000";

fn viewer(machine: &Machine) -> Screen {
    machine.screen("pipglr --name x logs --times none", 24, 80)
}

/// The process of this name in the machine, as root of the machine sees it.
fn pid(machine: &Machine, name: &str) -> String {
    machine.root(&format!("pgrep -x -n {name}")).ok().trim().to_owned()
}

/// A number of `/proc/PID/status`.
fn status(machine: &Machine, pid: &str, field: &str) -> u64 {
    let text = machine.root(&format!("grep {field}: /proc/{pid}/status")).ok();
    text.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// How often the threads of a process went to sleep, which is how often they were woken.
fn woken(machine: &Machine, pid: &str) -> u64 {
    let text = machine.root(&format!("grep -h ^voluntary_ctxt /proc/{pid}/task/*/status")).ok();
    text.lines().map(|line| line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap()).sum()
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn podman_logs_that_is_killed_is_taken_up_again() {
    let machine = machine();
    // A journal that cannot be read but by podman.
    machine.root("mv /usr/bin/journalctl /usr/bin/journalctl.away").ok();
    machine.user(&run("journald", "", COUNT)).ok();
    let kill = "kill -KILL $(pgrep -x podman -P $P)";
    let printed =
        followed(&machine, &format!("seen 1 'line 50$'; {kill}; seen 1 'line 200$'; {kill}; seen 1 'line 400$'"));
    machine.root("mv /usr/bin/journalctl.away /usr/bin/journalctl").ok();
    let expected: Vec<String> = (1..=400).map(|n| format!("line {n}")).collect();
    assert_eq!(lines(&printed), expected, "each once, in order");
    assert!(rulers(&printed).len() <= 2, "{printed}");
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn a_restart_is_an_end_and_a_start() {
    let machine = machine();
    for driver in ["k8s-file", "journald"] {
        machine.user(&run(driver, "", "echo up; sleep 1000")).ok();
        let text = followed(&machine, "podman restart -t 0 x; seen 1 'started again'; seen 2 up");
        let [ended, started] = rulers(&text)[..] else { panic!("{driver}: {text}") };
        assert!(ended.contains("container ended"), "{driver}: {text}");
        assert!(started.contains("container started again"), "{driver}: {text}");
        assert_eq!(lines(&text), ["up", "up"], "{driver}: {text}");
        machine.user("podman rm -f -t 0 x").ok();
    }
}

/// The rows of lines, without the frame.
fn rows(screen: &Screen) -> Vec<String> {
    screen.contents().lines().skip(2).take(19).map(str::to_owned).collect()
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn a_view_that_is_held_still_stays_while_the_container_is_made_anew() {
    let machine = machine();
    for driver in ["k8s-file", "journald"] {
        machine.user(&run(driver, "", "for i in $(seq 100); do echo old $i; done; sleep 1000")).ok();
        let mut screen = viewer(&machine);
        screen.wait_for("old 100", SECONDS(10));
        screen.key("Space").key("PageUp").wait_for("held still", SECONDS(5));
        screen.settle();
        let before = rows(&screen);
        machine.user("podman rm -f -t 0 x").ok();
        let counted =
            |text: &str| -> Option<u32> { text.split("held still, ").nth(1)?.split(' ').next()?.parse().ok() };
        screen.wait_until("the end, counted", SECONDS(15), |text| counted(text).is_some_and(|count| count >= 1));
        let again = run(driver, "", "for i in $(seq 50); do echo new $i; done; sleep 1000");
        machine.user(&again).ok();
        // The end, the removal, the new one, and its fifty lines.
        screen.wait_until("what is new, counted", SECONDS(15), |text| {
            counted(text).is_some_and(|count| (52..=54).contains(&count))
        });
        assert_eq!(rows(&screen), before, "{driver}");
        screen.key("G").wait_for("following", SECONDS(5)).wait_for("new 50", SECONDS(5));
        screen.key("/").send("re-created").key("Enter").wait_for("container re-created", SECONDS(5));
        screen.key("Esc").key("q");
        assert_eq!(screen.wait_exit(SECONDS(5)), 0);
        machine.user("podman rm -f -t 0 x").ok();
    }
}

/// `PIPGLR_TEST_FLOOD=600` makes it ten minutes.
#[test]
#[ignore = "needs the test host: .ci/run"]
fn memory_stays_flat_in_a_flood() {
    let seconds = if unhurried() { 20 } else { 8 };
    let seconds = std::env::var("PIPGLR_TEST_FLOOD").map_or(seconds, |seconds| seconds.parse().unwrap());
    let machine = machine();
    machine.user(&run("k8s-file", "--log-opt max-size=50mb", "exec yes $(printf %0100d 7)")).ok();
    let mut screen = viewer(&machine);
    screen.wait_for("older let go", SECONDS(60));
    let viewer = pid(&machine, "pipglr");
    std::thread::sleep(Duration::from_secs(5));
    let (first, begun, let_go) = (status(&machine, &viewer, "VmRSS"), Instant::now(), gone(&screen));
    let mut most = first;
    while begun.elapsed() < Duration::from_secs(seconds) {
        std::thread::sleep(Duration::from_secs(2).min(Duration::from_secs(seconds)));
        most = most.max(status(&machine, &viewer, "VmRSS"));
        // Keys are answered all the while.
        screen.key("/").wait_for(" search: ", SECONDS(2));
        screen.key("Esc").wait_gone(" search: ", SECONDS(2));
    }
    let lines = gone(&screen) - let_go;
    println!(
        "{lines} lines in {} s: resident {first} kB at first, at most {most} kB, peak {} kB",
        begun.elapsed().as_secs(),
        status(&machine, &viewer, "VmHWM")
    );
    assert!(lines > 1_000 * seconds, "{lines} lines are no flood"); // a debug build, on a busy machine
    assert!(most < first + 16_000, "{first} kB at first, {most} kB later");
    screen.key("q");
    assert_eq!(screen.wait_exit(SECONDS(5)), 0);
}

/// How many lines were let go.
fn gone(screen: &Screen) -> u64 {
    let text = screen.contents();
    let before = text.split(" older let go").next().unwrap();
    before.rsplit(' ').next().unwrap().parse().unwrap_or_else(|_| panic!("{text}"))
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn journald_s_rate_limit_is_told() {
    let machine = machine();
    machine.user(&run("journald", "", "yes $(printf %099d 0) | head -n 200000")).ok();
    machine.user("podman wait x").ok();
    machine.root("journalctl --sync").ok();
    let printed = machine.user("pipglr --name x logs --plain --no-follow --times none").ok();
    let kept = lines(&printed).len();
    let [ruler] = rulers(&printed)[..] else { panic!("{kept} lines, {:?}", rulers(&printed)) };
    assert!(ruler.contains("rate limit") && ruler.contains("k8s-file"), "{ruler}");
    assert!((10_000..200_000).contains(&kept), "{kept} of 200000 lines");
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn a_quiet_log_wakes_nobody() {
    let machine = machine();
    for driver in ["k8s-file", "journald"] {
        machine.user(&run(driver, "", "echo up; sleep 1000")).ok();
        let mut screen = viewer(&machine);
        screen.wait_for("up", SECONDS(10));
        // Its first half minute is livelier: the journal's reader starts, what was held back is shown.
        std::thread::sleep(Duration::from_secs(3));
        let viewer = pid(&machine, "pipglr");
        let before = woken(&machine, &viewer);
        let seconds = if unhurried() { 10 } else { 5 };
        std::thread::sleep(SECONDS(seconds));
        let count = woken(&machine, &viewer) - before;
        println!("{driver}: the viewer was woken {count} times in {seconds} s");
        assert!(count <= 1, "{driver}: woken {count} times in {seconds} s");
        // And it is awake at once when there is something.
        let begun = Instant::now();
        machine.user("podman kill -s KILL x").ok();
        screen.wait_for("container ended", SECONDS(5));
        println!("{driver}: its end was on the screen {:?} after podman was asked", begun.elapsed());
        screen.key("q");
        assert_eq!(screen.wait_exit(SECONDS(5)), 0);
        let left = machine.root("pgrep -x 'journalctl|podman' -a | grep -v pause; true").ok();
        assert!(!left.contains("CONTAINER_ID_FULL") && !left.contains(" logs "), "{left}");
        machine.user("podman rm -f -t 0 x").ok();
    }
}
