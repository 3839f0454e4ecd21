//! Sizes for people.

/// Bytes for people: `1.4 GB`.
pub fn human(bytes: u64) -> String {
    let mut size = bytes as f64;
    for unit in ["B", "kB", "MB", "GB"] {
        if size < 1000.0 {
            return if unit == "B" { format!("{bytes} B") } else { format!("{size:.1} {unit}") };
        }
        size /= 1000.0;
    }
    format!("{size:.1} TB")
}

#[cfg(test)]
mod tests {
    #[test]
    fn sizes_for_people() {
        for (bytes, text) in [(0, "0 B"), (999, "999 B"), (1_400_000_000, "1.4 GB"), (3_000_000_000_000, "3.0 TB")] {
            assert_eq!(super::human(bytes), text);
        }
    }
}
