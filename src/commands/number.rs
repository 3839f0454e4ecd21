//! A number on the command line; what is none is told in a sentence that says what it is for.

use std::ops::RangeInclusive;
use std::str::FromStr;

/// Returns what reads a whole number within a range, or says what it is: `how many lines, such as 1000`.
pub(super) fn number<T: FromStr + PartialOrd>(
    range: RangeInclusive<T>,
    what: &'static str,
) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static
where
    RangeInclusive<T>: Clone + Send + Sync + 'static,
{
    move |text| text.parse().ok().filter(|number| range.contains(number)).ok_or_else(|| what.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_and_what_is_out_of_range_are_told_alike() {
        let read = number(1..=100_u32, "a number from 1 to 100");
        assert_eq!((read("1"), read("100")), (Ok(1), Ok(100)));
        for text in ["0", "101", "", "abc", "-1", "1.5", "99999999999999999999999"] {
            assert_eq!(read(text), Err("a number from 1 to 100".into()), "{text}");
        }
    }
}
