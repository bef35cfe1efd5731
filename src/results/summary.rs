//! `results.json`: what every run reached and how the variants compare, in the format that other programs read.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::atomic::replace;
use super::live::{Results, TaskInfo};
use crate::data::TaskKind;
use crate::error::{Problem, Report};
use crate::experiment::Selection;
use crate::spec::{Choice, ParamValue};
use crate::train::{DeviceInfo, Outcome};

/// The version of the format.
const FORMAT: u64 = 1;

#[derive(Serialize)]
struct Summary<'a, C> {
    format: u64,
    name: &'a str,
    app: &'static str,
    device: &'a DeviceInfo,
    data: Data<'a>,
    /// Which epoch `validation` and `test` are of.
    selection: &'static str,
    /// Whether they are of one checkpoint, or each task's of its own.
    one_model: bool,
    tasks: Vec<TaskEntry>,
    variants: Vec<VariantEntry<&'a Outcome>>,
    comparisons: &'a [C],
}

#[derive(Serialize)]
struct Data<'a> {
    rows: usize,
    train: usize,
    validation: usize,
    test: usize,
    fingerprint: &'a str,
}

#[derive(Deserialize, Serialize)]
struct TaskEntry {
    name: String,
    kind: String,
    primary_metric: String,
}

#[derive(Deserialize, Serialize)]
struct VariantEntry<O> {
    name: String,
    /// The labels that it is trained on, if not on all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tasks: Option<Vec<String>>,
    #[serde(default)]
    structure: String,
    #[serde(default)]
    strategy: String,
    /// The strategy's parameters in force.
    #[serde(default)]
    strategy_parameters: serde_json::Map<String, Value>,
    /// Trainable numbers.
    parameters: usize,
    runs: Vec<RunEntry<O>>,
}

#[derive(Deserialize, Serialize)]
struct RunEntry<O> {
    seed: u64,
    #[serde(flatten)]
    outcome: O,
}

/// Writes the summary as a whole; runs that have not ended are left out.
pub(super) fn write(
    path: &Path,
    results: &Results,
    comparisons: &[impl Serialize],
) -> Result<(), Report> {
    let card = &results.card;
    let selection = results.draft.training.selection;
    let task = |task: &TaskInfo| TaskEntry {
        name: task.name.clone(),
        kind: task.kind.id().to_owned(),
        primary_metric: task.primary_metric.clone(),
    };
    let summary = Summary {
        format: FORMAT,
        name: &results.draft.name,
        app: env!("CARGO_PKG_VERSION"),
        device: &results.device,
        data: Data {
            rows: card.rows,
            train: card.train,
            validation: card.validation,
            test: card.test,
            fingerprint: &card.fingerprint,
        },
        selection: selection.id(),
        one_model: selection != Selection::PerTask,
        tasks: results.tasks.iter().map(task).collect(),
        variants: variants(results),
        comparisons,
    };
    replace(path, "the summary", |file| {
        let mut text = serde_json::to_vec_pretty(&summary)?;
        text.push(b'\n');
        Ok(file.write_all(&text)?)
    })
}

fn variants(results: &Results) -> Vec<VariantEntry<&Outcome>> {
    let entry = |(index, variant): (usize, &crate::experiment::VariantDraft)| {
        let runs = results.runs.iter().filter(|run| run.variant == index);
        let ended = runs.clone().filter_map(|run| {
            run.outcome.as_ref().map(|outcome| RunEntry {
                seed: run.seed,
                outcome,
            })
        });
        VariantEntry {
            name: variant.name.clone(),
            tasks: variant.tasks.clone(),
            structure: variant.structure.name.clone(),
            strategy: variant.strategy.name.clone(),
            strategy_parameters: parameters(&variant.strategy),
            parameters: runs.clone().map(|run| run.parameters).max().unwrap_or(0),
            runs: ended.collect(),
        }
    };
    results
        .draft
        .variants
        .iter()
        .enumerate()
        .map(entry)
        .collect()
}

/// The parameters of a resolved choice.
fn parameters(choice: &Choice) -> serde_json::Map<String, Value> {
    let value = |value: &ParamValue| match value {
        ParamValue::Number(number) => Value::from(*number),
        ParamValue::Integer(whole) => Value::from(*whole),
        ParamValue::Widths(widths) => Value::from(widths.as_slice()),
        ParamValue::Flag(flag) => Value::from(*flag),
        ParamValue::Word(word) => Value::from(word.as_str()),
        ParamValue::Columns(names) => Value::from(names.as_slice()),
        ParamValue::PerTask(numbers) => numbers
            .iter()
            .map(|(task, number)| (task.clone(), Value::from(*number)))
            .collect(),
    };
    let params = choice.params.iter();
    params
        .map(|(name, set)| (name.clone(), value(set)))
        .collect()
}

/// What is read back of a summary.
#[derive(Default)]
pub(super) struct Known {
    /// The tasks in the order of the charts.
    pub tasks: Vec<TaskInfo>,
    /// Where it was trained.
    pub device: DeviceInfo,
    /// What runs reached, by variant and seed, with the variant's trainable numbers.
    pub outcomes: BTreeMap<(String, u64), (usize, Outcome)>,
}

#[derive(Deserialize)]
struct Head {
    format: u64,
}

#[derive(Deserialize)]
struct Body {
    device: DeviceInfo,
    tasks: Vec<TaskEntry>,
    variants: Vec<VariantEntry<Outcome>>,
}

/// Reads a summary back.
pub(super) fn read(bytes: &[u8], place: &Path) -> Result<Known, Report> {
    let unreadable = |error| {
        let problem = Problem::new(place.display().to_string(), "not a summary of results");
        Report::failure("could not read the results")
            .with(problem)
            .caused_by(error)
    };
    let Head { format } = serde_json::from_slice(bytes).map_err(unreadable)?;
    if format > FORMAT {
        let problem = Problem::new(place.display().to_string(), "written by a newer version")
            .expected(format!("format {FORMAT}"))
            .found(format!("format {format}"))
            .help("open it with the version that wrote it");
        return Err(Report::input("could not read the results", vec![problem]));
    }
    let body: Body = serde_json::from_slice(bytes).map_err(unreadable)?;
    let task = |entry: TaskEntry| {
        let kind = task_kind(&entry.kind)?;
        Some(TaskInfo {
            name: entry.name,
            kind,
            primary_metric: entry.primary_metric,
        })
    };
    let mut outcomes = BTreeMap::new();
    for variant in body.variants {
        for run in variant.runs {
            let key = (variant.name.clone(), run.seed);
            outcomes.insert(key, (variant.parameters, run.outcome));
        }
    }
    let tasks = body.tasks.into_iter().filter_map(task).collect();
    Ok(Known {
        tasks,
        device: body.device,
        outcomes,
    })
}

/// The kind of this word.
pub(super) fn task_kind(id: &str) -> Option<TaskKind> {
    TaskKind::ALL.into_iter().find(|kind| kind.id() == id)
}
