//! What a key does on the nested podman of pipglr's image: the last column of `assets/config-keys.tsv`, as real jobs
//! showed it with podman 5.4.2 in the image, gitlab-runner 17.5.5 and 19.4.0.
//!
//! A cell is one or more of `EFFECT[ in PATTERNS][ except PATTERNS][ without NAME]: what is so. What to do`, with ` | `
//! between them; a pattern is a value, with `*` at its end for what begins so, and NAME what jobs do not have: `cgroups`,
//! or a controller of theirs.

use super::cgroups::Controllers;

/// What comes of a key here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// As GitLab documents it.
    Works,
    /// Otherwise than documented, or on a condition.
    Differs,
    /// Jobs go on, and somebody will be surprised.
    Beware,
    /// Nothing happens, and nobody says so.
    Ignored,
    /// Jobs fail.
    Fails,
}

impl Effect {
    /// Returns whether lint says it.
    pub fn is_finding(self) -> bool {
        matches!(self, Self::Beware | Self::Ignored | Self::Fails)
    }
}

/// One entry of a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Here {
    /// What comes of it.
    pub effect: Effect,
    only: Vec<&'static str>,
    except: Vec<&'static str>,
    without: Option<&'static str>,
    /// What is so; a sentence, or empty.
    pub says: &'static str,
    /// What to do; a sentence, or empty.
    pub hint: &'static str,
}

impl Here {
    /// Reads a cell.
    pub fn read(cell: &'static str) -> Vec<Self> {
        cell.split(" | ").filter_map(Self::one).collect()
    }

    fn one(entry: &'static str) -> Option<Self> {
        // `container:*` has a colon of its own: the one with a blank behind it counts.
        let (head, text) = entry.split_once(": ").unwrap_or((entry, ""));
        let (head, without) = head.split_once(" without ").map_or((head, None), |(head, name)| (head, Some(name)));
        let (head, except) = head.split_once(" except ").unwrap_or((head, ""));
        let (effect, only) = head.split_once(" in ").unwrap_or((head, ""));
        let effect = match effect {
            "works" => Effect::Works,
            "differs" => Effect::Differs,
            "beware" => Effect::Beware,
            "ignored" => Effect::Ignored,
            "fails" => Effect::Fails,
            _ => return None,
        };
        let list = |text: &'static str| text.split(',').filter(|pattern| !pattern.is_empty()).collect();
        let (says, hint) = text.rsplit_once(". ").unwrap_or((text, ""));
        Some(Self { effect, only: list(only), except: list(except), without, says, hint })
    }

    /// Returns whether it is about this value, where jobs have these controllers.
    pub fn concerns(&self, value: &str, controllers: Controllers) -> bool {
        let among = |patterns: &[&str]| patterns.iter().any(|pattern| matches(pattern, value));
        let lacks = self.without.is_none_or(|name| !controllers.has(name));
        (self.only.is_empty() || among(&self.only)) && !among(&self.except) && lacks
    }
}

fn matches(pattern: &str, value: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(begin) => value.starts_with(begin),
        None => pattern == value,
    }
}

#[cfg(test)]
mod tests {
    use super::super::keys;
    use super::*;

    #[test]
    fn the_column_can_be_read() {
        let cells: Vec<_> = keys::all().iter().filter(|key| !key.here.is_empty()).collect();
        assert!(cells.len() > 40, "{}", cells.len());
        for key in cells {
            for here in &key.here {
                assert!(!here.effect.is_finding() || !here.says.is_empty() && !here.hint.is_empty(), "{}", key.path);
            }
        }
    }

    #[test]
    fn patterns() {
        let here = &Here::read("fails in a*,container:* except ab: It is so. Do that | works")[..];
        assert_eq!((here[0].says, here[0].hint, here[1].effect), ("It is so", "Do that", Effect::Works));
        let concerns = |at: usize, value| here[at].concerns(value, Controllers::default());
        assert!(concerns(0, "ax") && concerns(0, "container:x"));
        assert!(!concerns(0, "ab") && !concerns(0, "b") && concerns(1, "b"));
    }

    #[test]
    fn what_holds_without_a_controller_alone() {
        let here = &Here::read(
            "ignored without cgroups: It is so. Do that | fails in 0 without cpuset: It is so. Do that",
        )[..];
        for (controllers, expected) in
            [("", [true, true]), ("cpu memory", [false, true]), ("cpuset cpu memory", [false; 2])]
        {
            let controllers = Controllers::read(controllers);
            assert_eq!([0, 1].map(|at| here[at].concerns("0", controllers)), expected, "{controllers:?}");
        }
        assert!(!here[1].concerns("1", Controllers::default()));
    }
}
