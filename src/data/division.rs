//! The ways of dividing rows: by lot, by time, by group, as a column says.
//!
//! The lot is drawn from a seeded stream of its own with whole numbers only, so that it is the same on every machine.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

use crate::error::Problem;

use super::column_spec::SplitSpec;
use super::interner::numbered;
use super::table::{Column, Values};

/// The place of the training rows.
pub(super) const TRAIN: usize = 0;
/// The place of the validation rows.
pub(super) const VALIDATION: usize = 1;
/// The place of the test rows.
pub(super) const TEST: usize = 2;
/// How many values without a place are named.
const MAX_NAMED: usize = 5;

/// The rows of the three parts.
pub(super) type Parts = [Vec<u32>; 3];

/// How many rows validation and test get.
#[derive(Clone, Copy)]
pub(super) struct Sizes {
    validation: usize,
    test: usize,
}

impl Sizes {
    /// Shares of `rows`, rounded down.
    pub(super) fn of(spec: &SplitSpec, rows: usize, own_test_file: bool) -> Self {
        let share = |share: f64| (rows as f64 * share.clamp(0.0, 1.0)) as usize;
        Self {
            validation: share(spec.validation),
            test: if own_test_file { 0 } else { share(spec.test) },
        }
    }

    /// Training first, then validation, then test.
    pub(super) fn cut(self, order: &[u32]) -> Parts {
        let test = order.len().saturating_sub(self.test);
        let validation = test.saturating_sub(self.validation);
        [
            order[..validation].to_vec(),
            order[validation..test].to_vec(),
            order[test..].to_vec(),
        ]
    }
}

/// The part that a word stands for: 0 training, 1 validation, 2 test.
pub(super) fn split_word(word: &str) -> Option<usize> {
    match word.trim().to_lowercase().as_str() {
        "train" | "training" => Some(TRAIN),
        "validation" | "valid" | "val" | "dev" => Some(VALIDATION),
        "test" | "testing" => Some(TEST),
        _ => None,
    }
}

/// The rows in an order drawn by lot (Fisher and Yates).
pub(super) fn shuffled(mut rows: Vec<u32>, seed: u64) -> Vec<u32> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    for at in (1..rows.len()).rev() {
        rows.swap(at, below(&mut random, at as u64 + 1) as usize);
    }
    rows
}

/// A whole number from 0 to below `end`, each as likely as the other to one part in 2⁶⁴.
fn below(random: &mut ChaCha8Rng, end: u64) -> u64 {
    ((u128::from(random.next_u64()) * u128::from(end)) >> 64) as u64
}

/// Sorted by time; rows of one time keep their order.
pub(super) fn by_time(column: &Column, mut rows: Vec<u32>, sizes: Sizes) -> Result<Parts, Problem> {
    let values = &column.values;
    let mut without = rows.iter().filter(|&&row| values.is_missing(row as usize));
    if let Some(first) = without.next() {
        let count = without.count() + 1;
        let place = format!("{}, row {}", column.name, first + 1);
        let message = format!("{count} rows have no time to sort by, this is the first");
        return Err(Problem::new(place, message).help("fill it in or choose another split"));
    }
    match values {
        Values::Integer(values) => rows.sort_by_key(|&row| values.get(row as usize)),
        Values::Real(values) => {
            rows.sort_by(|&a, &b| values.get(a as usize).total_cmp(&values.get(b as usize)));
        }
        Values::Text { codes, dictionary } => {
            let year_first =
                |text: &str| text.len() >= 4 && text.bytes().take(4).all(|b| b.is_ascii_digit());
            if let Some(odd) = dictionary.iter().find(|text| !year_first(text)) {
                let problem = Problem::new(
                    column.name.as_str(),
                    "sorting this text would not sort the times",
                );
                return Err(problem
                    .expected("a number, or a date such as 2024-03-14")
                    .found(odd.as_str()));
            }
            let mut order: Vec<usize> = (0..dictionary.len()).collect();
            order.sort_by(|&a, &b| dictionary[a].cmp(&dictionary[b]));
            let mut rank = vec![0; dictionary.len()];
            for (place, &code) in order.iter().enumerate() {
                rank[code] = place;
            }
            rows.sort_by_key(|&row| codes.get(row as usize).map(|code| rank[code as usize]));
        }
        Values::List { .. } => {}
    }
    Ok(sizes.cut(&rows))
}

/// Whole groups by lot: a part takes a group if that brings it nearer to its size. Rows without a value are one group.
pub(super) fn by_group(
    column: &Column,
    num_rows: usize,
    rows: &[u32],
    sizes: Sizes,
    seed: u64,
) -> Parts {
    let (group_of, num_groups) = numbered(&column.values, 0..num_rows);
    let mut size = vec![0_usize; num_groups];
    for &row in rows {
        size[group_of[row as usize] as usize] += 1;
    }
    let mut part_of = vec![TRAIN; num_groups];
    let mut taken = [0_usize; 3];
    for group in shuffled((0..num_groups as u32).collect(), seed) {
        let rows = size[group as usize];
        let nearer =
            |part: usize, goal: usize| taken[part] < goal && rows < 2 * (goal - taken[part]);
        let part = if nearer(TEST, sizes.test) {
            TEST
        } else if nearer(VALIDATION, sizes.validation) {
            VALIDATION
        } else {
            TRAIN
        };
        part_of[group as usize] = part;
        taken[part] += rows;
    }
    let mut parts = [Vec::new(), Vec::new(), Vec::new()];
    for &row in rows {
        parts[part_of[group_of[row as usize] as usize]].push(row);
    }
    parts
}

/// As the column says.
pub(super) fn by_column(column: &Column, rows: &[u32]) -> Result<Parts, Problem> {
    let mut parts = [Vec::new(), Vec::new(), Vec::new()];
    let end = rows.last().map_or(0, |&row| row as usize + 1);
    let (number_of, count) = numbered(&column.values, 0..end);
    // The outer option: looked at; the inner one: the part.
    let mut part_of: Vec<Option<Option<usize>>> = vec![None; count];
    let mut rows_of = vec![0_usize; count];
    let mut odd: Vec<(usize, String)> = Vec::new();
    for &row in rows {
        let number = number_of[row as usize] as usize;
        let part = *part_of[number].get_or_insert_with(|| {
            let value = column.values.display(row as usize);
            let part = split_word(&value);
            if part.is_none() {
                odd.push((number, value));
            }
            part
        });
        rows_of[number] += 1;
        if let Some(part) = part {
            parts[part].push(row);
        }
    }
    if odd.is_empty() {
        return Ok(parts);
    }
    let named = |(number, value): &(usize, String)| match (value.as_str(), rows_of[*number]) {
        ("", count) => format!("no value ({count} rows)"),
        (value, count) => format!("`{value}` ({count} rows)"),
    };
    let mut found: Vec<String> = odd.iter().take(MAX_NAMED).map(named).collect();
    if odd.len() > MAX_NAMED {
        found.push(format!("{} more values", odd.len() - MAX_NAMED));
    }
    let problem = Problem::new(
        column.name.as_str(),
        "some values name no part of the split",
    );
    Err(problem
        .expected("train, validation (valid, val, dev) or test")
        .found(found.join(", ")))
}
