//! The parameters of a registry entry: their check, and their resolution to a value for each.

use std::collections::BTreeMap;

use super::check::Roles;
use super::nearest::suggestion;
use super::registries::entry;
use super::write::param_text;
use crate::data::{Role, Task};
use crate::error::Problem;
use crate::spec::{Choice, ParamKind, ParamSpec, ParamValue, Spec};

/// The largest width of a layer.
pub(super) const MAX_WIDTH: i64 = 8192;
/// The most hidden layers of one bottom or tower.
pub(super) const MAX_LAYERS: usize = 16;

/// Checks a choice against its registry.
pub(super) struct ChoiceCheck<'a> {
    /// Such as `strategy`, for messages.
    pub what: &'static str,
    /// The key path of the choice.
    pub place: String,
    /// The key of the name within it.
    pub name_key: &'static str,
    /// The registry.
    pub specs: &'a [&'a Spec],
    /// The tasks' names, where they are known.
    pub tasks: Option<&'a [String]>,
    /// All columns with their roles, where they are known.
    pub columns: Option<&'a Roles>,
}

impl ChoiceCheck<'_> {
    /// Adds what is wrong with `choice`.
    pub fn check(&self, choice: &Choice, problems: &mut Vec<Problem>) {
        let Some(spec) = entry(self.specs, &choice.name) else {
            let place = format!("{}.{}", self.place, self.name_key);
            let message = format!("unknown {} `{}`", self.what, choice.name);
            let help = suggestion(&choice.name, self.specs.iter().map(|spec| spec.id));
            problems.push(Problem::new(place, message).help(help));
            return;
        };
        for (name, value) in &choice.params {
            let place = format!("{}.{name}", self.place);
            if let Some(param) = spec.params.iter().find(|param| param.name == name) {
                self.check_value(param, value, &place, problems);
                continue;
            }
            let owner = format!("{} `{}`", self.what, spec.id);
            let message = format!("unknown parameter `{name}` of {owner}");
            let help = if spec.params.is_empty() {
                format!("{owner} has no parameters")
            } else {
                suggestion(name, spec.params.iter().map(|param| param.name))
            };
            problems.push(Problem::new(place, message).help(help));
        }
    }

    fn check_value(
        &self,
        param: &ParamSpec,
        value: &ParamValue,
        place: &str,
        problems: &mut Vec<Problem>,
    ) {
        let out_of_range = |place: &str, expected: String, found: String| {
            Problem::new(place, "out of range")
                .expected(expected)
                .found(found)
        };
        match (&param.kind, value) {
            (
                &ParamKind::Number { min, max, .. },
                ParamValue::Number(_) | ParamValue::Integer(_),
            ) => {
                if !as_number(value).is_some_and(|number| number >= min && number <= max) {
                    let found = param_text(value);
                    problems.push(out_of_range(place, expected_type(&param.kind), found));
                }
            }
            (&ParamKind::Integer { min, max, .. }, ParamValue::Integer(whole)) => {
                if *whole < min || *whole > max {
                    let found = whole.to_string();
                    problems.push(out_of_range(place, expected_type(&param.kind), found));
                }
            }
            (&ParamKind::Widths { min, max, .. }, ParamValue::Widths(widths)) => {
                check_widths(widths, place, (min, max), problems);
            }
            (ParamKind::Choice { options, .. }, ParamValue::Word(word)) => {
                if !options.contains(&word.as_str()) {
                    let message = format!("unknown word `{word}`");
                    let help = suggestion(word, options.iter().copied());
                    let expected = format!("one of {}", options.join(", "));
                    problems.push(Problem::new(place, message).expected(expected).help(help));
                }
            }
            (ParamKind::Task { .. }, ParamValue::Word(task)) => {
                if !task.is_empty() {
                    check_task(task, place, self.tasks, problems);
                }
            }
            (ParamKind::Columns, ParamValue::Columns(names)) => {
                for (index, name) in names.iter().enumerate() {
                    check_column(name, &format!("{place}[{index}]"), self.columns, problems);
                }
            }
            // An empty list in a file may be either.
            (ParamKind::Columns, ParamValue::Widths(none)) if none.is_empty() => {}
            (&ParamKind::PerTask { min, max, .. }, ParamValue::PerTask(numbers)) => {
                for (task, &number) in numbers {
                    let place = format!("{place}.{task}");
                    check_task(task, &place, self.tasks, problems);
                    if !(number >= min && number <= max) {
                        let found = param_text(&ParamValue::Number(number));
                        let expected = format!("a number {}", between(min, max));
                        problems.push(out_of_range(&place, expected, found));
                    }
                }
            }
            (ParamKind::Flag { .. }, ParamValue::Flag(_)) => {}
            (kind, value) => {
                let problem = Problem::new(place, "wrong type").expected(expected_type(kind));
                problems.push(problem.found(param_text(value)));
            }
        }
    }
}

/// Adds what is wrong with the widths of hidden layers.
pub(super) fn check_widths(
    widths: &[i64],
    place: &str,
    (min, max): (i64, i64),
    problems: &mut Vec<Problem>,
) {
    if widths.len() > MAX_LAYERS {
        let problem = Problem::new(place, "too many layers");
        let expected = format!("at most {MAX_LAYERS}");
        problems.push(problem.expected(expected).found(widths.len().to_string()));
    }
    for (layer, &width) in widths.iter().enumerate() {
        if width < min || width > max {
            let problem = Problem::new(format!("{place}[{layer}]"), "out of range");
            let expected = format!("a width from {min} to {max}");
            problems.push(problem.expected(expected).found(width.to_string()));
        }
    }
}

/// Adds a problem if there is no such task.
pub(super) fn check_task(
    task: &str,
    place: &str,
    tasks: Option<&[String]>,
    problems: &mut Vec<Problem>,
) {
    if let Some(tasks) = tasks
        && !tasks.iter().any(|known| known == task)
    {
        let help = suggestion(task, tasks.iter().map(String::as_str));
        problems.push(Problem::new(place, format!("`{task}` is not a label")).help(help));
    }
}

/// Adds a problem if there is no such sparse or dense column.
fn check_column(name: &str, place: &str, columns: Option<&Roles>, problems: &mut Vec<Problem>) {
    let is_feature = |role: &Role| matches!(role, Role::Sparse | Role::Dense);
    let Some(columns) = columns else { return };
    let found = columns.get(name);
    if found.is_some_and(is_feature) {
        return;
    }
    let problem = Problem::new(place, format!("`{name}` is not a feature"));
    let problem = problem.expected("the name of a sparse or dense column");
    problems.push(if let Some(role) = found {
        problem.found(format!("{name} with the role {}", role.id()))
    } else {
        let features = columns.iter().filter(|(_, role)| is_feature(role));
        problem.help(suggestion(name, features.map(|(name, _)| name.as_str())))
    });
}

/// The choice with a value for each of its entry's parameters and tasks.
pub(super) fn resolve_choice(choice: &Choice, specs: &[&Spec], tasks: &[Task]) -> Choice {
    let Some(spec) = entry(specs, &choice.name) else {
        return choice.clone();
    };
    let resolve = |param: &ParamSpec| {
        let set = choice.params.get(param.name).cloned();
        let value = match (&param.kind, set) {
            (ParamKind::Number { .. }, Some(ParamValue::Integer(whole))) => {
                ParamValue::Number(whole as f64)
            }
            (&ParamKind::PerTask { default, .. }, set) => {
                let set = match set {
                    Some(ParamValue::PerTask(set)) => set,
                    _ => BTreeMap::new(),
                };
                let number = |task: &Task| set.get(&task.name).copied().unwrap_or(default);
                ParamValue::PerTask(
                    tasks
                        .iter()
                        .map(|task| (task.name.clone(), number(task)))
                        .collect(),
                )
            }
            (&ParamKind::Task { kind }, set) => {
                let set = set.filter(|set| *set != ParamValue::Word(String::new()));
                let first = tasks.iter().find(|task| task.kind.id() == kind);
                set.unwrap_or_else(|| {
                    ParamValue::Word(first.map_or_else(String::new, |task| task.name.clone()))
                })
            }
            (_, Some(set)) => set,
            (kind, None) => kind.default_value(),
        };
        (param.name.to_owned(), value)
    };
    Choice {
        name: choice.name.clone(),
        params: spec.params.iter().map(resolve).collect(),
    }
}

fn as_number(value: &ParamValue) -> Option<f64> {
    match value {
        ParamValue::Number(number) => Some(*number),
        ParamValue::Integer(whole) => Some(*whole as f64),
        _ => None,
    }
}

fn expected_type(kind: &ParamKind) -> String {
    match kind {
        ParamKind::Number { min, max, .. } => format!("a number {}", between(*min, *max)),
        ParamKind::Integer { min, max, .. } => format!("a whole number {}", between(*min, *max)),
        ParamKind::Widths { .. } => "a list of whole numbers".to_owned(),
        ParamKind::Flag { .. } => "true or false".to_owned(),
        ParamKind::Choice { options, .. } => format!("one of {}", options.join(", ")),
        ParamKind::Task { kind } => format!("the name of a {kind} label"),
        ParamKind::Columns => "a list of names of sparse and dense columns".to_owned(),
        ParamKind::PerTask { min, max, .. } => {
            format!("a table of a number {} for each task", between(*min, *max))
        }
    }
}

/// A range in words; a bound that no one reaches is left out.
fn between<T: Copy + Into<Bound>>(min: T, max: T) -> String {
    match (min.into().0, max.into().0) {
        (Some(min), Some(max)) => format!("from {min} to {max}"),
        (Some(min), None) => format!("of at least {min}"),
        (None, Some(max)) => format!("of at most {max}"),
        (None, None) => "that is finite".to_owned(),
    }
}

/// A bound as text; `None` for one beyond every sensible value.
struct Bound(Option<String>);

impl From<f64> for Bound {
    fn from(bound: f64) -> Self {
        Self((bound.abs() < 1e300).then(|| bound.to_string()))
    }
}

impl From<i64> for Bound {
    fn from(bound: i64) -> Self {
        Self((bound != i64::MIN && bound != i64::MAX).then(|| bound.to_string()))
    }
}
