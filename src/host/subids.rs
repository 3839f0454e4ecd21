//! /etc/subuid and /etc/subgid, and the maps in force. Pure parsers and arithmetic.
//! What it stands on: FACTS.md.

use std::ops::RangeInclusive;

/// IDs that the image and the jobs in it need beside the user's own: 65536, and one each for root, podman and runner.
pub const NEEDED: u64 = 65_539;

/// A range of subordinate IDs, as one line of the file grants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    /// Login name, or user ID in digits.
    pub owner: String,
    /// First ID on the host.
    pub start: u64,
    /// How many.
    pub count: u64,
}

impl Range {
    fn end(&self) -> u64 {
        self.start.saturating_add(self.count)
    }

    fn meets(&self, other: &Self) -> bool {
        self.start < other.end() && other.start < self.end()
    }
}

/// Returns a file's ranges, and the numbers (from 1) of the lines that grant nothing because they are malformed.
pub fn parse(text: &str) -> (Vec<Range>, Vec<usize>) {
    let mut ranges = Vec::new();
    let mut malformed = Vec::new();
    for (index, line) in text.split('\n').enumerate() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        // No trimming: shadow reads a leading blank as part of the name and a CR as part of the number.
        match parse_line(line) {
            Some(range) => ranges.push(range),
            None => malformed.push(index + 1),
        }
    }
    (ranges, malformed)
}

fn parse_line(line: &str) -> Option<Range> {
    let [owner, start, count] = line.split(':').collect::<Vec<_>>().try_into().ok()?;
    if owner.is_empty() || owner.starts_with(char::is_whitespace) {
        return None;
    }
    Some(Range { owner: owner.into(), start: start.parse().ok()?, count: count.parse().ok()? })
}

/// Returns how many IDs a user has; lines by name and by number both count.
pub fn total(ranges: &[Range], name: &str, uid: u32) -> u64 {
    mine(ranges, name, uid).map(|range| range.count).sum()
}

/// Returns the user's own lines.
pub fn mine<'a>(ranges: &'a [Range], name: &'a str, uid: u32) -> impl Iterator<Item = &'a Range> {
    let uid = uid.to_string();
    ranges.iter().filter(move |range| range.owner == name || range.owner == uid)
}

/// Ranges of other users that overlap the user's own: theirs, and mine.
pub fn overlaps<'a>(ranges: &'a [Range], name: &'a str, uid: u32) -> Vec<(&'a Range, &'a Range)> {
    let own: Vec<&Range> = mine(ranges, name, uid).collect();
    ranges
        .iter()
        .filter(|range| !own.contains(range))
        .flat_map(|range| own.iter().filter(|own| own.meets(range)).map(move |own| (range, *own)))
        .collect()
}

/// Why the user's own lines make every podman command fail, where they do: two of them overlap, or one covers the
/// user's own ID.
pub fn contradiction(ranges: &[Range], name: &str, uid: u32, own_id: u64) -> Option<String> {
    let own: Vec<&Range> = mine(ranges, name, uid).collect();
    let text = |range: &Range| format!("{}:{}:{}", range.owner, range.start, range.count);
    for (index, range) in own.iter().enumerate() {
        if (range.start..range.end()).contains(&own_id) {
            return Some(format!("{} covers your own ID {own_id}", text(range)));
        }
        if let Some(other) = own[index + 1..].iter().find(|other| other.meets(range)) {
            return Some(format!("{} and {} overlap", text(range), text(other)));
        }
    }
    None
}

/// Returns a free range of `count` IDs: behind the user's own last range where that is free, else behind everybody's.
///
/// `taken` are IDs that real users have (their own, not subordinate). `None` where the room up to `limits` is used up.
pub fn free(
    ranges: &[Range],
    name: &str,
    uid: u32,
    count: u64,
    taken: &[u64],
    limits: &RangeInclusive<u64>,
) -> Option<RangeInclusive<u64>> {
    let is_free = |first: &u64| {
        let last = first + count - 1;
        *first >= *limits.start()
            && last <= *limits.end()
            && !ranges.iter().any(|range| range.start <= last && *first < range.end())
            && !taken.iter().any(|id| (*first..=last).contains(id))
    };
    let own_end = mine(ranges, name, uid).map(Range::end).max();
    let starts = ranges.iter().map(Range::end).chain(taken.iter().map(|id| id + 1)).chain([*limits.start()]);
    let mut starts: Vec<u64> = starts.filter(is_free).collect();
    starts.sort_unstable();
    let first = own_end.filter(is_free).or_else(|| starts.into_iter().next())?;
    Some(first..=first + count - 1)
}

/// Returns how many subordinate IDs a map has: all but the first mapping, which is the user's own ID.
/// `text` is /proc/self/uid_map seen from inside: lines of `inside outside count`.
pub fn mapped(text: &str) -> u64 {
    text.lines()
        .filter_map(|line| {
            let mut numbers = line.split_whitespace().map(str::parse::<u64>);
            match (numbers.next(), numbers.next(), numbers.next()) {
                (Some(Ok(inside)), Some(Ok(_)), Some(Ok(count))) => {
                    Some(if inside == 0 { count - count.min(1) } else { count })
                }
                _ => None,
            }
        })
        .sum()
}

/// SUB_UID_MIN..SUB_UID_MAX (or GID) of /etc/login.defs, else shadow's own defaults.
pub fn limits(login_defs: &str, which: &str) -> RangeInclusive<u64> {
    let value = |key: &str, default| {
        login_defs
            .lines()
            .filter_map(|line| line.split_whitespace().collect::<Vec<_>>().try_into().ok())
            .find_map(|[name, value]: [&str; 2]| (name == key).then(|| value.parse().ok()).flatten())
            .unwrap_or(default)
    };
    value(&format!("SUB_{which}_MIN"), 100_000)..=value(&format!("SUB_{which}_MAX"), 600_100_000)
}

/// Returns the `subid:` line of nsswitch.conf.
pub fn sources(nsswitch: &str) -> Option<String> {
    let line = nsswitch.lines().find_map(|line| line.trim_start().strip_prefix("subid:"))?;
    Some(line.split('#').next().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Returns the sum of `getsubids NAME`: lines of `0: johndoe 100000 65536`.
pub fn listed(text: &str) -> u64 {
    text.lines().filter_map(|line| line.split_whitespace().last()?.parse::<u64>().ok()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULTS: RangeInclusive<u64> = 100_000..=600_100_000;

    fn range(owner: &str, start: u64, count: u64) -> Range {
        Range { owner: owner.into(), start, count }
    }

    #[test]
    fn lines_good_and_bad() {
        let text =
            "johndoe:100000:65536\n# comment\n\n1000:400000:3\nbad line\njane:1:2:3\n johndoe:1:2\njohndoe:5:3\r\n";
        let (ranges, malformed) = parse(text);
        assert_eq!(ranges, [range("johndoe", 100_000, 65_536), range("1000", 400_000, 3)]);
        assert_eq!(malformed, [5, 6, 7, 8]);
        assert_eq!(total(&ranges, "johndoe", 1000), 65_539);
    }

    #[test]
    fn grows_in_place_where_free() {
        let ranges = [range("johndoe", 100_000, 65_536)];
        assert_eq!(free(&ranges, "johndoe", 1000, 3, &[], &DEFAULTS), Some(165_536..=165_538));
    }

    #[test]
    fn never_into_a_neighbour_or_a_real_user() {
        let ranges = [range("johndoe", 100_000, 65_536), range("jane", 165_536, 65_536)];
        assert_eq!(free(&ranges, "johndoe", 1000, 3, &[], &DEFAULTS), Some(231_072..=231_074));
        assert_eq!(free(&ranges, "johndoe", 1000, 3, &[231_073], &DEFAULTS), Some(231_074..=231_076));
        assert_eq!(free(&[], "johndoe", 1000, NEEDED, &[], &DEFAULTS), Some(100_000..=165_538));
        assert_eq!(free(&ranges, "johndoe", 1000, 3, &[], &(100_000..=231_073)), None);
    }

    #[test]
    fn who_meets_whom() {
        let ranges = [range("johndoe", 100_000, 65_539), range("jane", 165_536, 65_536), range("jim", 300_000, 1)];
        assert_eq!(overlaps(&ranges, "johndoe", 1000), [(&ranges[1], &ranges[0])]);
        assert_eq!(contradiction(&ranges, "johndoe", 1000, 1000), None);
        let own = [range("johndoe", 100_000, 10), range("1000", 100_009, 10)];
        assert!(contradiction(&own, "johndoe", 1000, 1000).unwrap().contains("overlap"));
        assert!(overlaps(&own, "johndoe", 1000).is_empty(), "a user's own lines are not another's");
        assert!(contradiction(&[range("johndoe", 900, 200)], "johndoe", 1000, 1000).unwrap().contains("own ID"));
    }

    #[test]
    fn what_the_system_s_programs_say() {
        assert_eq!(listed("0: johndoe 100000 65536\n1: johndoe 400000 3\n"), 65_539);
        assert_eq!(listed("Error fetching ranges"), 0);
        assert_eq!(sources("passwd: files\nsubid: sss files # both\n").as_deref(), Some("sss files"));
        assert_eq!(sources("passwd: files\n"), None);
    }

    #[test]
    fn the_map_in_force() {
        assert_eq!(mapped("         0       1000          1\n         1     100000      65539\n"), 65_539);
        assert_eq!(mapped("0 1000 1\n"), 0);
        assert_eq!(mapped("0 1000 1\n1 100000 65536\n65537 400000 3\n"), 65_539);
        assert_eq!(mapped("garbage"), 0);
    }

    #[test]
    fn limits_of_login_defs() {
        assert_eq!(limits("# SUB_UID_MIN 1\nSUB_UID_MIN\t\t   200000\n", "UID"), 200_000..=600_100_000);
    }
}
