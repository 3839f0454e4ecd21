//! Sizes for people, in steps of a thousand.

use bytesize::ByteSize;

/// Returns so many bytes as people write them: `1.4 GB`.
pub fn human(bytes: u64) -> String {
    ByteSize(bytes).display().si().to_string()
}

/// Returns the bytes of a size as people write it: a number, or with `k`, `M`, `G` (steps of 1000) or `KiB`, `MiB`, `GiB`.
///
/// # Errors
/// It is none; in a few words.
pub fn parse(text: &str) -> Result<u64, String> {
    text.parse::<ByteSize>()
        .map(|size| size.0)
        .map_err(|_| "a number of bytes, or one with its unit: 500k, 64M, 1GiB".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_for_people() {
        for (bytes, text) in [(0, "0 B"), (999, "999 B"), (1_400_000_000, "1.4 GB"), (3_000_000_000_000, "3.0 TB")] {
            assert_eq!(human(bytes), text);
        }
        for (text, bytes) in [("500k", 500_000), ("64MiB", 64 << 20), ("2mb", 2_000_000), ("1048576", 1 << 20)] {
            assert_eq!(parse(text), Ok(bytes), "{text}");
        }
        assert!(parse("M").is_err() && parse("5X").is_err() && parse("").is_err());
    }
}
