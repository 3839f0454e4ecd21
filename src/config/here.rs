//! What a key does on the nested podman of pipglr's image: the last column of `assets/config-keys.tsv`, as real jobs
//! showed it with podman 5.4.2 in the image, gitlab-runner 17.5.5 and 19.4.0.
//!
//! A cell is one or more of `EFFECT[ in PATTERNS][ except PATTERNS]: what is so. What to do`, with ` | ` between them;
//! a pattern is a value, with `*` at its end for what begins so.

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
        Some(Self { effect, only: list(only), except: list(except), says, hint })
    }

    /// Returns whether it is about this value.
    pub fn concerns(&self, value: &str) -> bool {
        let among = |patterns: &[&str]| patterns.iter().any(|pattern| matches(pattern, value));
        (self.only.is_empty() || among(&self.only)) && !among(&self.except)
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
        assert!(here[0].concerns("ax") && here[0].concerns("container:x"));
        assert!(!here[0].concerns("ab") && !here[0].concerns("b") && here[1].concerns("b"));
    }
}
