//! What the fuzzer (tests/fuzz) has tried, tried again: its corpus, and the recorded logs, in every format.

#[path = "../fuzz/check.rs"]
mod check;

fn files(folder: &str) -> Vec<Vec<u8>> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    std::fs::read_dir(folder).unwrap().map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect()
}

#[test]
fn what_the_fuzzer_has_tried() {
    let all = files("fuzz/corpus");
    assert!(all.len() > 100, "the corpus is there");
    all.iter().for_each(|input| check::check(input));
}

#[test]
fn recorded_logs_whatever_they_are_taken_for() {
    for log in files("recorded/logs") {
        for how in 0..4 {
            check::check(&[&[how, 60][..], &log].concat());
        }
    }
}
