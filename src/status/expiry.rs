//! When a runner's token expires. gitlab-runner has GitLab renew it when three quarters of its life are over; where that
//! fails, the runner is locked out on that day.

use jiff::{SignedDuration, Timestamp};

/// How near that day is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It is far off.
    Far,
    /// It is near, or the renewal is overdue.
    Near,
    /// It is past: GitLab takes the token no more.
    Past,
}

/// From so many days before that day on it is near.
const NEAR: i64 = 14;
const DAY: i64 = 24 * 3600;
/// How late a renewal may be, in seconds: gitlab-runner looks once an hour.
const LATE: i64 = 2 * 3600;

/// A token that expires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expiry {
    /// How near it is.
    pub stage: Stage,
    /// When, in words.
    pub words: String,
}

impl Expiry {
    /// Says how it stands at this time.
    pub fn of(obtained: Option<Timestamp>, expires: Timestamp, now: Timestamp) -> Self {
        let day = |at: Timestamp| at.strftime("%Y-%m-%d").to_string();
        let left = expires.duration_since(now).as_secs();
        if left <= 0 {
            let words = format!("its token expired on {}: GitLab takes it no more", day(expires));
            return Self { stage: Stage::Past, words };
        }
        let in_days = match left / DAY {
            0 => "within a day".into(),
            1 => "in 1 day".into(),
            days => format!("in {days} days"),
        };
        let words = format!("its token expires on {}, {in_days}", day(expires));
        let due = obtained.filter(|obtained| *obtained < expires).and_then(|obtained| {
            let life = expires.duration_since(obtained).as_secs();
            obtained.checked_add(SignedDuration::from_secs(life / 4 * 3)).ok()
        });
        if let Some(due) = due.filter(|due| now.duration_since(*due).as_secs() > LATE) {
            let words =
                format!("{words}; its renewal is due since {}: `pipglr doctor` says what GitLab answers", day(due));
            return Self { stage: Stage::Near, words };
        }
        Self { stage: if left <= NEAR * DAY { Stage::Near } else { Stage::Far }, words }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fourteen_days_before_it_is_near_and_then_it_is_past() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let of = |now: &str| {
            let expiry = Expiry::of(Some(at("2026-12-24T00:00:00Z")), at("2027-01-01T00:00:00Z"), at(now));
            (expiry.stage, expiry.words)
        };
        let without = |now: &str| Expiry::of(None, at("2027-01-01T00:00:00Z"), at(now));
        assert_eq!(without("2026-12-17T00:00:00Z").stage, Stage::Far);
        assert_eq!(without("2026-12-17T00:00:00Z").words, "its token expires on 2027-01-01, in 15 days");
        assert_eq!(without("2026-12-18T00:00:01Z").stage, Stage::Near);
        assert_eq!(of("2026-12-29T00:00:00Z").1, "its token expires on 2027-01-01, in 3 days");
        assert!(of("2026-12-31T12:00:00Z").1.contains("within a day; its renewal is due since 2026-12-30"));
        assert_eq!(of("2027-01-01T00:00:00Z").0, Stage::Past);
    }
}
