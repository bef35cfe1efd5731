//! Whole numbers in as few bytes as the widest of a column needs.
//!
//! Tables of ten million rows have many small ids, codes and flags: eight bytes for each would cost more memory than the
//! encoded data.

/// Whole numbers, some of them missing; all but `i64::MIN`, which is taken for missing.
#[derive(Clone, Debug)]
pub struct Integers(Width);

/// The least number of a width stands for a missing one.
#[derive(Clone, Debug)]
enum Width {
    One(Vec<i8>),
    Two(Vec<i16>),
    Four(Vec<i32>),
    Eight(Vec<i64>),
}

impl Integers {
    /// So many missing numbers.
    pub fn missing(rows: usize) -> Self {
        Self(Width::One(vec![i8::MISSING; rows]))
    }

    /// Makes room for so many rows in all, so that growing to them moves nothing.
    pub fn expect(&mut self, rows: usize) {
        let more = rows.saturating_sub(self.len());
        match &mut self.0 {
            Width::One(values) => values.reserve_exact(more),
            Width::Two(values) => values.reserve_exact(more),
            Width::Four(values) => values.reserve_exact(more),
            Width::Eight(values) => values.reserve_exact(more),
        }
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        match &self.0 {
            Width::One(values) => values.len(),
            Width::Two(values) => values.len(),
            Width::Four(values) => values.len(),
            Width::Eight(values) => values.len(),
        }
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of a row; `None` if it is missing.
    #[inline]
    pub fn get(&self, row: usize) -> Option<i64> {
        match &self.0 {
            Width::One(values) => values[row].number(),
            Width::Two(values) => values[row].number(),
            Width::Four(values) => values[row].number(),
            Width::Eight(values) => values[row].number(),
        }
    }

    /// Calls `visit` with each of these rows and its number; the width is asked for once.
    pub fn visit(
        &self,
        rows: impl Iterator<Item = usize>,
        mut visit: impl FnMut(usize, Option<i64>),
    ) {
        match &self.0 {
            Width::One(values) => rows.for_each(|row| visit(row, values[row].number())),
            Width::Two(values) => rows.for_each(|row| visit(row, values[row].number())),
            Width::Four(values) => rows.for_each(|row| visit(row, values[row].number())),
            Width::Eight(values) => rows.for_each(|row| visit(row, values[row].number())),
        }
    }

    /// The numbers of all rows.
    pub fn iter(&self) -> impl Iterator<Item = Option<i64>> + '_ {
        (0..self.len()).map(|row| self.get(row))
    }

    /// Adds a row; wider numbers than before make room for themselves.
    #[inline]
    pub fn push(&mut self, number: Option<i64>) {
        while !self.try_push(number) {
            self.widen();
        }
    }

    fn try_push(&mut self, number: Option<i64>) -> bool {
        match &mut self.0 {
            Width::One(values) => push(values, number),
            Width::Two(values) => push(values, number),
            Width::Four(values) => push(values, number),
            Width::Eight(values) => {
                values.push(number.unwrap_or(i64::MISSING));
                true
            }
        }
    }

    fn widen(&mut self) {
        self.0 = match &self.0 {
            Width::One(values) => Width::Two(widened(values)),
            Width::Two(values) => Width::Four(widened(values)),
            Width::Four(values) => Width::Eight(widened(values)),
            Width::Eight(_) => return,
        };
    }
}

impl Default for Integers {
    fn default() -> Self {
        Self::missing(0)
    }
}

impl FromIterator<Option<i64>> for Integers {
    fn from_iter<I: IntoIterator<Item = Option<i64>>>(numbers: I) -> Self {
        let mut all = Self::default();
        numbers.into_iter().for_each(|number| all.push(number));
        all
    }
}

impl FromIterator<i64> for Integers {
    fn from_iter<I: IntoIterator<Item = i64>>(numbers: I) -> Self {
        numbers.into_iter().map(Some).collect()
    }
}

/// A width of whole numbers.
trait Whole: Copy + PartialEq + Into<i64> + TryFrom<i64> {
    const MISSING: Self;

    fn number(self) -> Option<i64> {
        (self != Self::MISSING).then(|| self.into())
    }
}

impl Whole for i8 {
    const MISSING: Self = Self::MIN;
}

impl Whole for i16 {
    const MISSING: Self = Self::MIN;
}

impl Whole for i32 {
    const MISSING: Self = Self::MIN;
}

impl Whole for i64 {
    const MISSING: Self = Self::MIN;
}

/// Adds a number if it fits the width.
fn push<T: Whole>(values: &mut Vec<T>, number: Option<i64>) -> bool {
    let value = match number {
        None => Some(T::MISSING),
        Some(number) => T::try_from(number)
            .ok()
            .filter(|&value| value != T::MISSING),
    };
    values.extend(value);
    value.is_some()
}

/// The same numbers, with room for as many.
fn widened<Narrow: Whole, Wide: Whole + From<Narrow>>(values: &Vec<Narrow>) -> Vec<Wide> {
    let wider = |value: &Narrow| {
        if *value == Narrow::MISSING {
            Wide::MISSING
        } else {
            Wide::from(*value)
        }
    };
    let mut wide = Vec::with_capacity(values.capacity());
    wide.extend(values.iter().map(wider));
    wide
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_whatever_comes_after_them() {
        let numbers = [
            Some(0),
            None,
            Some(-127),
            Some(-128),
            Some(127),
            Some(128),
            Some(-32_768),
            None,
            Some(40_000),
            Some(i64::from(i32::MIN)),
            Some(i64::from(i32::MAX) + 1),
            Some(i64::MAX),
            Some(-i64::MAX),
        ];
        for len in 0..=numbers.len() {
            let all: Integers = numbers[..len].iter().copied().collect();
            assert_eq!(all.iter().collect::<Vec<_>>(), numbers[..len]);
            assert_eq!((all.len(), all.is_empty()), (len, len == 0));
            let mut visited = Vec::new();
            all.visit((0..len).rev(), |row, number| visited.push((row, number)));
            visited.reverse();
            assert!(visited.iter().all(|&(row, number)| numbers[row] == number));
        }
    }

    #[test]
    fn the_width_is_that_of_the_widest() {
        let width = |last: i64| match Integers::from_iter([1, last]).0 {
            Width::One(_) => 1,
            Width::Two(_) => 2,
            Width::Four(_) => 4,
            Width::Eight(_) => 8,
        };
        let widths = [127, -128, 32_767, -32_768, 70_000, 3_000_000_000].map(width);
        assert_eq!(widths, [1, 2, 2, 4, 4, 8]);
    }
}
