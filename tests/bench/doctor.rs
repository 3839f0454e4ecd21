//! The doctor's share of a line's way: looking for symptoms costs less than a tenth of it.

use pipglr::logs::decode::Format;
use pipglr::logs::{Line, Pipeline};
use pipglr::symptoms::catalogue;

/// Nanoseconds that this thread has had a processor (proc(5), schedstat).
fn worked() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split(' ').next().unwrap().parse().unwrap()
}

#[test]
#[ignore = "a bench"]
fn looking_for_symptoms_costs_less_than_a_tenth_of_the_pipeline() {
    const LINES: usize = 1_000_000;
    let names = ["boot-and-success", "restart", "full-text", "full-json", "job-script-failure"];
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recorded/logs");
    let read = |name| std::fs::read(format!("{folder}/{name}.log")).unwrap();
    let recorded = names.map(|name| String::from_utf8_lossy(&read(name)).into_owned()).concat();
    let usual = "[ 6544.998792] gitlab-runner[46]: Appending trace to coordinator...ok               \u{1b}[0;m  code\u{1b}[0;m=202 job\u{1b}[0;m=1002 job-log\u{1b}[0;m=0-3103 job-status\u{1b}[0;m=running runner\u{1b}[0;m=fakeWQ3i sent-log\u{1b}[0;m=0-3102 status\u{1b}[0;m=202 Accepted update-interval\u{1b}[0;m=3s\r\n";
    let mut dear = false;
    for (what, text) in [("recorded logs", recorded), ("one line again and again", usual.repeat(1000))] {
        let mut pipeline = Pipeline::new(Format::Raw);
        let mut lines: Vec<Line> = vec![];
        pipeline.feed(text.as_bytes(), &mut |line| lines.push(line));
        let rounds = LINES / lines.len();
        // Of the processor: what else runs on this machine does not count.
        let each = |begun: u64| (worked() - begun) as f64 / (rounds * lines.len()) as f64;

        let (mut count, begun) = (0, worked());
        for _ in 0..rounds {
            pipeline.feed(text.as_bytes(), &mut |_| count += 1);
        }
        let way = each(begun);
        let (mut found, begun) = (0, worked());
        for _ in 0..rounds {
            found += lines.iter().filter(|line| catalogue().find(Some(line.source), line.text()).is_some()).count();
        }
        let search = each(begun);
        println!("{what}: {count} lines at {way:.0} ns, the search {search:.0} ns ({found} found)");
        dear |= search * 10.0 >= way;
    }
    assert!(!dear);
}
