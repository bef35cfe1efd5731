//! Ids for the values of a sparse column, fitted on the training rows alone.

use std::collections::HashMap;

use super::column_spec::ColumnSpec;
use super::fingerprint::hash_of_text;
use super::interner::{Interner, key_of_text, visit_keys};
use super::table::Values;

/// The id of a value that training rows do not have, or too rarely.
pub(super) const UNSEEN: u32 = 0;
/// The id of a missing value.
const MISSING: u32 = 1;
const NUM_RESERVED: u32 = 2;

/// The ids of a column's values.
pub(super) enum Vocabulary {
    /// Values that training shows often enough have an id each.
    Listed {
        interner: Interner,
        /// The id of each interned value.
        ids: Vec<u32>,
        len: u32,
    },
    /// Values share so many ids by the hash of their text.
    Hashed(u32),
}

impl Vocabulary {
    /// Values seen at least `min_count` times in the training rows, in order of first appearance there; or hashes.
    pub(super) fn fit(values: &Values, train: &[u32], spec: &ColumnSpec) -> Self {
        if let Some(buckets) = spec.hash_buckets {
            return Self::Hashed(buckets.max(1));
        }
        let mut interner = Interner::new(values);
        let mut counts: Vec<u32> = Vec::new();
        visit_keys(values, train.iter().map(|&row| row as usize), |_, key| {
            let Some(key) = key else { return };
            let number = interner.intern(key) as usize;
            if number == counts.len() {
                counts.push(0);
            }
            counts[number] += 1;
        });
        let (ids, len) = numbered(counts, spec);
        Self::Listed { interner, ids, len }
    }

    /// The id of each text of lists that have a vocabulary of their own, and the number of ids.
    ///
    /// `seen` is what the training rows hold, item by item.
    pub(super) fn ids_of_lists<'a>(
        spec: &ColumnSpec,
        dictionary: &[String],
        seen: impl Iterator<Item = &'a u32>,
    ) -> (Vec<u32>, usize) {
        if let Some(buckets) = spec.hash_buckets {
            let hashed = dictionary.iter().map(|text| hashed(text, buckets.max(1)));
            return (hashed.collect(), (NUM_RESERVED + buckets.max(1)) as usize);
        }
        let mut order = Vec::new();
        let mut counts = vec![0_u32; dictionary.len()];
        for &code in seen {
            let count = &mut counts[code as usize];
            if *count == 0 {
                order.push(code);
            }
            *count += 1;
        }
        let in_order = order.iter().map(|&code| counts[code as usize]);
        let (ids, len) = numbered(in_order.collect(), spec);
        let mut ids_of_codes = vec![UNSEEN; dictionary.len()];
        for (&code, id) in order.iter().zip(ids) {
            ids_of_codes[code as usize] = id;
        }
        (ids_of_codes, len as usize)
    }

    /// The ids of texts as if they stood in this column.
    pub(super) fn ids_of_texts(&self, values: &Values, texts: &[String]) -> Vec<u32> {
        let (interner, ids) = match self {
            Self::Hashed(buckets) => {
                return texts.iter().map(|text| hashed(text, *buckets)).collect();
            }
            Self::Listed { interner, ids, .. } => (interner, ids),
        };
        let codes: HashMap<&str, u64> = match values {
            Values::Text { dictionary, .. } => (0..)
                .zip(dictionary.iter())
                .map(|(code, text)| (text.as_str(), code))
                .collect(),
            _ => HashMap::new(),
        };
        let id = |text: &String| {
            let key = codes
                .get(text.as_str())
                .copied()
                .or_else(|| key_of_text(values, text))?;
            Some(ids[interner.find(key)? as usize])
        };
        texts
            .iter()
            .map(|text| id(text).unwrap_or(UNSEEN))
            .collect()
    }

    /// The number of ids, the two reserved ones among them.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Listed { len, .. } => *len as usize,
            Self::Hashed(buckets) => (NUM_RESERVED + buckets) as usize,
        }
    }

    /// Writes the ids of `num` rows from `first` on to every `stride`-th place of `out`.
    pub(super) fn write(
        &self,
        values: &Values,
        first: usize,
        num: usize,
        out: &mut [u32],
        stride: usize,
    ) {
        visit_keys(values, first..first + num, |row, key| {
            out[(row - first) * stride] = match (key, self) {
                (None, _) => MISSING,
                (Some(key), Self::Listed { interner, ids, .. }) => interner
                    .find(key)
                    .map_or(UNSEEN, |number| ids[number as usize]),
                (Some(_), Self::Hashed(buckets)) => hashed(&values.display(row), *buckets),
            };
        });
    }
}

/// The ids of values seen so often, those that share one among them, and the number of ids.
fn numbered(mut counts: Vec<u32>, spec: &ColumnSpec) -> (Vec<u32>, u32) {
    let min_count = spec.min_count.unwrap_or(1).max(1);
    let mut len = NUM_RESERVED;
    for count in &mut counts {
        *count = if *count >= min_count {
            len += 1;
            len - 1
        } else {
            UNSEEN
        };
    }
    (counts, len)
}

/// The id of a text among so many; the same on every machine.
fn hashed(text: &str, buckets: u32) -> u32 {
    NUM_RESERVED + (hash_of_text(text) % u64::from(buckets)) as u32
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn ids(values: &Values, train: &[u32], min_count: u32, rows: usize) -> (Vec<u32>, usize) {
        let spec = ColumnSpec {
            min_count: Some(min_count),
            ..ColumnSpec::default()
        };
        let vocabulary = Vocabulary::fit(values, train, &spec);
        let mut out = vec![99; rows];
        vocabulary.write(values, 0, rows, &mut out, 1);
        (out, vocabulary.len())
    }

    #[test]
    fn ids_are_unseen_then_missing_then_first_appearance_in_training() {
        let values = Values::Integer(Arc::new(
            [50, 10, 10, 0, 30, 20]
                .map(|value| (value > 0).then_some(value))
                .into_iter()
                .collect(),
        ));
        // Row 0 and row 4 are not training rows: 50 and 30 are unseen.
        assert_eq!(
            ids(&values, &[1, 2, 3, 5], 1, 6),
            (vec![0, 2, 2, 1, 0, 3], 4)
        );
        assert_eq!(
            ids(&values, &[1, 2, 3, 5], 2, 6),
            (vec![0, 2, 2, 1, 0, 0], 3)
        );
    }

    #[test]
    fn text_and_real_columns_have_ids_too() {
        let dictionary = Arc::new(vec!["a".to_owned(), "b".to_owned()]);
        let text = Values::Text {
            codes: Arc::new([Some(1), None, Some(0)].into_iter().collect()),
            dictionary,
        };
        assert_eq!(ids(&text, &[0, 1, 2], 1, 3), (vec![2, 1, 3], 4));
        let real = Values::Real(Arc::new([0.5, f64::NAN, 0.25, 0.5].into_iter().collect()));
        assert_eq!(ids(&real, &[2, 3], 1, 4), (vec![3, 1, 2, 3], 4));
    }
}
