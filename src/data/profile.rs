//! What a column holds, in numbers and pictures: the facts that roles and warnings are guessed from.
//!
//! Missing values are counted and otherwise left out; infinities are counted and left out of all statistics and of the histogram.

use rayon::prelude::*;
use serde::Serialize;

use super::interner::{Interner, visit_keys};
use super::scale::visit_numbers;
use super::table::{Column, Table, Values};

/// Columns with more distinct values are reported as "at least so many".
const DISTINCT_CAP: usize = 1_000_000;
const NUM_BINS: usize = 30;
const NUM_TOP: usize = 20;
const NUM_EXAMPLES: usize = 5;

/// What one column holds.
#[derive(Clone, Debug, Serialize)]
pub struct Profile {
    /// The column.
    pub name: String,
    /// `integer`, `real`, `text` or `list`.
    pub type_name: &'static str,
    /// All rows, missing ones among them.
    pub rows: usize,
    /// Rows without a value; for lists, rows with an empty one.
    pub missing: usize,
    /// Rows with an infinite value.
    pub infinite: usize,
    /// The number of distinct values; for lists, of distinct items.
    pub distinct: usize,
    /// Whether `distinct` is exact; otherwise there are at least so many.
    pub distinct_exact: bool,
    /// Statistics of the finite values; `None` for text, lists and columns without any.
    pub numbers: Option<Numbers>,
    /// The most frequent values with their counts, most frequent first, twenty at the most.
    pub top: Vec<(String, usize)>,
    /// Equal bins from the least to the greatest value; empty for text and lists, whose picture is `top`.
    pub histogram: Vec<Bin>,
    /// The first few different values, as they stand in the file.
    pub examples: Vec<String>,
}

/// Statistics of a column's finite values.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Numbers {
    /// The least value.
    pub min: f64,
    /// The greatest value.
    pub max: f64,
    /// The mean.
    pub mean: f64,
    /// The standard deviation, divided by the number of values.
    pub deviation: f64,
    /// The third standardized moment: 0 when symmetric, above about 3 with a long tail to the right.
    pub skewness: f64,
}

/// One bar of a histogram.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Bin {
    /// The left edge, inside.
    pub from: f64,
    /// The right edge, outside but for the last bar.
    pub to: f64,
    /// Rows inside.
    pub count: usize,
}

/// What each column of a table holds.
pub fn profile(table: &Table) -> Vec<Profile> {
    table
        .columns
        .par_iter()
        .map(|column| profile_column(column, table.num_rows))
        .collect()
}

fn profile_column(column: &Column, rows: usize) -> Profile {
    let values = &column.values;
    let counts = Counts::of(values, rows);
    let is_number = matches!(values, Values::Integer(_) | Values::Real(_));
    let mut numbers = if is_number { range(values, rows) } else { None };
    let histogram = numbers
        .as_mut()
        .map(|numbers| spread(values, rows, numbers))
        .unwrap_or_default();
    let infinite = match values {
        Values::Real(values) => values.iter().filter(|value| value.is_infinite()).count(),
        _ => 0,
    };
    Profile {
        name: column.name.clone(),
        type_name: values.type_name(),
        rows,
        missing: counts.missing,
        infinite,
        distinct: counts.first.len(),
        distinct_exact: counts.exact,
        numbers,
        top: counts.top(values),
        histogram,
        examples: counts
            .first
            .iter()
            .take(NUM_EXAMPLES)
            .map(|&at| shown(values, at))
            .collect(),
    }
}

/// How often each value occurs, in order of first appearance.
struct Counts {
    /// The row (for lists: the place in the codes) where a value first appears.
    first: Vec<usize>,
    count: Vec<usize>,
    missing: usize,
    exact: bool,
}

impl Counts {
    fn of(values: &Values, rows: usize) -> Self {
        let mut counts = Self {
            first: Vec::new(),
            count: Vec::new(),
            missing: 0,
            exact: true,
        };
        let mut interner = Interner::new(values);
        if let Values::List { offsets, codes, .. } = values {
            counts.missing = offsets.windows(2).filter(|pair| pair[0] == pair[1]).count();
            for (at, &code) in codes.iter().enumerate() {
                counts.add(&mut interner, at, u64::from(code));
            }
        } else {
            visit_keys(values, 0..rows, |row, key| match key {
                Some(key) => counts.add(&mut interner, row, key),
                None => counts.missing += 1,
            });
        }
        counts
    }

    /// Counts a value; beyond the cap, values not met before are no longer told apart.
    fn add(&mut self, interner: &mut Interner, at: usize, key: u64) {
        let number = if self.first.len() < DISTINCT_CAP {
            interner.intern(key) as usize
        } else if let Some(number) = interner.find(key) {
            number as usize
        } else {
            self.exact = false;
            return;
        };
        if number == self.first.len() {
            self.first.push(at);
            self.count.push(0);
        }
        self.count[number] += 1;
    }

    fn top(&self, values: &Values) -> Vec<(String, usize)> {
        let mut order: Vec<usize> = (0..self.first.len()).collect();
        let by_count = |&a: &usize, &b: &usize| self.count[b].cmp(&self.count[a]).then(a.cmp(&b));
        if order.len() > NUM_TOP {
            order.select_nth_unstable_by(NUM_TOP, by_count);
            order.truncate(NUM_TOP);
        }
        order.sort_unstable_by(by_count);
        order
            .iter()
            .map(|&number| (shown(values, self.first[number]), self.count[number]))
            .collect()
    }
}

fn shown(values: &Values, at: usize) -> String {
    match values {
        Values::List {
            codes, dictionary, ..
        } => dictionary[codes[at] as usize].clone(),
        _ => values.display(at),
    }
}

fn finite(values: &Values, rows: usize, mut visit: impl FnMut(f64)) {
    visit_numbers(values, 0..rows, |value| {
        if value.is_finite() {
            visit(value);
        }
    });
}

/// Least and greatest value and the mean of the finite ones, their deviation and skewness still 0.
fn range(values: &Values, rows: usize) -> Option<Numbers> {
    let (mut min, mut max, mut sum, mut count) = (f64::INFINITY, f64::NEG_INFINITY, 0.0, 0_usize);
    finite(values, rows, |value| {
        min = min.min(value);
        max = max.max(value);
        sum += value;
        count += 1;
    });
    (count > 0).then(|| Numbers {
        min,
        max,
        mean: sum / count as f64,
        deviation: 0.0,
        skewness: 0.0,
    })
}

/// Fills in deviation and skewness, and counts the values of each bin on the way.
fn spread(values: &Values, rows: usize, numbers: &mut Numbers) -> Vec<Bin> {
    let (mut bins, low, width) = bins(values, numbers);
    let (mut second, mut third, mut count) = (0.0, 0.0, 0_usize);
    let last = bins.len() - 1;
    finite(values, rows, |value| {
        let away = value - numbers.mean;
        second += away * away;
        third += away * away * away;
        count += 1;
        let bin = ((value - low) / width) as usize;
        bins[bin.min(last)].count += 1;
    });
    numbers.deviation = (second / count as f64).sqrt();
    if numbers.deviation > 0.0 {
        numbers.skewness = third / count as f64 / numbers.deviation.powi(3);
    }
    bins
}

/// Equal bins, where the first begins and how wide they are; few whole numbers get a bar each.
fn bins(values: &Values, numbers: &Numbers) -> (Vec<Bin>, f64, f64) {
    let span = numbers.max - numbers.min;
    let whole = matches!(values, Values::Integer(_)) && span < NUM_BINS as f64;
    let (low, width, num_bins) = if whole {
        (numbers.min - 0.5, 1.0, span as usize + 1)
    } else if span > 0.0 && span.is_finite() {
        (numbers.min, span / NUM_BINS as f64, NUM_BINS)
    } else {
        (numbers.min - 0.5, 1.0, 1)
    };
    let edge = |bin: usize| {
        if bin == num_bins && !whole && span > 0.0 {
            numbers.max
        } else {
            low + bin as f64 * width
        }
    };
    let bins = (0..num_bins)
        .map(|bin| Bin {
            from: edge(bin),
            to: edge(bin + 1),
            count: 0,
        })
        .collect();
    (bins, low, width)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::data::Reals;

    fn one(values: Values, num_rows: usize) -> Profile {
        let table = Table {
            columns: vec![Column {
                name: "a".to_owned(),
                values,
            }],
            num_rows,
        };
        profile(&table).remove(0)
    }

    #[test]
    fn statistics_agree_with_pandas_and_scipy() {
        // s = pd.Series([3, 1, None, 4, 1, 5, 9, 2, 6])
        // print(s.mean(), s.std(ddof=0), skew(s.dropna()), s.min(), s.max(), s.nunique(), s.isna().sum(), s.value_counts())
        let values = [3, 1, 0, 4, 1, 5, 9, 2, 6].map(|value| (value > 0).then_some(value));
        let profile = one(Values::Integer(Arc::new(values.into_iter().collect())), 9);
        let numbers = profile.numbers.unwrap();
        assert_eq!((numbers.mean, numbers.min, numbers.max), (3.875, 1.0, 9.0));
        assert!((numbers.deviation - 2.5708704751503917).abs() < 1e-12);
        assert!((numbers.skewness - 0.6682892518272332).abs() < 1e-12);
        assert_eq!(
            (profile.distinct, profile.missing, profile.distinct_exact),
            (7, 1, true)
        );
        assert_eq!(profile.top[0], ("1".to_owned(), 2));
        assert_eq!(profile.examples, ["3", "1", "4", "5", "9"]);
        // Few whole numbers: a bar each.
        let counts: Vec<usize> = profile.histogram.iter().map(|bin| bin.count).collect();
        assert_eq!(counts, [2, 1, 1, 1, 1, 1, 0, 0, 1]);
    }

    #[test]
    fn infinities_are_counted_and_left_out() {
        let values = vec![0.0, 1.5, f64::INFINITY, f64::NAN, f64::NEG_INFINITY, 3.0];
        let profile = one(Values::Real(Arc::new(values.into_iter().collect())), 6);
        assert_eq!((profile.infinite, profile.missing), (2, 1));
        assert_eq!(profile.numbers.unwrap().mean, 1.5);
        assert_eq!(profile.histogram.len(), 30);
        assert_eq!(
            profile.histogram.iter().map(|bin| bin.count).sum::<usize>(),
            3
        );
        assert_eq!(
            (profile.histogram[0].from, profile.histogram[29].to),
            (0.0, 3.0)
        );
    }

    #[test]
    fn text_and_lists_have_top_values_and_no_histogram() {
        let dictionary = Arc::new(vec!["a".to_owned(), "b".to_owned()]);
        let codes = Arc::new([Some(0), Some(1), Some(1), None].into_iter().collect());
        let text = one(
            Values::Text {
                codes,
                dictionary: Arc::clone(&dictionary),
            },
            4,
        );
        assert_eq!(text.top, [("b".to_owned(), 2), ("a".to_owned(), 1)]);
        assert!(text.histogram.is_empty() && text.numbers.is_none() && text.missing == 1);
        let offsets = Arc::new(vec![0, 2, 2, 3]);
        let list = one(
            Values::List {
                offsets,
                codes: Arc::new(vec![1, 0, 1]),
                dictionary,
            },
            3,
        );
        assert_eq!((list.distinct, list.missing, list.top[0].1), (2, 1, 2));
    }

    #[test]
    fn empty_columns_have_no_statistics() {
        let profile = one(Values::Real(Arc::new(Reals::missing(3))), 3);
        assert!(profile.numbers.is_none() && profile.histogram.is_empty());
        assert_eq!((profile.distinct, profile.missing), (0, 3));
        assert_eq!(one(Values::Real(Arc::default()), 0).distinct, 0);
    }
}
