//! The columns' settings with every role filled in: what the user wrote, over what the data suggest.

use std::collections::BTreeMap;

use super::column_spec::{ColumnSpec, Role, SplitMethod, SplitSpec, TaskKind};
use super::infer::{infer, task_of};
use super::profile::Profile;
use super::table::Table;

/// The settings of all columns.
///
/// - If the user names any label, those are the only ones, and what else looks like a label is ignored.
/// - The column that the split is made by is ignored unless the user gives it a role.
/// - If the user marks a group, or gives the guessed group's column a role, no group is guessed.
/// - Settings of unknown columns are kept, for [`encode`](super::encode()) to report.
pub fn resolve(
    table: &Table,
    profiles: &[Profile],
    columns: &BTreeMap<String, ColumnSpec>,
    split: &SplitSpec,
) -> BTreeMap<String, ColumnSpec> {
    let labels: Vec<String> = columns
        .iter()
        .filter(|(_, spec)| stated_role(spec) == Some(Role::Label))
        .map(|(name, _)| name.clone())
        .collect();
    let named = Some(labels.as_slice()).filter(|labels| !labels.is_empty());
    let by_column = split.method != SplitMethod::Random;
    let split_column = split.column.as_deref().filter(|_| by_column);
    let own_group = columns.values().any(|spec| spec.group);
    let mut resolved = columns.clone();
    for (profile, guess) in profiles.iter().zip(infer(table, profiles, named)) {
        let spec = resolved.entry(profile.name.clone()).or_default();
        let stated = stated_role(spec);
        let is_split = split_column == Some(profile.name.as_str());
        let role = stated.unwrap_or(if is_split { Role::Ignore } else { guess.role });
        if role == Role::Label {
            let positive = spec.positive.as_ref().map(|_| TaskKind::Binary);
            spec.task = spec
                .task
                .or(positive)
                .or(guess.task)
                .or_else(|| Some(task_of(profile)));
        }
        spec.group |= guess.group && !own_group && spec.role.is_none();
        spec.role = Some(role);
    }
    resolved
}

/// The role that settings state, if only by having what one role alone has.
pub fn stated_role(spec: &ColumnSpec) -> Option<Role> {
    let implied = || {
        if spec.task.is_some() || spec.positive.is_some() || spec.after.is_some() {
            return Some(Role::Label);
        }
        let of_sequence = spec.separator.is_some() || spec.attends_to.is_some();
        if of_sequence || spec.max_len.is_some() || spec.pooling.is_some() {
            return Some(Role::Sequence);
        }
        let of_ids = [spec.min_count, spec.hash_buckets, spec.embedding_dim];
        of_ids.iter().any(Option::is_some).then_some(Role::Sparse)
    };
    spec.role.or_else(implied)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::profile::profile;
    use crate::data::test_columns::{integers, reals, table};

    /// Column, role, kind of task and group, as resolved with these settings and this split.
    fn resolved(settings: &[(&str, ColumnSpec)], split: &SplitSpec) -> Vec<String> {
        let table = table(vec![
            integers("user_id", (0..60).map(|row| 1_000 + row % 7)),
            reals("day", (0..60).map(|row| f64::from(row) / 7.0)),
            integers("click", (0..60).map(|row| row % 2)),
            reals("watch_secs", (0..60).map(|row| f64::from(row % 13) * 1.5)),
        ]);
        let mine = settings
            .iter()
            .map(|(name, spec)| ((*name).to_owned(), spec.clone()))
            .collect();
        let show = |(name, spec): (String, ColumnSpec)| {
            let role = spec.role.map_or("?", Role::id);
            let task = spec.task.map_or("", TaskKind::id);
            let group = if spec.group { "group" } else { "" };
            let words = [name.as_str(), role, task, group];
            let said = words.into_iter().filter(|word| !word.is_empty());
            said.collect::<Vec<_>>().join(" ")
        };
        resolve(&table, &profile(&table), &mine, split)
            .into_iter()
            .map(show)
            .collect()
    }

    fn role(role: Role) -> ColumnSpec {
        ColumnSpec {
            role: Some(role),
            ..ColumnSpec::default()
        }
    }

    #[test]
    fn silent_settings_take_what_the_data_suggest() {
        let expected = [
            "click label binary",
            "day dense",
            "user_id sparse group",
            "watch_secs label regression",
        ];
        assert_eq!(resolved(&[], &SplitSpec::default()), expected);
    }

    #[test]
    fn named_labels_are_the_only_ones_and_the_others_do_not_leak() {
        let expected = [
            "click label binary",
            "day dense",
            "user_id sparse group",
            "watch_secs ignore",
        ];
        let positive = ColumnSpec {
            positive: Some("1".to_owned()),
            ..ColumnSpec::default()
        };
        for settings in [role(Role::Label), positive] {
            let found = resolved(&[("click", settings)], &SplitSpec::default());
            assert_eq!(found, expected);
        }
        let kept = [
            ("click", role(Role::Label)),
            ("watch_secs", role(Role::Dense)),
        ];
        let found = resolved(&kept, &SplitSpec::default());
        assert_eq!(found[3], "watch_secs dense");
    }

    #[test]
    fn the_split_column_is_no_feature_unless_it_is_given_a_role() {
        let by = |method| SplitSpec {
            method,
            column: Some("day".to_owned()),
            ..SplitSpec::default()
        };
        let own = [("day", role(Role::Dense))];
        for method in [SplitMethod::Time, SplitMethod::Group, SplitMethod::Column] {
            assert_eq!(resolved(&[], &by(method))[1], "day ignore");
            assert_eq!(resolved(&own, &by(method))[1], "day dense");
        }
        assert_eq!(resolved(&[], &by(SplitMethod::Random))[1], "day dense");
    }

    #[test]
    fn a_group_of_the_user_is_the_only_one() {
        let group = ColumnSpec {
            group: true,
            ..role(Role::Dense)
        };
        let found = resolved(&[("day", group)], &SplitSpec::default());
        assert_eq!(found[1..3], ["day dense group", "user_id sparse"]);
        let found = resolved(&[("user_id", role(Role::Sparse))], &SplitSpec::default());
        assert_eq!(found[2], "user_id sparse");
    }

    #[test]
    fn a_setting_of_one_role_alone_tells_the_role_and_unknown_columns_stay() {
        let rare = ColumnSpec {
            min_count: Some(2),
            ..ColumnSpec::default()
        };
        let settings = [("day", rare), ("nonsense", ColumnSpec::default())];
        let found = resolved(&settings, &SplitSpec::default());
        assert_eq!(found[1..3], ["day sparse", "nonsense ?"]);
    }
}
