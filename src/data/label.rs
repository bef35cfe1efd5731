//! A label column as numbers: 0 and 1 for binary, the scaled value for regression, NaN where missing.

use crate::error::Problem;

use super::column_spec::{ColumnSpec, Scale, TaskKind};
use super::dataset::{LabelCard, Split, Task};
use super::interner::{first_rows, visit_keys};
use super::scale::{FittedScale, number, visit_numbers};
use super::table::{Column, Values};

const YES: [&str; 6] = ["1", "true", "yes", "y", "t", "positive"];
/// How many values of a label that is not two-valued are named.
const MAX_NAMED: usize = 5;

/// A label ready for training.
pub(super) struct EncodedLabel {
    pub(super) task: Task,
    /// One value a row.
    pub(super) values: Vec<f32>,
    pub(super) card: LabelCard,
}

/// Encodes a label; the scale is fitted on the training rows.
pub(super) fn encode_label(
    column: &Column,
    spec: &ColumnSpec,
    split: &Split,
    num_rows: usize,
) -> Result<EncodedLabel, Vec<Problem>> {
    let kind = spec.task.unwrap_or(TaskKind::Binary);
    if (0..num_rows).all(|row| column.values.is_missing(row)) {
        return Err(vec![Problem::new(
            column.name.as_str(),
            "the label is missing in every row",
        )]);
    }
    let name = column.name.clone();
    if kind == TaskKind::Binary {
        let values = binary(column, spec, num_rows).map_err(|problem| vec![problem])?;
        let card = card(column, kind, |row| f64::from(values[row]), split);
        one_class(column, &card).map_or(Ok(()), |problem| Err(vec![problem]))?;
        let unscale = None;
        return Ok(EncodedLabel {
            task: Task {
                name,
                kind,
                unscale,
            },
            values,
            card,
        });
    }
    let scale = regression(column, spec, split, num_rows)?;
    let mut values = Vec::with_capacity(num_rows);
    visit_numbers(&column.values, 0..num_rows, |value| {
        values.push(scale.apply(value) as f32);
    });
    let unscale = Some(scale.unscale());
    Ok(EncodedLabel {
        task: Task {
            name,
            kind,
            unscale,
        },
        values,
        card: card(column, kind, |row| number(&column.values, row), split),
    })
}

/// 0, 1 and NaN.
fn binary(column: &Column, spec: &ColumnSpec, num_rows: usize) -> Result<Vec<f32>, Problem> {
    let values = &column.values;
    let name = column.name.as_str();
    if matches!(values, Values::List { .. }) {
        return Err(Problem::new(name, "a column of lists cannot be a label"));
    }
    let mut raw = Vec::with_capacity(num_rows);
    let yes = positive_key(column, spec, num_rows)?;
    visit_keys(values, 0..num_rows, |_, key| {
        raw.push(key.map_or(f32::NAN, |key| if key == yes { 1.0 } else { 0.0 }));
    });
    Ok(raw)
}

/// The key of the value that counts as yes.
fn positive_key(column: &Column, spec: &ColumnSpec, num_rows: usize) -> Result<u64, Problem> {
    let name = column.name.as_str();
    let values = &column.values;
    let first = first_rows(values, num_rows);
    let shown = || {
        let mut words: Vec<String> = first
            .iter()
            .take(MAX_NAMED)
            .map(|&row| values.display(row))
            .collect();
        if first.len() > MAX_NAMED {
            words.push("…".to_owned());
        }
        format!("{} ({})", first.len(), words.join(", "))
    };
    let yes = if let Some(positive) = &spec.positive {
        let wanted = positive.trim().parse::<f64>().ok();
        let is_it = |row: usize| match (values, wanted) {
            (Values::Text { .. }, _) | (_, None) => values.display(row) == *positive,
            (_, Some(wanted)) => number(values, row) == wanted,
        };
        let at = first.iter().position(|&row| is_it(row));
        at.ok_or_else(|| {
            let problem = Problem::new(
                format!("data.columns.{name}.positive"),
                "this value never occurs in the label",
            );
            problem
                .expected("one of its values")
                .found(format!("`{positive}`; the label has {}", shown()))
        })?
    } else if first.len() > 2 {
        let problem = Problem::new(name, "a binary label has more than two values");
        let help = "say which value counts as yes with `positive`, or make it a regression label";
        return Err(problem
            .expected("two values, such as 0 and 1")
            .found(shown())
            .help(help));
    } else {
        let numbers: Vec<f64> = first.iter().map(|&row| number(values, row)).collect();
        let text = matches!(values, Values::Text { .. });
        let is_yes = |&row: &usize| YES.contains(&values.display(row).to_lowercase().as_str());
        match (text, numbers.as_slice()) {
            (false, [a, b]) => usize::from(b > a),
            (false, _) => 0,
            (true, _) => first.iter().position(is_yes).ok_or_else(|| {
                let problem =
                    Problem::new(name, "it is not clear which text of the label means yes");
                let help = "name the value that counts as yes with `positive`";
                problem.expected("1, true or yes").found(shown()).help(help)
            })?,
        }
    };
    let mut found = 0;
    visit_keys(values, first.iter().skip(yes).take(1).copied(), |_, key| {
        found = key.unwrap_or(0);
    });
    Ok(found)
}

/// The scale of the training values.
fn regression(
    column: &Column,
    spec: &ColumnSpec,
    split: &Split,
    num_rows: usize,
) -> Result<FittedScale, Vec<Problem>> {
    let name = column.name.as_str();
    let values = &column.values;
    if matches!(values, Values::Text { .. } | Values::List { .. }) {
        let problem = Problem::new(name, "a regression label must be a number");
        return Err(vec![problem.found(values.type_name())]);
    }
    let mut problems = Vec::new();
    problems.extend(infinite(name, (0..num_rows).map(|row| number(values, row))));
    let train = || split.train.iter().map(|&row| row as usize);
    let each = |visit: &mut dyn FnMut(f64)| visit_numbers(values, train(), visit);
    match FittedScale::fit(spec.scale.unwrap_or(Scale::Standard), each) {
        Some(scale) if problems.is_empty() => Ok(scale),
        Some(_) => Err(problems),
        None => {
            problems.push(Problem::new(
                name,
                "the label has no usable number in the training rows",
            ));
            Err(problems)
        }
    }
}

/// The problem of infinite values, naming the first.
pub(super) fn infinite(name: &str, mut raw: impl Iterator<Item = f64>) -> Option<Problem> {
    let (first, value) = raw
        .by_ref()
        .enumerate()
        .find(|(_, value)| value.is_infinite())?;
    let count = 1 + raw.filter(|value| value.is_infinite()).count();
    let rows = if count == 1 {
        "1 row is".to_owned()
    } else {
        format!("{count} rows are")
    };
    let message = format!("{rows} infinite, the first is row {}", first + 1);
    let help = "leave the value empty or ignore the column";
    Some(
        Problem::new(name, message)
            .found(value.to_string())
            .help(help),
    )
}

fn one_class(column: &Column, card: &LabelCard) -> Option<Problem> {
    let name = column.name.as_str();
    let [labeled, ..] = card.labeled;
    match card.mean[0] {
        None => Some(Problem::new(
            name,
            "the label is missing in every training row",
        )),
        Some(share) if share > 0.0 && share < 1.0 => None,
        Some(share) => {
            let class = if share > 0.0 { "yes" } else { "no" };
            let problem = Problem::new(name, "the label has one class only in the training rows");
            Some(
                problem
                    .expected("both yes and no")
                    .found(format!("{class} in all {labeled} labeled rows")),
            )
        }
    }
}

fn card(column: &Column, kind: TaskKind, value: impl Fn(usize) -> f64, split: &Split) -> LabelCard {
    let parts = [&split.train, &split.validation, &split.test];
    let facts = parts.map(|rows| {
        let present = rows
            .iter()
            .map(|&row| value(row as usize))
            .filter(|value| !value.is_nan());
        let (count, sum) = present.fold((0_usize, 0.0), |(count, sum), value| {
            (count + 1, sum + value)
        });
        (count, (count > 0).then(|| sum / count as f64))
    });
    LabelCard {
        task: column.name.clone(),
        kind: kind.id().to_owned(),
        labeled: facts.map(|(count, _)| count),
        mean: facts.map(|(_, mean)| mean),
    }
}
