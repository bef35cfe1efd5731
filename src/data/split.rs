//! Dividing rows into training, validation and test.
//!
//! The lot is drawn from a seeded stream of its own with whole numbers only, so that a split is the same on every machine.
//! The test part takes the last `⌊rows·share⌋` rows of the order, the validation part as many before it.

use std::ops::Range;
use std::sync::Arc;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

use crate::error::Problem;

use super::column_spec::{SplitMethod, SplitSpec};
use super::dataset::Split;
use super::interner::numbered;
use super::table::{Column, Table, Values};

const TRAIN: usize = 0;
const VALIDATION: usize = 1;
const TEST: usize = 2;
/// How many values without a place are named.
const MAX_NAMED: usize = 5;

/// Divides the rows of a table; `test_rows` are those of a separate test file, which are test rows whatever the method.
pub fn split(
    table: &Table,
    spec: &SplitSpec,
    test_rows: Option<Range<usize>>,
) -> Result<Split, Vec<Problem>> {
    let test_rows = test_rows.unwrap_or(table.num_rows..table.num_rows);
    let own: Vec<u32> = (0..table.num_rows)
        .filter(|row| !test_rows.contains(row))
        .map(|row| row as u32)
        .collect();
    let mut problems = check_shares(spec, !test_rows.is_empty());
    let column = match needed_column(table, spec) {
        Ok(column) => column,
        Err(problem) => {
            problems.push(problem);
            return Err(problems);
        }
    };
    let sizes = Sizes::of(spec, own.len(), !test_rows.is_empty());
    let parts = match (spec.method, column) {
        (SplitMethod::Time, Some(column)) => by_time(column, own, sizes),
        (SplitMethod::Group, Some(column)) => {
            Ok(by_group(column, table.num_rows, &own, sizes, spec.seed))
        }
        (SplitMethod::Column, Some(column)) => by_column(column, &own),
        _ => Ok(sizes.cut(&shuffled(own, spec.seed))),
    };
    let mut parts = match parts {
        Ok(parts) => parts,
        Err(problem) => {
            problems.push(problem);
            return Err(problems);
        }
    };
    parts[TEST].extend(test_rows.map(|row| row as u32));
    problems.extend(empty_parts(spec, &parts));
    if !problems.is_empty() {
        return Err(problems);
    }
    let [train, validation, test] = parts.map(|mut rows| {
        rows.sort_unstable();
        Arc::new(rows)
    });
    Ok(Split {
        train,
        validation,
        test,
    })
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

/// The nearest of some names, if one is near enough to be a slip of the pen.
pub(super) fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let scored = names.map(|other| {
        (
            strsim::jaro_winkler(&name.to_lowercase(), &other.to_lowercase()),
            other,
        )
    });
    scored
        .filter(|&(score, _)| score > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, other)| other)
}

/// How many rows validation and test get.
#[derive(Clone, Copy)]
struct Sizes {
    validation: usize,
    test: usize,
}

impl Sizes {
    fn of(spec: &SplitSpec, rows: usize, own_test_file: bool) -> Self {
        let share = |share: f64| (rows as f64 * share.clamp(0.0, 1.0)) as usize;
        Self {
            validation: share(spec.validation),
            test: if own_test_file { 0 } else { share(spec.test) },
        }
    }

    /// Training first, then validation, then test.
    fn cut(self, order: &[u32]) -> [Vec<u32>; 3] {
        let test = order.len().saturating_sub(self.test);
        let validation = test.saturating_sub(self.validation);
        [
            order[..validation].to_vec(),
            order[validation..test].to_vec(),
            order[test..].to_vec(),
        ]
    }
}

fn check_shares(spec: &SplitSpec, own_test_file: bool) -> Vec<Problem> {
    if spec.method == SplitMethod::Column {
        return Vec::new();
    }
    let mut problems = Vec::new();
    let shares = [("validation", spec.validation), ("test", spec.test)];
    for (key, share) in shares {
        if !(0.0..1.0).contains(&share) {
            let place = format!("data.split.{key}");
            let problem = Problem::new(place, "the share is out of range");
            problems.push(
                problem
                    .expected("a number from 0 to below 1")
                    .found(share.to_string()),
            );
        }
    }
    let sum = spec.validation + if own_test_file { 0.0 } else { spec.test };
    if problems.is_empty() && sum >= 1.0 {
        let problem = Problem::new("data.split", "no rows are left for training");
        problems.push(
            problem
                .expected("validation + test below 1")
                .found(sum.to_string()),
        );
    }
    problems
}

/// The column that the method reads, if it reads one.
fn needed_column<'a>(table: &'a Table, spec: &SplitSpec) -> Result<Option<&'a Column>, Problem> {
    if spec.method == SplitMethod::Random {
        return Ok(None);
    }
    let place = "data.split.column";
    let Some(name) = &spec.column else {
        let message = format!("the split by {} needs a column", spec.method.id());
        return Err(Problem::new(place, message).help("set `column` to the name of one"));
    };
    match table.column(name) {
        Some(Column {
            values: Values::List { .. },
            ..
        }) => Err(Problem::new(place, "a column of lists cannot divide rows").found(name.as_str())),
        Some(column) => Ok(Some(column)),
        None => {
            let problem = Problem::new(place, "no such column").found(name.as_str());
            let names = table.columns.iter().map(|column| column.name.as_str());
            Err(match nearest(name, names) {
                Some(near) => problem.help(format!("did you mean `{near}`?")),
                None => problem,
            })
        }
    }
}

/// The rows in an order drawn by lot (Fisher and Yates).
fn shuffled(mut rows: Vec<u32>, seed: u64) -> Vec<u32> {
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
fn by_time(column: &Column, mut rows: Vec<u32>, sizes: Sizes) -> Result<[Vec<u32>; 3], Problem> {
    let values = &column.values;
    let mut without = rows.iter().filter(|&&row| values.is_missing(row as usize));
    if let Some(first) = without.next() {
        let count = without.count() + 1;
        let place = format!("{}, row {}", column.name, first + 1);
        let message = format!("{count} rows have no time to sort by, this is the first");
        return Err(Problem::new(place, message).help("fill it in or choose another split"));
    }
    match values {
        Values::Integer(values) => rows.sort_by_key(|&row| values[row as usize]),
        Values::Real(values) => {
            rows.sort_by(|&a, &b| values[a as usize].total_cmp(&values[b as usize]));
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
            rows.sort_by_key(|&row| rank[codes[row as usize] as usize]);
        }
        Values::List { .. } => {}
    }
    Ok(sizes.cut(&rows))
}

/// Whole groups by lot: a part takes a group if that brings it nearer to its size. Rows without a value are one group.
fn by_group(
    column: &Column,
    num_rows: usize,
    rows: &[u32],
    sizes: Sizes,
    seed: u64,
) -> [Vec<u32>; 3] {
    let (group_of, num_groups) = numbered(&column.values, num_rows);
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
fn by_column(column: &Column, rows: &[u32]) -> Result<[Vec<u32>; 3], Problem> {
    let mut parts = [Vec::new(), Vec::new(), Vec::new()];
    let (number_of, count) = numbered(
        &column.values,
        rows.last().map_or(0, |&row| row as usize + 1),
    );
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

fn empty_parts(spec: &SplitSpec, parts: &[Vec<u32>; 3]) -> Vec<Problem> {
    let names = ["training", "validation", "test"];
    let empty = names.iter().zip(parts).filter(|(_, rows)| rows.is_empty());
    let total: usize = parts.iter().map(Vec::len).sum();
    empty
        .map(|(name, _)| {
            let help = match spec.method {
                SplitMethod::Column => "no value of the split's column names it".to_owned(),
                SplitMethod::Group => {
                    format!("a larger share or smaller groups; there are {total} rows")
                }
                SplitMethod::Random | SplitMethod::Time => {
                    format!("a larger share or more rows; there are {total}")
                }
            };
            Problem::new("data.split", format!("the {name} part has no rows")).help(help)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(name: &str, values: &[&str]) -> Column {
        let mut dictionary: Vec<String> = Vec::new();
        let codes = values
            .iter()
            .map(|value| {
                let known = dictionary.iter().position(|other| other == value);
                known.unwrap_or_else(|| {
                    dictionary.push((*value).to_owned());
                    dictionary.len() - 1
                }) as u32
            })
            .collect();
        Column {
            name: name.to_owned(),
            values: Values::Text {
                codes: Arc::new(codes),
                dictionary: Arc::new(dictionary),
            },
        }
    }

    fn integers(name: &str, values: Vec<i64>) -> Column {
        Column {
            name: name.to_owned(),
            values: Values::Integer(Arc::new(values)),
        }
    }

    fn table(column: Column, num_rows: usize) -> Table {
        Table {
            columns: vec![column],
            num_rows,
        }
    }

    fn spec(method: SplitMethod, column: &str) -> SplitSpec {
        SplitSpec {
            method,
            column: Some(column.to_owned()),
            ..SplitSpec::default()
        }
    }

    fn sizes(split: &Split) -> [usize; 3] {
        [split.train.len(), split.validation.len(), split.test.len()]
    }

    #[test]
    fn random_parts_have_the_sizes_of_the_peer_and_depend_on_the_seed_alone() {
        // n = 1237; nv, nt = int(n * .15), int(n * .1); print(n - nv - nt, nv, nt)
        let table = table(integers("a", vec![0; 1237]), 1237);
        let spec = SplitSpec {
            validation: 0.15,
            seed: 3,
            ..SplitSpec::default()
        };
        let one = split(&table, &spec, None).unwrap();
        assert_eq!(sizes(&one), [929, 185, 123]);
        let mut all: Vec<u32> = [&one.train, &one.validation, &one.test]
            .into_iter()
            .flat_map(|rows| rows.iter().copied())
            .collect();
        assert!(one.test.is_sorted() && one.test[0] < 1114);
        all.sort_unstable();
        assert_eq!(all, (0..1237).collect::<Vec<u32>>());
        assert_eq!(one.test, split(&table, &spec, None).unwrap().test);
        assert_ne!(
            one.test,
            split(&table, &SplitSpec { seed: 4, ..spec }, None)
                .unwrap()
                .test
        );
    }

    #[test]
    fn the_latest_rows_are_the_test_and_ties_keep_their_order() {
        // np.argsort([5, 1, 5, 5, 0, 5, 2, 5, 5, 3], kind="stable") -> [4 1 6 9 0 2 3 5 7 8]
        let table = table(integers("ts", vec![5, 1, 5, 5, 0, 5, 2, 5, 5, 3]), 10);
        let spec = SplitSpec {
            validation: 0.2,
            test: 0.3,
            ..spec(SplitMethod::Time, "ts")
        };
        let split = split(&table, &spec, None).unwrap();
        assert_eq!(*split.train, [0, 1, 4, 6, 9]);
        assert_eq!(
            (split.validation.as_slice(), split.test.as_slice()),
            (&[2, 3][..], &[5, 7, 8][..])
        );
    }

    #[test]
    fn dates_sort_as_text_but_only_with_the_year_first() {
        let dates = ["2024-02-01", "2023-12-31", "2024-01-15", "2024-03-01"];
        let spec = SplitSpec {
            validation: 0.25,
            test: 0.25,
            ..spec(SplitMethod::Time, "date")
        };
        let parts = split(&table(text("date", &dates), 4), &spec, None).unwrap();
        assert_eq!((parts.validation[0], parts.test[0]), (0, 3));
        let problems = split(
            &table(text("date", &["1/2/2024", "12/1/2023"]), 2),
            &spec,
            None,
        )
        .unwrap_err();
        assert_eq!(problems[0].found.as_deref(), Some("1/2/2024"));
    }

    #[test]
    fn no_group_is_on_two_sides() {
        let users: Vec<i64> = (0..2000).map(|row| row * row % 97).collect();
        let split = split(
            &table(integers("user", users.clone()), 2000),
            &spec(SplitMethod::Group, "user"),
            None,
        )
        .unwrap();
        let of = |rows: &[u32]| {
            rows.iter()
                .map(|&row| users[row as usize])
                .collect::<std::collections::BTreeSet<i64>>()
        };
        assert!(of(&split.train).is_disjoint(&of(&split.test)));
        assert!(
            of(&split.train).is_disjoint(&of(&split.validation))
                && of(&split.validation).is_disjoint(&of(&split.test))
        );
        let [train, validation, test] = sizes(&split);
        assert_eq!(train + validation + test, 2000);
        assert!(
            (150..=250).contains(&test) && (150..=250).contains(&validation),
            "{test} {validation}"
        );
    }

    #[test]
    fn a_column_may_say_the_part_and_odd_words_are_named() {
        let words = ["train", "Val", "dev", "TEST", "train", "valid"];
        let parts = split(
            &table(text("part", &words), 6),
            &spec(SplitMethod::Column, "part"),
            None,
        )
        .unwrap();
        assert_eq!(
            (
                parts.train.as_slice(),
                parts.validation.as_slice(),
                parts.test.as_slice()
            ),
            (&[0, 4][..], &[1, 2, 5][..], &[3][..])
        );
        let odd = ["train", "holdout", "test", "holdout", "validation"];
        let problems = split(
            &table(text("part", &odd), 5),
            &spec(SplitMethod::Column, "part"),
            None,
        )
        .unwrap_err();
        assert_eq!(
            problems[0].to_string(),
            "part: some values name no part of the split; expected train, validation (valid, val, dev) or test; found `holdout` (2 rows)"
        );
    }

    #[test]
    fn a_test_file_is_the_test_whatever_the_method() {
        let table = table(
            integers("ts", vec![9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 100, 101]),
            12,
        );
        for method in [SplitMethod::Random, SplitMethod::Time, SplitMethod::Group] {
            let split = split(&table, &spec(method, "ts"), Some(10..12)).unwrap();
            assert_eq!(*split.test, [10, 11]);
            assert_eq!(sizes(&split), [9, 1, 2], "{method:?}");
        }
    }

    #[test]
    fn what_cannot_be_divided_is_said() {
        let table = table(integers("user_id", vec![1; 8]), 8);
        let message = |spec: &SplitSpec| split(&table, spec, None).unwrap_err()[0].to_string();
        assert_eq!(
            message(&spec(SplitMethod::Group, "user_ids")),
            "data.split.column: no such column; found user_ids (did you mean `user_id`?)"
        );
        assert_eq!(
            message(&SplitSpec {
                column: None,
                ..spec(SplitMethod::Time, "")
            }),
            "data.split.column: the split by time needs a column (set `column` to the name of one)"
        );
        assert_eq!(
            message(&SplitSpec::default()),
            "data.split: the validation part has no rows (a larger share or more rows; there are 8)"
        );
        assert!(
            message(&SplitSpec {
                validation: 0.6,
                test: 0.5,
                ..SplitSpec::default()
            })
            .contains("no rows are left for training")
        );
        assert!(
            message(&SplitSpec {
                test: 1.5,
                ..SplitSpec::default()
            })
            .contains("out of range")
        );
        assert!(
            message(&SplitSpec {
                test: f64::NAN,
                ..SplitSpec::default()
            })
            .contains("out of range")
        );
    }
}
