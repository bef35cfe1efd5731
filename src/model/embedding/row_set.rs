//! A set of rows that says how many of its own lie before one.

/// Rows of a table, a bit for each, so that even those of a large table stay in the cache.
#[derive(Debug)]
pub(super) struct RowSet {
    words: Vec<Word>,
    /// A bit for each word that has any row: what follows does not take longer the larger the table is.
    used: Vec<u64>,
}

/// As many rows as it has bits.
#[derive(Clone, Copy, Debug, Default)]
struct Word {
    rows: u64,
    /// How many rows of the set lie in the words before it.
    before: u32,
}

impl RowSet {
    /// None of so many rows.
    pub fn new(rows: usize) -> Self {
        let words = rows.div_ceil(64);
        Self {
            words: vec![Word::default(); words],
            used: vec![0; words.div_ceil(64)],
        }
    }

    /// Adds a row, which may be there already.
    #[inline]
    pub fn insert(&mut self, row: u32) {
        let word = row as usize / 64;
        self.words[word].rows |= 1 << (row % 64);
        self.used[word / 64] |= 1 << (word % 64);
    }

    /// The rows in ascending order; now [`Self::rank`] knows how many lie before each.
    pub fn ranked(&mut self) -> Vec<u32> {
        let mut rows = Vec::new();
        for (first, &used) in (0..).step_by(64).zip(&self.used) {
            for word in ones(used).map(|word| first + word as usize) {
                let own = &mut self.words[word];
                own.before = rows.len() as u32;
                let first = word as u32 * 64;
                rows.extend(ones(own.rows).map(|row| first + row));
            }
        }
        rows
    }

    /// How many rows of the set lie before one that is in it.
    #[inline]
    pub fn rank(&self, row: u32) -> u32 {
        let Word { rows, before } = self.words[row as usize / 64];
        before + (rows & ((1 << (row % 64)) - 1)).count_ones()
    }

    /// Takes all rows away.
    pub fn clear(&mut self) {
        for (words, used) in self.words.chunks_mut(64).zip(&mut self.used) {
            for word in ones(std::mem::take(used)) {
                words[word as usize] = Word::default();
            }
        }
    }
}

/// The places of the bits that are 1, from the lowest on.
fn ones(mut bits: u64) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        let place = (bits != 0).then(|| bits.trailing_zeros())?;
        bits &= bits - 1;
        Some(place)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_in_order_each_with_its_rank() {
        let mut set = RowSet::new(10_000);
        // The second set must not see what the first has left behind.
        for mut rows in [vec![9_999, 0, 63, 64, 5_000, 64, 4_095, 4_096], vec![63, 7]] {
            for &row in &rows {
                set.insert(row);
            }
            rows.sort_unstable();
            rows.dedup();
            assert_eq!(set.ranked(), rows);
            for (rank, &row) in rows.iter().enumerate() {
                assert_eq!(set.rank(row) as usize, rank, "{row}");
            }
            set.clear();
        }
        assert!(set.ranked().is_empty());
    }
}
