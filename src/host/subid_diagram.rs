//! A picture of /etc/subuid or /etc/subgid: who has which IDs, what is free, what is about to be added.

use super::subids::Range;
use std::ops::RangeInclusive;

/// Who has a band of IDs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The one who asks.
    You,
    /// Another user.
    Other(String),
    /// Nobody.
    Free,
    /// The one who asks, once the plan has run.
    Added,
}

/// Consecutive IDs of one owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Band {
    /// Who has them.
    pub owner: Owner,
    /// The first.
    pub first: u64,
    /// The last; `None` where it goes on to the end of all IDs.
    pub last: Option<u64>,
    /// It begins before the band above it ends.
    pub overlaps: bool,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// What it is of: `subuid`, `subgid`, or both where they are alike.
    pub title: String,
    /// By their first ID.
    pub bands: Vec<Band>,
}

/// More of them do not fit a screen: then only those beside one's own are shown.
const ROWS: usize = 7;
/// Columns of the strip.
const STRIP: u64 = 38;

impl Picture {
    /// Returns the picture of a file, with what is to be added to it.
    pub fn of(title: &str, ranges: &[Range], mine: &[&Range], added: Option<&RangeInclusive<u64>>) -> Self {
        let band = |owner, first, last| Band { owner, first, last: Some(last), overlaps: false };
        let owned = ranges.iter().filter(|range| range.count > 0).map(|range| {
            let owner = if mine.contains(&range) { Owner::You } else { Owner::Other(range.owner.clone()) };
            band(owner, range.start, range.start.saturating_add(range.count - 1))
        });
        let mut owned: Vec<Band> =
            owned.chain(added.map(|range| band(Owner::Added, *range.start(), *range.end()))).collect();
        owned.sort_by_key(|band| (band.first, band.last));
        let mut bands: Vec<Band> = Vec::new();
        let mut end: Option<u64> = None; // the last ID so far
        for mut band in owned {
            if let Some(end) = end {
                band.overlaps = band.first <= end;
                if band.first > end.saturating_add(1) {
                    bands.push(Band {
                        owner: Owner::Free,
                        first: end + 1,
                        last: Some(band.first - 1),
                        overlaps: false,
                    });
                }
            }
            end = end.max(band.last);
            bands.push(band);
        }
        if let Some(end) = end {
            bands.push(Band { owner: Owner::Free, first: end.saturating_add(1), last: None, overlaps: false });
        }
        Self { title: title.into(), bands }
    }

    /// Two that look alike become one.
    pub fn merged(pictures: Vec<Self>) -> Vec<Self> {
        match pictures.as_slice() {
            [one, other] if one.bands == other.bands => {
                vec![Self { title: format!("{}, {}", one.title, other.title), bands: one.bands.clone() }]
            }
            _ => pictures,
        }
    }

    /// Returns whether something is added, or wrong.
    pub fn changes(&self) -> bool {
        self.bands.iter().any(|band| band.overlaps || band.owner == Owner::Added)
    }

    /// Returns a strip in proportion, and below it each band with its numbers; at most 60 columns. ASCII where the
    /// locale has no more.
    pub fn lines(&self, unicode: bool) -> Vec<String> {
        let sign = |owner: &Owner| match (owner, unicode) {
            (Owner::You, true) => '█',
            (Owner::You, false) => '#',
            (Owner::Other(_), true) => '░',
            (Owner::Other(_), false) => ':',
            (Owner::Free, true) => '·',
            (Owner::Free, false) => '.',
            (Owner::Added, _) => '+',
        };
        if self.bands.is_empty() {
            return vec![];
        }
        let shown = self.shown();
        let strip = strip(shown.iter().copied(), sign);
        let dash = if unicode { '–' } else { '-' };
        let mut lines = vec![format!("{}  {strip}", self.title)];
        for band in &shown {
            let owner = match &band.owner {
                Owner::You => "yours".to_owned(),
                Owner::Other(name) => crate::text::sanitize::sanitize(name),
                Owner::Free => "free".to_owned(),
                Owner::Added => "yours after this".to_owned(),
            };
            let note = if band.overlaps { ", overlaps!" } else { "" };
            lines.push(match band.last {
                Some(last) => format!(
                    "  {} {:>10} {dash} {last:<10} {:>9}  {owner}{note}",
                    sign(&band.owner),
                    band.first,
                    last - band.first + 1
                ),
                None => format!("  {} {:>10} {dash} {:<10} {:>9}  {owner}", sign(&band.owner), band.first, "", ""),
            });
        }
        if shown.len() < self.bands.len() {
            lines.push(format!("  and {} more", self.bands.len() - shown.len()));
        }
        lines
    }

    /// All; where they are too many, one's own and what lies beside them.
    fn shown(&self) -> Vec<&Band> {
        if self.bands.len() <= ROWS {
            return self.bands.iter().collect();
        }
        let own = |at: usize| self.bands.get(at).is_some_and(|b| matches!(b.owner, Owner::You | Owner::Added));
        let near = |at: usize| own(at) || own(at + 1) || at.checked_sub(1).is_some_and(own);
        let shown: Vec<_> =
            self.bands.iter().enumerate().filter(|(at, band)| near(*at) || band.overlaps).map(|(_, b)| b).collect();
        if shown.is_empty() { self.bands.iter().rev().take(ROWS).rev().collect() } else { shown }
    }
}

/// Every band has a column at least; what is free is never the widest.
fn strip<'a>(bands: impl Iterator<Item = &'a Band> + Clone, sign: impl Fn(&Owner) -> char) -> String {
    let count = |band: &Band| band.last.map_or(u64::MAX, |last| last - band.first + 1);
    let widest = bands.clone().filter(|b| b.owner != Owner::Free).map(count).max().unwrap_or(1);
    let weight = |band: &Band| if band.owner == Owner::Free { count(band).min(widest / 4) } else { count(band) };
    let all: u64 = bands.clone().map(weight).fold(0, u64::saturating_add).max(1);
    let cells = |band: &Band| (u128::from(weight(band)) * u128::from(STRIP) / u128::from(all)).max(1) as usize;
    bands.map(|band| String::from(sign(&band.owner)).repeat(cells(band))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(owner: &str, start: u64, count: u64) -> Range {
        Range { owner: owner.into(), start, count }
    }

    #[test]
    fn a_neighbour_a_gap_and_what_is_added() {
        let ranges = [range("johndoe", 100_000, 65_536), range("jane", 165_536, 65_536), range("jim", 300_000, 1000)];
        let picture = Picture::of("subuid", &ranges, &[&ranges[0]], Some(&(231_072..=231_074)));
        let lines = picture.lines(true);
        assert_eq!(
            lines,
            [
                "subuid  ███████████████░░░░░░░░░░░░░░░+···░···",
                "  █     100000 – 165535         65536  yours",
                "  ░     165536 – 231071         65536  jane",
                "  +     231072 – 231074             3  yours after this",
                "  ·     231075 – 299999         68925  free",
                "  ░     300000 – 300999          1000  jim",
                "  ·     301000 –                       free",
            ]
        );
        let ascii = picture.lines(false);
        assert!(ascii.iter().all(|line| line.is_ascii() && line.len() <= 60), "{ascii:#?}");
        assert_eq!(ascii.len(), lines.len());
    }

    #[test]
    fn an_overlap_is_marked_and_a_crowd_is_not_shown() {
        let ranges = [range("johndoe", 100_000, 65_539), range("jane", 165_536, 65_536)];
        let lines = Picture::of("subuid", &ranges, &[&ranges[0]], None).lines(true);
        assert!(lines[2].ends_with("jane, overlaps!"), "{lines:#?}");
        let many: Vec<Range> = (0..300).map(|n| range(&format!("u{n}"), 100_000 + n * 65_536, 65_536)).collect();
        let lines = Picture::of("subuid", &many, &[&many[7]], Some(&(30_000_000..=30_000_002))).lines(true);
        assert!(lines.len() < 12 && lines[0].chars().count() <= 60, "{lines:#?}");
        assert!(lines.last().unwrap().starts_with("  and 29"), "{lines:#?}");
        assert!(
            lines.iter().any(|line| line.ends_with("yours")) && lines.iter().any(|line| line.ends_with("after this"))
        );
        // Numbers that no system has break nothing.
        let odd = [range("johndoe", u64::MAX - 5, u64::MAX), range("jane", 0, u64::MAX)];
        assert!(!Picture::of("subuid", &odd, &[&odd[0]], None).lines(true).is_empty());
        assert!(Picture::of("subuid", &[], &[], None).lines(true).is_empty());
    }
}
