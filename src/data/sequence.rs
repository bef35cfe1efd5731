//! Lists of ids: whose vocabulary they have, and the newest items of each row.

use std::collections::HashMap;
use std::sync::Arc;

use super::chosen::WithSpec;
use super::column_spec::{ColumnSpec, Pooling};
use super::dataset::{Sequence, SequenceField, Split};
use super::sparse::FittedSparse;
use super::table::{Column, Values};
use super::vocabulary::Vocabulary;

/// The items of a row that are used unless its column says otherwise.
const MAX_LEN: u32 = 20;

/// Encodes the list columns; those that attend to a sparse column have its ids.
pub(super) fn sequences(
    columns: &[WithSpec<'_>],
    sparse: &[FittedSparse<'_>],
    parts: &Split,
    rows: usize,
) -> Vec<Sequence> {
    columns
        .iter()
        .map(|(column, spec)| sequence(column, spec, sparse, parts, rows))
        .collect()
}

fn sequence(
    column: &Column,
    spec: &ColumnSpec,
    sparse: &[FittedSparse<'_>],
    parts: &Split,
    rows: usize,
) -> Sequence {
    let lists = Lists::of(&column.values, rows);
    let named = spec.attends_to.as_ref();
    let target = named.and_then(|name| sparse.iter().position(|(other, _)| other.name == *name));
    let (ids_of_codes, vocabulary) = if let Some(target) = target {
        let (other, vocabulary) = &sparse[target];
        let ids = vocabulary.ids_of_texts(&other.values, &lists.dictionary);
        (ids, vocabulary.len())
    } else {
        let train = parts.train.iter().map(|&row| row as usize);
        let seen = train.flat_map(|row| lists.items(row));
        Vocabulary::ids_of_lists(spec, &lists.dictionary, seen)
    };
    let max_len = spec.max_len.unwrap_or(MAX_LEN).max(1) as usize;
    let mut offsets = Vec::with_capacity(rows + 1);
    let mut ids = Vec::new();
    let mut longest = 1;
    offsets.push(0);
    for row in 0..rows {
        let items = lists.items(row);
        let newest = &items[items.len().saturating_sub(max_len)..];
        ids.extend(newest.iter().map(|&code| ids_of_codes[code as usize]));
        longest = longest.max(newest.len());
        offsets.push(ids.len());
    }
    Sequence {
        field: SequenceField {
            name: column.name.clone(),
            target,
            vocabulary,
            embedding_dim: spec.embedding_dim.map(|dim| dim as usize),
            len: longest,
            pooling: spec.pooling.unwrap_or(Pooling::Mean),
        },
        offsets: Arc::new(offsets),
        ids: Arc::new(ids),
    }
}

/// Any column as lists: a single value is a list of one, a missing one an empty list.
struct Lists {
    offsets: Arc<Vec<usize>>,
    codes: Arc<Vec<u32>>,
    /// The text of each code.
    dictionary: Arc<Vec<String>>,
}

impl Lists {
    fn of(values: &Values, rows: usize) -> Self {
        if let Values::List {
            offsets,
            codes,
            dictionary,
        } = values
        {
            return Self {
                offsets: Arc::clone(offsets),
                codes: Arc::clone(codes),
                dictionary: Arc::clone(dictionary),
            };
        }
        let mut known: HashMap<String, u32> = HashMap::new();
        let mut dictionary = Vec::new();
        let (mut offsets, mut codes) = (vec![0], Vec::new());
        for row in 0..rows {
            if !values.is_missing(row) {
                let text = values.display(row);
                let next = dictionary.len() as u32;
                let code = *known.entry(text.clone()).or_insert(next);
                if code == next {
                    dictionary.push(text);
                }
                codes.push(code);
            }
            offsets.push(codes.len());
        }
        Self {
            offsets: Arc::new(offsets),
            codes: Arc::new(codes),
            dictionary: Arc::new(dictionary),
        }
    }

    fn items(&self, row: usize) -> &[u32] {
        &self.codes[self.offsets[row]..self.offsets[row + 1]]
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::data::chosen::Chosen;
    use crate::data::column_spec::Role;
    use crate::data::test_columns::{integers, lists, table, text};

    fn spec(role: Role) -> ColumnSpec {
        ColumnSpec {
            role: Some(role),
            ..ColumnSpec::default()
        }
    }

    /// The sequences of a table whose first three rows are for training.
    fn encoded(columns: Vec<Column>, specs: &[(&str, ColumnSpec)]) -> Vec<Sequence> {
        let table = table(columns);
        let named = specs
            .iter()
            .map(|(name, spec)| ((*name).to_owned(), spec.clone()));
        let roles: BTreeMap<String, ColumnSpec> = named.collect();
        let parts = Split {
            train: Arc::new(vec![0, 1, 2]),
            ..Split::default()
        };
        let chosen = Chosen::of(&table, &roles);
        let sparse = crate::data::sparse::fit_sparse(&chosen.sparse, &parts);
        sequences(&chosen.sequences, &sparse, &parts, table.num_rows)
    }

    fn rows(list: &Sequence) -> Vec<&[u32]> {
        (0..list.offsets.len() as u32 - 1)
            .map(|row| list.items(row))
            .collect()
    }

    #[test]
    fn a_list_has_the_ids_of_what_it_attends_to_and_only_the_newest() {
        let columns = || {
            vec![
                integers("video", [30, 10, 30, 20]),
                lists("seen", &["10", "", "20 30 10", "30 10 30 30"]),
            ]
        };
        let seen = ColumnSpec {
            attends_to: Some("video".to_owned()),
            max_len: Some(3),
            ..spec(Role::Sequence)
        };
        let found = encoded(columns(), &[("video", spec(Role::Sparse)), ("seen", seen)]);
        let field = &found[0].field;
        assert_eq!((field.target, field.vocabulary, field.len), (Some(0), 4, 3));
        // 20 is not among the videos of the training rows.
        assert_eq!(rows(&found[0]), [&[3][..], &[], &[0, 2, 3], &[3, 2, 2]]);
    }

    #[test]
    fn a_list_without_a_target_has_ids_of_its_own() {
        let columns = || vec![lists("tags", &["b a", "a", "c a", "d b a"])];
        let found = encoded(columns(), &[("tags", spec(Role::Sequence))]);
        let field = &found[0].field;
        assert_eq!((field.target, field.vocabulary, field.len), (None, 5, 3));
        assert_eq!(rows(&found[0]), [&[2, 3][..], &[3], &[4, 3], &[0, 2, 3]]);
        let often = ColumnSpec {
            min_count: Some(2),
            ..spec(Role::Sequence)
        };
        let found = encoded(columns(), &[("tags", often)]);
        assert_eq!(found[0].field.vocabulary, 3);
        assert_eq!(rows(&found[0])[3], [0, 0, 2]);
    }

    #[test]
    fn hashes_agree_between_a_list_and_its_target() {
        let video = ColumnSpec {
            hash_buckets: Some(1000),
            ..spec(Role::Sparse)
        };
        let seen = ColumnSpec {
            attends_to: Some("video".to_owned()),
            ..spec(Role::Sequence)
        };
        let columns = vec![
            integers("video", [7, 8, 9, 7]),
            text("seen", &["9", "", "7", "8"]),
        ];
        let specs = [("video", video), ("seen", seen)];
        let found = encoded(columns.clone(), &specs);
        let table = table(columns);
        let roles: BTreeMap<String, ColumnSpec> =
            specs.map(|(name, spec)| (name.to_owned(), spec)).into();
        let chosen = Chosen::of(&table, &roles);
        let sparse = crate::data::sparse::fit_sparse(&chosen.sparse, &Split::default());
        let ids = crate::data::sparse::sparse_ids(&sparse, 4);
        assert_eq!(found[0].field.vocabulary, 1002);
        assert_eq!(rows(&found[0]), [&[ids[2]][..], &[], &[ids[0]], &[ids[1]]]);
        assert!(ids[0] != ids[1] && ids[1] != ids[2] && ids[0] == ids[3]);
    }
}
