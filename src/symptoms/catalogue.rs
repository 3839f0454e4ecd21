//! Finds the symptom that a line shows: one pass over the line for all literal parts, and regexes after, where one is there.

use super::Symptom;
use super::search::Search;
use crate::source::Source;
use crate::symptoms;
use std::sync::LazyLock;

/// As many symptoms as [`Catalogue::find_place`] has bits for.
pub const MOST: usize = 384;

/// All symptoms, ready to be looked for.
pub struct Catalogue {
    symptoms: Vec<Symptom>,
    parts: Option<Search>,
}

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    // The data is compiled in and tested: it is as it should be. A program whose doctor knows nothing still runs.
    let symptoms = symptoms::read().unwrap_or_default();
    let parts = Search::new(
        symptoms.iter().enumerate().flat_map(|(at, symptom)| symptom.parts.iter().map(move |part| (part.as_str(), at))),
    );
    Catalogue { symptoms, parts }
});

/// Returns the catalogue; read at the first call (about a millisecond).
pub fn catalogue() -> &'static Catalogue {
    &CATALOGUE
}

impl Catalogue {
    /// Returns all, the likeliest first, causes before what follows from them.
    pub fn all(&self) -> &[Symptom] {
        &self.symptoms
    }

    /// Returns the place of one in [`Self::all`].
    pub fn place(&self, id: &str) -> Option<usize> {
        self.symptoms.iter().position(|symptom| symptom.id == id)
    }

    /// Returns what a line shows, the likeliest where it is several. `text` is the line without the journal's prefix,
    /// sanitised; `source` is `None` where the line does not say whose it is.
    pub fn find(&self, source: Option<Source>, text: &str) -> Option<&Symptom> {
        self.find_place(source, text).map(|at| &self.symptoms[at])
    }

    /// As [`Self::find`]: its place in [`Self::all`].
    pub fn find_place(&self, source: Option<Source>, text: &str) -> Option<usize> {
        self.first(text, |symptom| symptom.source.fits(source))
    }

    /// As [`Self::find_place`], in what a job itself has printed: that is no evidence of what ails the host.
    pub fn find_in_job(&self, text: &str) -> Option<usize> {
        self.first(text, |symptom| symptom.job)
    }

    fn first(&self, text: &str, fits: impl Fn(&Symptom) -> bool) -> Option<usize> {
        let mut seen = [0_u128; MOST / 128];
        self.parts.as_ref()?.search(text, |at| seen[at / 128] |= 1 << (at % 128));
        for (block, mut seen) in seen.into_iter().enumerate() {
            while seen != 0 {
                let at = block * 128 + seen.trailing_zeros() as usize;
                seen &= seen - 1;
                let symptom = &self.symptoms[at];
                if fits(symptom) && symptom.regex.as_ref().is_none_or(|regex| regex.is_match(text)) {
                    return Some(at);
                }
            }
        }
        None
    }
}
