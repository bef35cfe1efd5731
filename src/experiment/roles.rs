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
pub fn resolve_columns(
    data: &DataDraft,
    inferred: &[InferredColumn],
) -> BTreeMap<String, ColumnSpec> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::parse;

    fn inferred() -> Vec<InferredColumn> {
        let column = |name: &str, role, task, group| (name.to_owned(), role, task, group);
        vec![
            column("user", Role::Sparse, None, true),
            column("day", Role::Dense, None, false),
            column("click", Role::Label, Some(TaskKind::Binary), false),
            column("watch", Role::Label, Some(TaskKind::Regression), false),
        ]
    }

    /// `name role task group` of each column.
    fn resolved(text: &str) -> Vec<String> {
        let (draft, problems) = parse(text, "e.toml");
        assert_eq!(problems, []);
        let columns = resolve_columns(&draft.data, &inferred());
        let show = |(name, column): (&String, &ColumnSpec)| {
            let role = column.role.map_or("?", Role::id);
            let task = column.task.map_or("", TaskKind::id);
            let group = if column.group { "group" } else { "" };
            [name, role, task, group].join(" ").trim_end().to_owned()
        };
        columns.iter().map(show).collect()
    }

    #[test]
    fn a_silent_file_takes_what_the_data_suggest() {
        let expected = [
            "click label binary",
            "day dense",
            "user sparse  group",
            "watch label regression",
        ];
        assert_eq!(resolved(""), expected);
    }

    #[test]
    fn declared_labels_are_the_only_ones() {
        let expected = [
            "click label binary",
            "day dense",
            "user sparse  group",
            "watch ignore",
        ];
        assert_eq!(resolved("data.columns.click.role = \"label\""), expected);
        assert_eq!(resolved("data.columns.click.positive = \"1\""), expected);
    }

    #[test]
    fn the_split_column_is_no_feature_unless_it_is_given_a_role() {
        let split = "data.split = { method = \"time\", column = \"day\" }\n";
        assert_eq!(resolved(split)[1], "day ignore");
        assert_eq!(
            resolved(&format!("{split}data.columns.day.role = \"dense\""))[1],
            "day dense"
        );
        assert_eq!(resolved("data.split.column = \"day\"")[1], "day dense");
    }

    #[test]
    fn a_group_of_the_file_is_the_only_one() {
        assert_eq!(
            resolved("data.columns.day.group = true")[1..3],
            ["day dense  group", "user sparse"]
        );
        assert_eq!(
            resolved("data.columns.user.role = \"sparse\"")[2],
            "user sparse"
        );
    }

    #[test]
    fn an_unknown_column_stays() {
        assert_eq!(
            resolved("data.columns.usr.role = \"sparse\"")[3],
            "usr sparse"
        );
    }
}
