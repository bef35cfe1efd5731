//! Which columns are used for what, and which rows have them all.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::error::Problem;

use super::column_spec::{ColumnSpec, Role};
use super::dataset::Split;
use super::table::{Column, Table};

/// A column with its settings.
pub(super) type WithSpec<'a> = (Column, &'a ColumnSpec);

/// The columns by role, in table order, with their settings.
///
/// Values are shared with the table. Where that is gone, a role's values go with its list.
pub(super) struct Chosen<'a> {
    pub(super) sparse: Vec<WithSpec<'a>>,
    pub(super) sequences: Vec<WithSpec<'a>>,
    pub(super) dense: Vec<WithSpec<'a>>,
    pub(super) labels: Vec<WithSpec<'a>>,
    /// The column that GAUC groups by.
    pub(super) group: Option<Column>,
}

impl<'a> Chosen<'a> {
    /// Columns without settings are left out.
    pub(super) fn of(table: &Table, roles: &'a BTreeMap<String, ColumnSpec>) -> Self {
        let with = |role: Role| {
            let settings = table
                .columns
                .iter()
                .filter_map(|column| Some((column, roles.get(&column.name)?)));
            settings
                .filter(|(_, spec)| spec.role == Some(role))
                .map(|(column, spec)| (column.clone(), spec))
                .collect()
        };
        let is_group = |column: &&Column| roles.get(&column.name).is_some_and(|spec| spec.group);
        Self {
            sparse: with(Role::Sparse),
            sequences: with(Role::Sequence),
            dense: with(Role::Dense),
            labels: with(Role::Label),
            group: table.columns.iter().find(is_group).cloned(),
        }
    }

    fn features(&self) -> impl Iterator<Item = &Column> {
        self.sparse
            .iter()
            .chain(&self.dense)
            .map(|(column, _)| column)
    }
}

/// Takes rows that miss a feature out of all parts and counts them.
pub(super) fn drop_incomplete(
    parts: &Split,
    chosen: &Chosen<'_>,
    rows: usize,
    problems: &mut Vec<Problem>,
) -> (Split, usize) {
    let mut complete = vec![true; rows];
    for column in chosen.features() {
        for (row, complete) in complete.iter_mut().enumerate() {
            *complete = *complete && !column.values.is_missing(row);
        }
    }
    let kept = |part: &Arc<Vec<u32>>| -> Arc<Vec<u32>> {
        Arc::new(
            part.iter()
                .copied()
                .filter(|&row| complete[row as usize])
                .collect(),
        )
    };
    let left = Split {
        train: kept(&parts.train),
        validation: kept(&parts.validation),
        test: kept(&parts.test),
    };
    let each = [
        ("training", &parts.train, &left.train),
        ("validation", &parts.validation, &left.validation),
        ("test", &parts.test, &left.test),
    ];
    for (name, before, after) in each {
        if !before.is_empty() && after.is_empty() {
            let message = format!("every {name} row misses a feature, so none is left");
            problems.push(
                Problem::new("data.missing", message)
                    .help("use `impute`, or ignore the columns that are mostly missing"),
            );
        }
    }
    let dropped = complete.iter().filter(|&&complete| !complete).count();
    (left, dropped)
}
