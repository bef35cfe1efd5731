//! What is wrong with the columns' settings as a whole.

use std::collections::BTreeMap;

use crate::error::Problem;

use super::column_spec::{ColumnSpec, Role};
use super::nearest::nearest;
use super::table::{Column, Table, Values};

/// Unknown columns, roles that cannot work, no label, no feature, several groups.
pub(super) fn check_columns(table: &Table, roles: &BTreeMap<String, ColumnSpec>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for name in roles.keys().filter(|name| table.column(name).is_none()) {
        let problem = Problem::new(format!("data.columns.{name}"), "no such column");
        let names = table.columns.iter().map(|column| column.name.as_str());
        problems.push(match nearest(name, names) {
            Some(near) => problem.help(format!("did you mean `{near}`?")),
            None => problem,
        });
    }
    let present = |spec: &&ColumnSpec, role: Role| spec.role == Some(role);
    let known = || {
        table
            .columns
            .iter()
            .filter_map(|column| roles.get(&column.name))
    };
    for column in &table.columns {
        let spec = roles.get(&column.name);
        let list = matches!(column.values, Values::List { .. });
        if spec.is_some_and(|spec| spec.role == Some(Role::Sequence)) {
            let message = "sequence features are not supported yet";
            problems.push(Problem::new(column.name.as_str(), message).help("ignore the column"));
        } else if list
            && spec.is_some_and(|spec| {
                matches!(spec.role, Some(Role::Sparse | Role::Dense)) || spec.group
            })
        {
            let message = "a column of lists has no single value in a row";
            problems.push(Problem::new(column.name.as_str(), message).help("ignore the column"));
        }
    }
    if table.num_rows == 0 {
        problems.push(Problem::new("", "the data have no rows"));
    } else if u32::try_from(table.num_rows).is_err() {
        let found = table.num_rows.to_string();
        problems.push(
            Problem::new("", "too many rows")
                .expected("fewer than 4294967296")
                .found(found),
        );
    }
    if !known().any(|spec| present(&spec, Role::Label)) {
        let help = "give at least one column the role label";
        problems.push(Problem::new("data.columns", "no column is a label").help(help));
    }
    if !known().any(|spec| matches!(spec.role, Some(Role::Sparse | Role::Dense | Role::Sequence))) {
        let help = "give at least one column the role sparse or dense";
        problems.push(Problem::new("data.columns", "no column is a feature").help(help));
    }
    let grouped = |column: &&Column| roles.get(&column.name).is_some_and(|spec| spec.group);
    let groups: Vec<&str> = table
        .columns
        .iter()
        .filter(grouped)
        .map(|column| column.name.as_str())
        .collect();
    if groups.len() > 1 {
        let problem = Problem::new("data.columns", "several columns are marked as group");
        problems.push(problem.expected("one at the most").found(groups.join(", ")));
    }
    problems
}
