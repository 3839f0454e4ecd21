//! What becomes of each key of config.toml in a cluster: `assets/helm.tsv`, by the chart's `values.yaml` and templates and
//! by the executors' keys of gitlab-runner 19.4.

use std::sync::LazyLock;

/// The chart that the values are for.
pub const CHART: &str = "gitlab-runner 0.86.0";

/// What becomes of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its path in config.toml, as `assets/config-keys.tsv` writes it.
    pub key: &'static str,
    /// Its path in the values, or in `[runners.kubernetes]` for one of docker's; empty where it goes nowhere.
    pub to: &'static str,
    /// How it gets there: `same`, `drop`, `none`, or a conversion by name.
    pub how: &'static str,
    /// What is lost, or to be minded.
    pub mind: &'static str,
}

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let text = include_str!("../../../assets/helm.tsv");
    let row = |line: &'static str| {
        let mut cells = line.split('\t');
        let mut next = || cells.next().unwrap_or_default();
        Row { key: next(), to: next(), how: next(), mind: next() }
    };
    text.lines().skip(1).map(row).collect()
});

/// Returns all rows.
pub fn all() -> &'static [Row] {
    &ROWS
}

/// Returns the row of a key; capitals do not matter.
pub fn of(key: &str) -> Option<Row> {
    ROWS.iter().find(|row| row.key.eq_ignore_ascii_case(key)).copied()
}
