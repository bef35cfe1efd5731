//! Dividing rows into training, validation and test.
//!
//! The test part takes the last `⌊rows·share⌋` rows of the order, the validation part as many before it.

use std::ops::Range;
use std::sync::Arc;

use crate::error::Problem;

use super::column_spec::{SplitMethod, SplitSpec};
use super::dataset::Split;
use super::division::{Parts, Sizes, TEST, by_column, by_group, by_time, shuffled};
use super::nearest::nearest;
use super::table::{Column, Table, Values};

/// Divides the rows of a table; `test_rows` are those of a separate test file, which are test rows whatever the method.
///
/// # Errors
///
/// Shares out of range, a column that is not there or cannot divide, and parts without rows.
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
    // Parts that are cut by wrong shares would only add problems that are none.
    if !problems.is_empty() {
        return Err(problems);
    }
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

fn empty_parts(spec: &SplitSpec, parts: &Parts) -> Vec<Problem> {
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
    use crate::data::test_columns::{integers, table, text};

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
        let table = table(vec![integers("a", vec![0; 1237])]);
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
        let table = table(vec![integers("ts", vec![5, 1, 5, 5, 0, 5, 2, 5, 5, 3])]);
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
        let parts = split(&table(vec![text("date", &dates)]), &spec, None).unwrap();
        assert_eq!((parts.validation[0], parts.test[0]), (0, 3));
        let problems = split(
            &table(vec![text("date", &["1/2/2024", "12/1/2023"])]),
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
            &table(vec![integers("user", users.clone())]),
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
            &table(vec![text("part", &words)]),
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
            &table(vec![text("part", &odd)]),
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
        let table = table(vec![integers(
            "ts",
            vec![9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 100, 101],
        )]);
        for method in [SplitMethod::Random, SplitMethod::Time, SplitMethod::Group] {
            let split = split(&table, &spec(method, "ts"), Some(10..12)).unwrap();
            assert_eq!(*split.test, [10, 11]);
            assert_eq!(sizes(&split), [9, 1, 2], "{method:?}");
        }
    }

    #[test]
    fn what_cannot_be_divided_is_said() {
        let table = table(vec![integers("user_id", vec![1; 8])]);
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
