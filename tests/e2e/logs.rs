//! `pipglr logs --plain` on real log drivers: what it follows over, and that it gives what podman gives.

use crate::image_store::IMAGE;
use crate::setup::machine;
use crate::testhost::Machine;

const DRIVERS: [&str; 2] = ["k8s-file", "journald"];

/// A container whose only work is a shell script.
pub fn run(driver: &str, options: &str, script: &str) -> String {
    format!(
        "podman run -d --name x --stop-timeout 1 --log-driver {driver} {options} --entrypoint sh {IMAGE} -c '{script}'"
    )
}

/// What is printed while `script` runs, from its first line on. `seen N TEXT` in it waits until a text is in N lines of
/// what was printed, or for a minute; `$P` is pipglr.
pub fn followed(machine: &Machine, script: &str) -> String {
    let output = machine.user(&format!(
        "seen() {{ for n in $(seq 600); do [ $(grep -c -- \"$2\" followed) -ge $1 ] && return; sleep .1; done; }}
         pipglr --name x logs --plain --times none > followed & P=$!; {{ seen 1 .; {script}; }} >/dev/null 2>&1
         kill -INT $P; wait $P; echo $?; cat followed"
    ));
    let text = output.ok();
    let (code, text) = text.split_once('\n').unwrap();
    assert_eq!(code, "130", "{text}");
    text.to_owned()
}

/// The lines that are not rulers, without their letters.
pub fn lines(printed: &str) -> Vec<&str> {
    printed.lines().filter(|line| !line.starts_with("---")).map(|line| &line[4..]).collect()
}

pub fn rulers(printed: &str) -> Vec<&str> {
    printed.lines().filter(|line| line.starts_with("---")).collect()
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn following_goes_on_over_ends_starts_and_recreation() {
    let machine = machine();
    // Held in the middle where it is told so, to be killed there.
    let script = "for i in $(seq 150); do echo line $i; sleep .01; [ $i = 75 -a -e /hold ] && sleep 1000; done; true";
    for driver in DRIVERS {
        let make = run(driver, "", script);
        machine.user(&make).ok();
        let printed = followed(
            &machine,
            &format!(
                "seen 1 'container ended'; touch hold; podman cp hold x:/hold; podman start x; seen 2 'line 75$'; \
                 podman kill -s KILL x; seen 2 'container ended'; podman rm -f x; seen 1 removed; {make}; seen 3 'container ended'"
            ),
        );
        // One whole run, one that was killed in the middle, one whole run: each in order, nothing twice.
        let all = lines(&printed);
        let whole: Vec<String> = (1..=150).map(|n| format!("line {n}")).collect();
        assert_eq!(all[..150], whole, "{driver}: {printed}");
        assert_eq!(all[150..225], whole[..75], "{driver}: {printed}");
        assert_eq!(all[225..], whole, "{driver}: {printed}");
        for (ruler, words) in rulers(&printed).iter().zip([
            "container ended",
            "container started again",
            "container ended",
            "removed; waiting for x",
            "container re-created",
            "container ended",
        ]) {
            assert!(ruler.contains(words), "{driver}: {ruler} where {words} was expected: {printed}");
        }
        assert_eq!(rulers(&printed).len(), 6, "{driver}: {printed}");
        machine.user("podman rm -f x").ok();
    }
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn the_store_gives_what_podman_gives() {
    let machine = machine();
    let script = "i=0; while [ $i -lt 300 ]; do echo out $i; i=$((i+1)); done; \
                  head -c 30000 /dev/zero | tr \"\\0\" x; echo; printf \"\\033[31mred\\033[0m \\377\\n\"; printf \"no end\"";
    for (driver, options) in [("k8s-file", ""), ("k8s-file", "-t"), ("journald", ""), ("journald", "-t")] {
        machine.user(&run(driver, options, script)).ok();
        machine.user("podman wait x").ok();
        machine.root("journalctl --sync").ok();
        let store = machine.user("pipglr --name x logs --plain --no-follow --times none").ok();
        let podman = machine.user("podman logs x 2>&1 | pipglr logs --plain --times none --from -").ok();
        assert_eq!(store, podman, "{driver} {options}");
        assert_eq!(store.lines().count(), 303, "{driver} {options}: {store}");
        assert!(store.contains("red \\xff\n") && !store.contains('\u{1b}') && store.ends_with("no end\n"), "{store}");
        let tail = machine.user("pipglr --name x logs --plain --no-follow --times none --tail 4").ok();
        assert_eq!(tail.lines().collect::<Vec<_>>(), store.lines().skip(299).collect::<Vec<_>>(), "{driver} {options}");
        machine.user("podman rm -f x").ok();
    }
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn rotation_loses_nothing_while_it_is_followed() {
    let machine = machine();
    let script = "echo 0; while [ ! -e /go ]; do sleep .05; done; \
                  i=0; while [ $i -lt 1000 ]; do i=$((i+1)); printf \"%d %0100d\\n\" $i 0; sleep .003; done";
    machine.user(&run("k8s-file", "--log-opt max-size=20kb", script)).ok();
    let printed = followed(&machine, "podman exec x touch /go; seen 1 'container ended'");
    let numbers: Vec<u32> =
        lines(&printed).iter().map(|line| line.split(' ').next().unwrap().parse().unwrap()).collect();
    assert_eq!(numbers, (0..=1000).collect::<Vec<_>>());
    assert!(rulers(&printed).iter().filter(|ruler| ruler.contains("size limit")).count() >= 2, "{printed}");
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn what_cannot_be_read_is_told() {
    let machine = machine();
    let missing = machine.user("pipglr --name x logs --plain").fails_with(1);
    assert!(
        missing.err.contains("There is no container x.") && missing.err.contains("`pipglr --name x setup`"),
        "{}",
        missing.err
    );
    machine.user(&run("none", "", "echo a")).ok();
    let none = machine.user("pipglr --name x logs --plain").fails_with(1);
    assert!(none.err.contains("log driver `none`") && none.err.contains("k8s-file"), "{}", none.err);
    machine.user("podman rm -f x").ok();
    // A reader who goes away ends it, though nothing more is said.
    machine.user(&run("k8s-file", "", "echo a; echo b; sleep 60")).ok();
    let gone = machine.user("set -o pipefail; timeout 20 pipglr --name x logs --plain --times none | head -1; echo $?");
    assert_eq!(gone.ok(), "S   a\n0\n");
    machine.root("mv /usr/bin/podman /usr/bin/podman.away").ok();
    let gone = machine.user("pipglr --name x logs --plain").fails_with(1);
    machine.root("mv /usr/bin/podman.away /usr/bin/podman").ok();
    assert!(gone.err.contains("`podman`") && gone.err.contains("Install"), "{}", gone.err);
}
