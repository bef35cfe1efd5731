//! Labels that come after another, such as a purchase after a click.

use super::chosen::WithSpec;
use super::column_spec::TaskKind;
use super::dataset::{Task, task_of};
use crate::error::Problem;

/// For each label the place of the one before it.
pub(super) fn labels_before(
    labels: &[WithSpec<'_>],
    tasks: &[Task],
    problems: &mut Vec<Problem>,
) -> Vec<Option<usize>> {
    let before = |(place, (_, spec)): (usize, &WithSpec<'_>)| {
        let name = spec.after.as_ref()?;
        let own = &tasks[place];
        let key = format!("data.columns.{}.after", own.name);
        if own.kind != TaskKind::Binary {
            let problem = Problem::new(key, "only a binary label comes after another");
            problems.push(problem.found(format!("{}, which is {}", own.name, own.kind.id())));
            return None;
        }
        match task_of(tasks, name, TaskKind::Binary, &key) {
            Ok(found) if found == place => {
                let problem = Problem::new(key, "a label does not come after itself");
                problems.push(problem.expected("the name of another binary label"));
                None
            }
            Ok(found) => Some(found),
            Err(problem) => {
                problems.push(problem);
                None
            }
        }
    };
    labels.iter().enumerate().map(before).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::column_spec::ColumnSpec;
    use crate::data::test_columns::integers;

    #[test]
    fn a_label_after_another_is_told_by_its_place() {
        let task = |name: &str, kind| Task {
            name: name.to_owned(),
            kind,
            unscale: None,
        };
        let tasks = [
            task("buy", TaskKind::Binary),
            task("click", TaskKind::Binary),
            task("secs", TaskKind::Regression),
        ];
        let column = integers("any", [0]);
        let found = |own: &str, before: &str| {
            let specs = tasks.each_ref().map(|task| ColumnSpec {
                after: (task.name == own).then(|| before.to_owned()),
                ..ColumnSpec::default()
            });
            let labels = specs.each_ref().map(|spec| (column.clone(), spec));
            let mut problems = Vec::new();
            let found = labels_before(&labels, &tasks, &mut problems);
            let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
            (found, told.join("\n"))
        };
        assert_eq!(
            found("buy", "click"),
            (vec![Some(1), None, None], String::new())
        );
        let refused = [
            (
                "buy",
                "buy",
                "data.columns.buy.after: a label does not come after itself; expected the name of another binary label",
            ),
            (
                "buy",
                "secs",
                "data.columns.buy.after: there is no such label; expected the name of a binary label; found secs, which is \
                 regression",
            ),
            (
                "buy",
                "age",
                "data.columns.buy.after: there is no such label; expected the name of a binary label",
            ),
            (
                "secs",
                "click",
                "data.columns.secs.after: only a binary label comes after another; found secs, which is regression",
            ),
        ];
        for (own, before, expected) in refused {
            assert_eq!(found(own, before), (vec![None; 3], expected.to_owned()));
        }
    }
}
