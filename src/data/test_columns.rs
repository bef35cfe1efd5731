//! Columns made by hand, for tests.

use std::sync::Arc;

use super::table::{Column, Table, Values};

/// Text; an empty string is missing.
pub(super) fn text(name: &str, values: &[&str]) -> Column {
    let mut dictionary: Vec<String> = Vec::new();
    let mut code = |value: &str| {
        if value.is_empty() {
            return None;
        }
        let known = dictionary.iter().position(|other| other == value);
        Some(known.unwrap_or_else(|| {
            dictionary.push(value.to_owned());
            dictionary.len() - 1
        }) as i64)
    };
    let codes = values.iter().map(|value| code(value)).collect();
    let values = Values::Text {
        codes: Arc::new(codes),
        dictionary: Arc::new(dictionary),
    };
    Column {
        name: name.to_owned(),
        values,
    }
}

/// Lists, their items divided by a space.
pub(super) fn lists(name: &str, rows: &[&str]) -> Column {
    let mut dictionary: Vec<String> = Vec::new();
    let (mut offsets, mut codes) = (vec![0], Vec::new());
    for row in rows {
        for text in row.split_whitespace() {
            let known = dictionary.iter().position(|other| other == text);
            codes.push(known.unwrap_or(dictionary.len()) as u32);
            if known.is_none() {
                dictionary.push(text.to_owned());
            }
        }
        offsets.push(codes.len());
    }
    let values = Values::List {
        offsets: Arc::new(offsets),
        codes: Arc::new(codes),
        dictionary: Arc::new(dictionary),
    };
    Column {
        name: name.to_owned(),
        values,
    }
}

/// Whole numbers, none missing.
pub(super) fn integers(name: &str, values: impl IntoIterator<Item = i64>) -> Column {
    Column {
        name: name.to_owned(),
        values: Values::Integer(Arc::new(values.into_iter().collect())),
    }
}

/// Whole numbers, some missing.
pub(super) fn gappy(name: &str, values: impl IntoIterator<Item = Option<i64>>) -> Column {
    Column {
        name: name.to_owned(),
        values: Values::Integer(Arc::new(values.into_iter().collect())),
    }
}

/// Real numbers; NaN is missing.
pub(super) fn reals(name: &str, values: impl IntoIterator<Item = f64>) -> Column {
    Column {
        name: name.to_owned(),
        values: Values::Real(Arc::new(values.into_iter().collect())),
    }
}

/// A table of columns of one length.
pub(super) fn table(columns: Vec<Column>) -> Table {
    let len = |column: &Column| match &column.values {
        Values::Integer(values) => values.len(),
        Values::Real(values) => values.len(),
        Values::Text { codes, .. } => codes.len(),
        Values::List { offsets, .. } => offsets.len() - 1,
    };
    let num_rows = columns.first().map_or(0, len);
    assert!(columns.iter().all(|column| len(column) == num_rows));
    Table { columns, num_rows }
}
