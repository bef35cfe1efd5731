//! Predictions of a cohort on rows that all replicas see alike, and their scores.

use burn::tensor::Tensor;
use rayon::iter::{
    IndexedParallelIterator as _, IntoParallelRefIterator as _, ParallelIterator as _,
};
use rayon::slice::ParallelSlice as _;

use super::device_data::DeviceData;
use super::event::Scores;
use super::state::State;
use crate::data::{Dataset, TaskKind};
use crate::error::Report;
use crate::metrics::{Before, Direction, Scored, metrics_for, primary};
use crate::model::embedding::{Places, RepeatedFields};
use crate::model::host::{is_host, read};
use crate::model::{Features, Network, Pass};
use crate::strategy::Reading;

/// Rows of a block on a GPU, at the most.
const GPU_BLOCK: usize = 8192;
/// The same of all replicas together: what a block finds has to fit the memory of a small card.
const GPU_ROWS: usize = 65_536;
/// Rows of a block on the CPU.
const CPU_BLOCK: usize = 1024;

/// A network with its numbers, ready for rows that all replicas see alike.
pub(super) struct Scorer<'a> {
    network: &'a Network,
    state: &'a State,
    dataset: &'a Dataset,
    data: &'a DeviceData,
    parameters: Vec<Tensor<3>>,
    statistics: Vec<Tensor<3>>,
    /// The fields of small tables, which a block repeats, with the rows of these tables.
    repeated: Option<(RepeatedFields, Tensor<2>)>,
}

impl<'a> Scorer<'a> {
    pub fn new(
        network: &'a Network,
        state: &'a State,
        dataset: &'a Dataset,
        data: &'a DeviceData,
    ) -> Self {
        let statistics = if network.statistics.is_empty() {
            Vec::new()
        } else {
            network.statistics.split(&state.statistics, 1)
        };
        let repeated = is_host(data.device()).then(|| {
            let layout = &network.embeddings;
            RepeatedFields::in_table(layout, network.repeatable(), state.replicas, CPU_BLOCK)
        });
        let repeated = repeated.flatten().map(|fields| {
            let table = fields.table(&state.table);
            (fields, table)
        });
        Self {
            repeated,
            parameters: network.layout.split(&state.flat, 1),
            network,
            state,
            dataset,
            data,
            statistics,
        }
    }

    /// A pass that changes nothing.
    pub fn pass(&self) -> Pass {
        Pass::evaluation(self.parameters.clone(), self.statistics.clone())
    }

    /// # Shapes
    /// - output: `[replica, row, task]`
    pub fn outputs(&self, rows: &[u32], pass: &Pass) -> Tensor<3> {
        let (state, layout) = (self.state, &self.network.embeddings);
        let fields = self.repeated.as_ref().map(|(fields, _)| fields);
        let width = layout.width() - fields.map_or(0, RepeatedFields::width);
        let features = self.data.features_for_all(rows, state.replicas);
        let (behind, dense) = self.network.behind_found(features.dense, width);
        let found = (width > 0).then(|| {
            let all = (self.dataset, self.data.device());
            let places = Places::in_table(layout, state.replicas, rows, fields, all);
            let planes = state.replicas * layout.lanes;
            places.side_by_side(&state.table, [planes, rows.len()], behind)
        });
        let repeated = self.repeated.as_ref().map(|(fields, table)| {
            fields.uses_in_table((table.clone(), state.replicas), rows, self.dataset)
        });
        let features = Features {
            found,
            repeated,
            dense,
            ..features
        };
        self.network.forward(features, pass)
    }

    /// The scores of the tasks of one replica after the other, no rows where a task has none.
    ///
    /// # Shapes
    /// - outputs: `[replica, output, row]`
    /// - output: `[replica · task][row]`
    fn scores(&self, outputs: &[f32], readings: &[(usize, Reading)]) -> Vec<Vec<f32>> {
        let number = self.network.num_tasks().max(1);
        let rows = outputs.len() / (self.state.replicas * number).max(1);
        let of_replica = |outputs: &[f32]| -> Vec<Vec<f32>> {
            let tasks = self.dataset.tasks.iter().zip(readings);
            let each = tasks.map(|(task, &(output, reading))| {
                if reading == Reading::Nothing {
                    return Vec::new();
                }
                let own = outputs[output * rows..][..rows].iter();
                own.map(|&output| reading.score(output, task)).collect()
            });
            each.collect()
        };
        let replicas = outputs.chunks(number * rows.max(1));
        replicas.flat_map(of_replica).collect()
    }
}

/// The scores of each replica and task on the label's own scale, row by row.
///
/// # Shapes
/// - readings: for each task the output that it is read from, and how
/// - output: `[replica][task][row]`, no rows where a task has no score
///
/// # Errors
/// A device that cannot be read.
pub fn predict(
    network: &Network,
    state: &State,
    rows: &[u32],
    dataset: &Dataset,
    data: &DeviceData,
    (readings, is_cpu): (&[(usize, Reading)], bool),
) -> Result<Vec<Vec<Vec<f32>>>, Report> {
    let scorer = Scorer::new(network, state, dataset, data);
    let one = |rows: &[u32]| {
        let outputs = scorer.outputs(rows, &scorer.pass()).swap_dims(1, 2);
        Ok::<_, Report>(scorer.scores(&read(&outputs)?, readings))
    };
    let blocks: Vec<Vec<Vec<f32>>> = if is_cpu {
        rows.par_chunks(CPU_BLOCK)
            .map(one)
            .collect::<Result<_, _>>()?
    } else {
        let block = (GPU_ROWS / state.replicas.max(1)).clamp(1, GPU_BLOCK);
        rows.chunks(block).map(one).collect::<Result<_, _>>()?
    };
    let mut scores = vec![vec![Vec::new(); dataset.tasks.len()]; state.replicas];
    for block in &blocks {
        for (all, own) in scores.iter_mut().flatten().zip(block) {
            all.extend_from_slice(own);
        }
    }
    Ok(scores)
}

/// Labels of a task on their own scale; NaN where missing.
pub fn truths(dataset: &Dataset, task: usize, rows: &[u32]) -> Vec<f32> {
    let num_tasks = dataset.tasks.len();
    let label = |&row: &u32| dataset.labels[row as usize * num_tasks + task];
    let own = &dataset.tasks[task];
    match own.kind {
        TaskKind::Binary => rows.iter().map(label).collect(),
        TaskKind::Regression => rows.iter().map(|row| own.unscaled(label(row))).collect(),
    }
}

/// The scores of one replica's predictions; undefined for a task without any.
pub fn scores<P: AsRef<[f32]> + Sync>(
    dataset: &Dataset,
    rows: &[u32],
    all_predicted: &[P],
) -> Scores {
    let one = |(task, predicted): (usize, &P)| {
        let predicted = predicted.as_ref();
        let kind = dataset.tasks[task].kind;
        let name = dataset.tasks[task].name.clone();
        if predicted.len() < rows.len() {
            let none = metrics_for(kind).map(|metric| (metric.spec().id.to_owned(), None));
            return (name, none.collect());
        }
        let truth = truths(dataset, task, rows);
        let labeled: Vec<usize> = (0..truth.len())
            .filter(|&index| !truth[index].is_nan())
            .collect();
        let pick =
            |values: &[f32]| -> Vec<f32> { labeled.iter().map(|&index| values[index]).collect() };
        let (truth, predicted) = (pick(&truth), pick(predicted));
        let groups: Option<Vec<u32>> = dataset.groups.as_ref().map(|groups| {
            labeled
                .iter()
                .map(|&index| groups[rows[index] as usize])
                .collect()
        });
        let before = dataset.before[task].and_then(|before| {
            let all = all_predicted
                .get(before)
                .map(AsRef::as_ref)
                .filter(|all| all.len() == rows.len())?;
            Some((pick(&truths(dataset, before, rows)), pick(all)))
        });
        let before = before
            .as_ref()
            .map(|(truth, predicted)| Before { truth, predicted });
        let scored = Scored::new(&truth, &predicted)
            .in_groups(groups.as_deref())
            .after(before);
        let each = metrics_for(kind)
            .map(|metric| (metric.spec().id.to_owned(), metric.score(&scored)))
            .collect();
        (name, each)
    };
    all_predicted
        .par_iter()
        .enumerate()
        .map(one)
        .collect::<Vec<_>>()
        .into_iter()
        .collect()
}

/// How good each task's primary metric is; higher is better.
pub fn quality(dataset: &Dataset, scores: &Scores) -> Vec<Option<f64>> {
    let one = |task: &crate::data::Task| {
        let metric = primary(task.kind);
        let value = scores
            .get(&task.name)?
            .get(metric.spec().id)
            .copied()
            .flatten()?;
        Some(match metric.direction() {
            Direction::HigherIsBetter => value,
            Direction::LowerIsBetter => -value,
            Direction::ClosestToOne => -(value - 1.0).abs(),
        })
    };
    dataset.tasks.iter().map(one).collect()
}
