//! What is wrong with the columns' settings as a whole.

use std::collections::BTreeMap;

use crate::error::Problem;

use super::column_spec::{ColumnSpec, Role};
use super::nearest::nearest;
use super::table::{Column, Table, Values};

const MAX_EMBEDDING_DIM: u32 = 1024;
const MAX_BUCKETS: u32 = 1 << 30;

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
        if let Some(spec) = spec {
            problems.extend(check_embedding(column, spec));
        }
        if let Some(spec) = spec.filter(|spec| spec.role == Some(Role::Sequence)) {
            problems.extend(check_sequence(column, spec, table, roles));
        } else if list
            && spec.is_some_and(|spec| {
                matches!(spec.role, Some(Role::Sparse | Role::Dense)) || spec.group
            })
        {
            let message = "a column of lists has no single value in a row";
            let help = "make it a sequence, or ignore the column";
            problems.push(Problem::new(column.name.as_str(), message).help(help));
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
        let help = "give at least one column the role sparse, dense or sequence";
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

/// Settings of embeddings that are out of range or exclude each other.
fn check_embedding(column: &Column, spec: &ColumnSpec) -> Vec<Problem> {
    let place = |key: &str| format!("data.columns.{}.{key}", column.name);
    let ranges = [
        ("embedding_dim", spec.embedding_dim, MAX_EMBEDDING_DIM),
        ("hash_buckets", spec.hash_buckets, MAX_BUCKETS),
    ];
    let mut problems = Vec::new();
    for (key, value, most) in ranges {
        if let Some(value) = value.filter(|value| !(1..=most).contains(value)) {
            let problem = Problem::new(place(key), "out of range");
            let expected = format!("a whole number from 1 to {most}");
            problems.push(problem.expected(expected).found(value.to_string()));
        }
    }
    if spec.hash_buckets.is_some() && spec.min_count.is_some() {
        let problem = Problem::new(place("min_count"), "hashed ids are not counted");
        problems.push(problem.help("leave out `min_count` or `hash_buckets`"));
    }
    problems
}

/// Lists that cannot be read as such, or that attend to nothing.
fn check_sequence(
    column: &Column,
    spec: &ColumnSpec,
    table: &Table,
    roles: &BTreeMap<String, ColumnSpec>,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    if !matches!(column.values, Values::List { .. }) && spec.separator.is_none() {
        let problem = Problem::new(column.name.as_str(), "a sequence needs lists");
        let problem = problem.expected("a column of lists, or text with a `separator`");
        let found = column.values.type_name();
        problems.push(
            problem
                .found(found)
                .help("say what stands between two items"),
        );
    }
    let place = format!("data.columns.{}.attends_to", column.name);
    if let Some(name) = &spec.attends_to {
        let target = roles.get(name).filter(|_| table.column(name).is_some());
        match target.and_then(|target| target.role) {
            Some(Role::Sparse) => {}
            Some(role) => {
                let problem = Problem::new(place, "a sequence attends to a sparse column");
                problems.push(problem.found(format!("`{name}`, which is {}", role.id())));
            }
            None => problems.push(Problem::new(place, "no such column").found(name.as_str())),
        }
        let own = [
            ("embedding_dim", spec.embedding_dim),
            ("hash_buckets", spec.hash_buckets),
            ("min_count", spec.min_count),
        ];
        for (key, _) in own.iter().filter(|(_, value)| value.is_some()) {
            let place = format!("data.columns.{}.{key}", column.name);
            let message = format!("ids and embeddings are those of `{name}`");
            problems.push(Problem::new(place, message).help("say it there"));
        }
    }
    problems
}
