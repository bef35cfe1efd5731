//! The columns' roles: what the file says, over what the data suggest.

use std::collections::BTreeMap;

use super::draft::DataDraft;
use crate::data::{ColumnSpec, Role, SplitMethod, TaskKind};

/// What the data suggest for one column: name, role, kind of task (labels), whether GAUC should group by it.
pub type InferredColumn = (String, Role, Option<TaskKind>, bool);

/// The settings of every column, the file's over the inferred ones.
///
/// - If the file declares any label, its labels are the only ones; a label that was inferred and not declared is ignored,
///   for a label among the features would give the others away.
/// - The column that the split is made by is ignored unless the file gives it a role.
/// - If the file marks a group, or gives the inferred group's column a role without marking it, no group is inferred.
/// - A column that the file names and the data lack stays in, so that whoever reads the data can say so.
pub fn resolve_columns(data: &DataDraft, inferred: &[InferredColumn]) -> BTreeMap<String, ColumnSpec> {
    let declares_labels = data.columns.values().any(is_label);
    let declares_group = data.columns.values().any(|column| column.group);
    let by_column = data.split.method != SplitMethod::Random;
    let split_column = data.split.column.as_deref().filter(|_| by_column);

    let mut columns = data.columns.clone();
    for (name, role, task, group) in inferred {
        let column = columns.entry(name.clone()).or_default();
        let stated = column.role;
        // A setting that only one role has tells the role.
        let implied = implied_role(column);
        let role = stated.or(implied).unwrap_or_else(|| match role {
            _ if split_column == Some(name.as_str()) => Role::Ignore,
            Role::Label if declares_labels => Role::Ignore,
            role => *role,
        });
        column.role = Some(role);
        if role == Role::Label && column.task.is_none() {
            column.task = *task;
        }
        if !declares_group && stated.is_none() {
            column.group = *group;
        }
    }
    columns
}

/// Whether the file makes a label of this column.
pub(super) fn is_label(column: &ColumnSpec) -> bool {
    column.role.or_else(|| implied_role(column)) == Some(Role::Label)
}

fn implied_role(column: &ColumnSpec) -> Option<Role> {
    if column.task.is_some() || column.positive.is_some() {
        return Some(Role::Label);
    }
    if column.separator.is_some() || column.attends_to.is_some() || column.max_len.is_some() {
        return Some(Role::Sequence);
    }
    column.min_count.map(|_| Role::Sparse)
}
