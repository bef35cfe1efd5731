//! Values of any type as small numbers in the order of their first appearance.
//!
//! Text and whole numbers of a narrow range are looked up in an array, everything else in a hash map that is never iterated.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::integers::Integers;
use super::table::Values;

const FREE: u32 = u32::MAX;
/// Ranges up to this many whole numbers are looked up in an array whatever the number of rows.
const SMALL_RANGE: u64 = 1 << 16;

/// Numbers for values, in the order in which they first appear.
pub(super) struct Interner {
    slots: Slots,
    len: u32,
}

enum Slots {
    Array { low: u64, numbers: Vec<u32> },
    Map(HashMap<u64, u32, BuildHasherDefault<Mix>>),
}

impl Interner {
    /// An empty one that fits a column.
    pub(super) fn new(values: &Values) -> Self {
        let array = |low: i64, size: usize| Slots::Array {
            low: low as u64,
            numbers: vec![FREE; size],
        };
        let slots = match values {
            Values::Text { dictionary, .. } | Values::List { dictionary, .. } => {
                array(0, dictionary.len())
            }
            Values::Integer(values) => match narrow_range(values) {
                Some((low, size)) => array(low, size),
                None => Slots::Map(HashMap::default()),
            },
            Values::Real(_) => Slots::Map(HashMap::default()),
        };
        Self { slots, len: 0 }
    }

    /// The number of a value, a new one if it has none.
    pub(super) fn intern(&mut self, key: u64) -> u32 {
        let slot = match &mut self.slots {
            Slots::Array { low, numbers } => &mut numbers[key.wrapping_sub(*low) as usize],
            Slots::Map(map) => map.entry(key).or_insert(FREE),
        };
        if *slot == FREE {
            *slot = self.len;
            self.len += 1;
        }
        *slot
    }

    /// The number of a value, if it has one.
    pub(super) fn find(&self, key: u64) -> Option<u32> {
        let slot = match &self.slots {
            Slots::Array { low, numbers } => numbers.get(key.wrapping_sub(*low) as usize),
            Slots::Map(map) => map.get(&key),
        };
        slot.copied().filter(|&number| number != FREE)
    }
}

/// Calls `visit` with each row and the key of its value, `None` where it is missing; lists have no key of their own.
pub(super) fn visit_keys(
    values: &Values,
    rows: impl Iterator<Item = usize>,
    mut visit: impl FnMut(usize, Option<u64>),
) {
    match values {
        Values::Integer(numbers) | Values::Text { codes: numbers, .. } => {
            numbers.visit(rows, |row, number| {
                visit(row, number.map(|number| number as u64));
            });
        }
        Values::Real(values) => values.visit(rows, |row, value| visit(row, real_key(value))),
        Values::List { .. } => rows.for_each(|row| visit(row, None)),
    }
}

/// A number for each row's value in order of first appearance, and how many there are; missing values share one number.
pub(super) fn numbered(
    values: &Values,
    rows: impl ExactSizeIterator<Item = usize>,
) -> (Vec<u32>, usize) {
    let mut interner = Interner::new(values);
    let mut of_interned = Vec::new();
    let mut of_missing = None;
    let mut count = 0;
    let mut numbers = Vec::with_capacity(rows.len());
    let mut next = || {
        count += 1;
        count - 1
    };
    visit_keys(values, rows, |_, key| {
        let number = match key {
            None => *of_missing.get_or_insert_with(&mut next),
            Some(key) => {
                let interned = interner.intern(key) as usize;
                if interned == of_interned.len() {
                    of_interned.push(next());
                }
                of_interned[interned]
            }
        };
        numbers.push(number);
    });
    (numbers, count as usize)
}

/// The rows in which each value first stands, in order; missing values are left out.
pub(super) fn first_rows(values: &Values, num_rows: usize) -> Vec<usize> {
    let mut interner = Interner::new(values);
    let mut first = Vec::new();
    visit_keys(values, 0..num_rows, |row, key| {
        let number = key.map(|key| interner.intern(key) as usize);
        if number == Some(first.len()) {
            first.push(row);
        }
    });
    first
}

/// The key of a number's text in a column of numbers; `None` for what is no number, and in other columns.
pub(super) fn key_of_text(values: &Values, text: &str) -> Option<u64> {
    match values {
        Values::Integer(_) => text.trim().parse::<i64>().ok().map(|value| value as u64),
        Values::Real(_) => text.trim().parse().ok().and_then(real_key),
        Values::Text { .. } | Values::List { .. } => None,
    }
}

/// The key of a real number: its bits, the two zeros being one; `None` for NaN.
fn real_key(value: f64) -> Option<u64> {
    (!value.is_nan()).then(|| (value + 0.0).to_bits())
}

/// The least value and the size of the range, if an array over it is worth its memory.
fn narrow_range(values: &Integers) -> Option<(i64, usize)> {
    let (mut low, mut high) = (i64::MAX, i64::MIN);
    values.visit(0..values.len(), |_, value| {
        low = value.map_or(low, |value| low.min(value));
        high = value.map_or(high, |value| high.max(value));
    });
    if low > high {
        return None;
    }
    let span = high.abs_diff(low);
    (span < SMALL_RANGE.max(2 * values.len() as u64)).then_some((low, span as usize + 1))
}

/// A multiply-and-fold hash for keys that are already numbers.
#[derive(Default)]
struct Mix(u64);

impl Hasher for Mix {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(u64::from(byte));
        }
    }

    fn write_u64(&mut self, word: u64) {
        let wide = u128::from(self.0 ^ word ^ 0x9e37_79b9_7f4a_7c15) * 0xd6e8_feb8_6659_fd93;
        self.0 = (wide as u64) ^ ((wide >> 64) as u64);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn numbers_follow_first_appearance_and_missing_is_one_of_them() {
        let gappy = [Some(7), None, Some(-3), Some(7), None, Some(9)];
        let values = Values::Integer(Arc::new(gappy.into_iter().collect()));
        assert_eq!(numbered(&values, 0..6), (vec![0, 1, 2, 0, 1, 3], 4));
        let wide = Values::Integer(Arc::new(Integers::from_iter([
            i64::MAX,
            5,
            i64::MIN + 1,
            i64::MAX,
        ])));
        assert_eq!(numbered(&wide, 0..4), (vec![0, 1, 2, 0], 3));
    }

    #[test]
    fn both_zeros_are_one_value_and_unknown_keys_are_not_found() {
        let values = Values::Real(Arc::new([0.0, -0.0, 1.5, f64::NAN].into_iter().collect()));
        assert_eq!(numbered(&values, 0..4), (vec![0, 0, 1, 2], 3));
        let integers = Values::Integer(Arc::new(Integers::from_iter([10, 12])));
        let mut interner = Interner::new(&integers);
        assert_eq!(interner.intern(12), 0);
        assert_eq!(
            [
                interner.find(12),
                interner.find(10),
                interner.find(3),
                interner.find(u64::MAX)
            ],
            [Some(0), None, None, None]
        );
    }
}
