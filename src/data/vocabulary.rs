//! Ids for the values of a sparse column, fitted on the training rows alone.

use super::interner::{Interner, visit_keys};
use super::table::Values;

/// The id of a value that training rows do not have, or too rarely.
pub(super) const UNSEEN: u32 = 0;
/// The id of a missing value.
const MISSING: u32 = 1;
const NUM_RESERVED: u32 = 2;

/// The values of a column that have an id of their own.
pub(super) struct Vocabulary {
    interner: Interner,
    /// The id of each interned value.
    ids: Vec<u32>,
    len: u32,
}

impl Vocabulary {
    /// Values seen at least `min_count` times in the training rows, in order of first appearance there.
    pub(super) fn fit(values: &Values, train: &[u32], min_count: u32) -> Self {
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
        let mut len = NUM_RESERVED;
        let mut ids = counts;
        for count in &mut ids {
            *count = if *count >= min_count.max(1) {
                len += 1;
                len - 1
            } else {
                UNSEEN
            };
        }
        Self { interner, ids, len }
    }

    /// The number of ids, the two reserved ones among them.
    pub(super) fn len(&self) -> usize {
        self.len as usize
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
            out[(row - first) * stride] = match key {
                Some(key) => self
                    .interner
                    .find(key)
                    .map_or(UNSEEN, |number| self.ids[number as usize]),
                None => MISSING,
            };
        });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::data::table::{MISSING_CODE, MISSING_INTEGER};

    fn ids(values: &Values, train: &[u32], min_count: u32, rows: usize) -> (Vec<u32>, usize) {
        let vocabulary = Vocabulary::fit(values, train, min_count);
        let mut out = vec![99; rows];
        vocabulary.write(values, 0, rows, &mut out, 1);
        (out, vocabulary.len())
    }

    #[test]
    fn ids_are_unseen_then_missing_then_first_appearance_in_training() {
        let values = Values::Integer(Arc::new(vec![50, 10, 10, MISSING_INTEGER, 30, 20]));
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
            codes: Arc::new(vec![1, MISSING_CODE, 0]),
            dictionary,
        };
        assert_eq!(ids(&text, &[0, 1, 2], 1, 3), (vec![2, 1, 3], 4));
        let real = Values::Real(Arc::new(vec![0.5, f64::NAN, 0.25, 0.5]));
        assert_eq!(ids(&real, &[2, 3], 1, 4), (vec![3, 1, 2, 3], 4));
    }
}
