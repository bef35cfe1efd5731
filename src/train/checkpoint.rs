//! Weights under names that PyTorch people understand, and the state that a resume needs.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::{Duration, Instant};

use burn::tensor::{Tensor, TensorData};

use super::cohort::Cohort;
use super::event::{Checkpoint, NamedTensor};
use super::history::{Evaluated, History, Snapshot};
use super::state::equal_parts;
use crate::error::{Problem, Report};
use crate::model::host::read;
use crate::model::{Layout, Network};

/// The weights of a snapshot: `bottom.0.weight` is `[out, in]` as in `torch.nn.Linear`, an embedding `[id, dim]`,
/// and the linear terms of a wide network `[id, task]`.
///
/// A network with several lanes has the lane's name in front, such as `click.bottom.0.weight`; experts have their number
/// inside, such as `experts.2.0.weight`.
pub fn weights(network: &Network, snapshot: &Snapshot, prefix: &str) -> Vec<NamedTensor> {
    let mut tensors = named(&network.layout, &snapshot.flat, prefix);
    tensors.extend(named(&network.statistics, &snapshot.statistics, prefix));
    for (lane, lane_name) in network.lanes.iter().enumerate() {
        let weights = network.embeddings.named_weights(&snapshot.table, lane);
        for (role, shape, values) in weights {
            tensors.push(NamedTensor {
                name: joined(&[prefix, lane_name, &role]),
                shape: shape.to_vec(),
                values,
            });
        }
    }
    tensors
}

/// The parts that are not empty with a dot between.
fn joined(parts: &[&str]) -> String {
    let parts = parts.iter().filter(|part| !part.is_empty());
    parts.copied().collect::<Vec<_>>().join(".")
}

fn named(layout: &Layout, values: &[f32], prefix: &str) -> Vec<NamedTensor> {
    let mut tensors = Vec::new();
    for entry in layout.entries() {
        let each = entry.rows * entry.columns;
        for (lane, name) in entry.lanes.iter().enumerate() {
            let start = entry.offset + lane * each;
            let own = values.get(start..start + each).unwrap_or_default();
            let is_matrix =
                entry.rows > 1 || entry.role.ends_with(".weight") && !entry.role.contains(".norm.");
            let (shape, values) = if is_matrix {
                (
                    vec![entry.columns, entry.rows],
                    transposed(own, entry.columns),
                )
            } else {
                (vec![entry.columns], own.to_vec())
            };
            tensors.push(NamedTensor {
                name: joined(&[prefix, &entry.name(name)]),
                shape,
                values,
            });
        }
    }
    tensors
}

fn transposed(values: &[f32], columns: usize) -> Vec<f32> {
    (0..columns)
        .flat_map(|column| values.iter().skip(column).step_by(columns.max(1)).copied())
        .collect()
}

/// How far a run was when its state was kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Deserialize, serde::Serialize)]
pub struct Reached {
    /// Epochs done.
    pub epochs: u32,
    /// Steps taken.
    pub step: u64,
    /// Rows seen.
    pub samples: u64,
    /// Seconds of training.
    pub seconds: f64,
}

/// Everything that a resume of one run needs.
#[derive(Clone, Debug, Default)]
pub struct Resumed {
    /// How far it was.
    pub reached: Reached,
    /// The evaluated epochs with the weights that may still be chosen.
    pub history: History,
    /// The sum over steps of each task's weight.
    pub weight_sums: Vec<f64>,
    /// The names of the parameters as they lie in the state.
    parameters: Vec<String>,
    /// The state by tensor name.
    tensors: BTreeMap<String, Vec<f32>>,
}

/// A tensor that a resume needs, with the runs of the cohort that have a share in it.
struct Kept<'a> {
    name: String,
    runs: Range<usize>,
    tensor: &'a mut Tensor<2>,
}

/// All tensors that a resume needs, in one order.
fn kept(cohort: &mut Cohort) -> Vec<Kept<'_>> {
    let state = &mut cohort.state;
    let all = 0..state.replicas;
    let of_all = |name: String, tensor| Kept {
        name,
        runs: all.clone(),
        tensor,
    };
    let mut kept = vec![
        of_all("flat".to_owned(), &mut state.flat),
        of_all("statistics".to_owned(), &mut state.statistics),
        of_all("table".to_owned(), &mut state.table),
    ];
    for (index, moment) in state.flat_moments.iter_mut().enumerate() {
        kept.push(of_all(format!("flat_moment.{index}"), moment));
    }
    for (index, moment) in state.table_moments.iter_mut().enumerate() {
        kept.push(of_all(format!("table_moment.{index}"), moment));
    }
    let mut first = 0;
    for (replicas, strategy) in &mut cohort.strategies {
        let runs = first..first + *replicas;
        first = runs.end;
        for (index, tensor) in strategy.state().into_iter().enumerate() {
            kept.push(Kept {
                name: format!("strategy.{index}"),
                runs: runs.clone(),
                tensor,
            });
        }
    }
    kept
}

/// The names of a network's parameters and statistics, in the order in which a state has them.
fn names(network: &Network) -> Vec<String> {
    let entries = [&network.layout, &network.statistics].map(Layout::entries);
    let entries = entries.into_iter().flatten();
    let names = entries.flat_map(|entry| entry.lanes.iter().map(|lane| entry.name(lane)));
    names.collect()
}

/// When the state of a cohort is worth keeping again.
#[derive(Debug, Default)]
pub struct Keeping {
    /// When the last one was kept, and how long that took.
    last: Option<(Instant, Duration)>,
}

impl Keeping {
    /// Of the time of a training, how much may be spent on keeping states.
    const SHARE: u32 = 100;

    /// Keeps a state, unless the last one is so young that training would be held up: a large table takes
    /// longer to write than an epoch of few rows to learn from.
    ///
    /// # Errors
    /// Those of `keep`.
    pub fn keep(&mut self, keep: impl FnOnce() -> Result<(), Report>) -> Result<(), Report> {
        let begun = Instant::now();
        if let Some((at, took)) = self.last
            && begun.duration_since(at) < took * Self::SHARE
        {
            return Ok(());
        }
        keep()?;
        self.last = Some((Instant::now(), begun.elapsed()));
        Ok(())
    }
}

/// The checkpoints from which each run of a cohort can go on.
///
/// # Errors
/// A device that cannot be read.
pub fn pack(
    cohort: &mut Cohort,
    reached: Reached,
    runs: &[(&History, &[f64])],
) -> Result<Vec<Checkpoint>, Report> {
    let mut checkpoints = Vec::with_capacity(runs.len());
    let text = |value: serde_json::Result<String>| {
        value.map_err(|error| Report::failure("the state could not be kept").caused_by(error))
    };
    let parameters = text(serde_json::to_string(&names(cohort.network())))?;
    for (history, weight_sums) in runs {
        let facts = BTreeMap::from([
            ("reached".to_owned(), text(serde_json::to_string(&reached))?),
            (
                "history".to_owned(),
                text(serde_json::to_string(&history.epochs))?,
            ),
            (
                "weight_sums".to_owned(),
                text(serde_json::to_string(weight_sums))?,
            ),
            ("parameters".to_owned(), parameters.clone()),
        ]);
        let mut tensors = Vec::new();
        for snapshot in &history.snapshots {
            let parts = [
                ("flat", &snapshot.flat),
                ("statistics", &snapshot.statistics),
                ("table", &snapshot.table),
            ];
            for (part, values) in parts {
                tensors.push(NamedTensor {
                    name: format!("snapshot.{}.{part}", snapshot.epoch),
                    shape: vec![values.len()],
                    values: values.clone(),
                });
            }
        }
        checkpoints.push(Checkpoint { tensors, facts });
    }
    for Kept { name, runs, tensor } in kept(cohort) {
        let number = runs.len();
        for (checkpoint, values) in checkpoints[runs]
            .iter_mut()
            .zip(equal_parts(read(tensor)?, number))
        {
            checkpoint.tensors.push(NamedTensor {
                name: name.clone(),
                shape: vec![values.len()],
                values,
            });
        }
    }
    Ok(checkpoints)
}

/// Reads what [`pack`] wrote for one run.
///
/// # Errors
/// A checkpoint that is damaged or of another version.
pub fn unpack(checkpoint: &Checkpoint) -> Result<Resumed, Report> {
    let broken = || Report::input("the run cannot be resumed", Vec::new());
    let fact = |name: &str| checkpoint.facts.get(name).map_or("", String::as_str);
    let reached =
        serde_json::from_str(fact("reached")).map_err(|error| broken().caused_by(error))?;
    let epochs: Vec<Evaluated> =
        serde_json::from_str(fact("history")).map_err(|error| broken().caused_by(error))?;
    let weight_sums =
        serde_json::from_str(fact("weight_sums")).map_err(|error| broken().caused_by(error))?;
    let parameters = match checkpoint.facts.get("parameters") {
        Some(names) => serde_json::from_str(names).map_err(|error| broken().caused_by(error))?,
        None => Vec::new(),
    };
    let mut tensors: BTreeMap<String, Vec<f32>> = checkpoint
        .tensors
        .iter()
        .map(|tensor| (tensor.name.clone(), tensor.values.clone()))
        .collect();
    let mut snapshots = Vec::new();
    for epoch in 0..epochs.len() {
        let mut part = |part: &str| tensors.remove(&format!("snapshot.{epoch}.{part}"));
        if let (Some(flat), Some(statistics), Some(table)) =
            (part("flat"), part("statistics"), part("table"))
        {
            snapshots.push(Snapshot {
                epoch,
                flat,
                statistics,
                table,
            });
        }
    }
    Ok(Resumed {
        reached,
        history: History { epochs, snapshots },
        weight_sums,
        parameters,
        tensors,
    })
}

/// Puts the states of a cohort's runs back.
///
/// # Errors
/// A checkpoint of a network of other shapes, or whose parameters lay otherwise.
pub fn restore(cohort: &mut Cohort, resumed: &[Resumed]) -> Result<(), Report> {
    let names = names(cohort.network());
    if resumed.iter().any(|run| run.parameters != names) {
        let problem = Problem::new("parameters", "the kept state has others, or another order")
            .help("it was kept by another version, or the experiment was changed since; start it anew");
        return Err(Report::input("the run cannot be resumed", vec![problem]));
    }
    for Kept { name, runs, tensor } in kept(cohort) {
        let mut values = Vec::new();
        for run in &resumed[runs] {
            values.extend(run.tensors.get(&name).into_iter().flatten().copied());
        }
        let expected: usize = tensor.dims().iter().product();
        if values.len() != expected {
            let problem = Problem::new(name, "the kept state has another size")
                .expected(format!("{expected} numbers"))
                .found(values.len().to_string())
                .help("the experiment was changed since; start it anew");
            return Err(Report::input("the run cannot be resumed", vec![problem]));
        }
        *tensor = Tensor::from_data(TensorData::new(values, tensor.dims()), &tensor.device());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_that_takes_long_to_keep_is_not_kept_again_at_once() {
        let mut keeping = Keeping::default();
        let mut kept = 0;
        let mut keep = |takes: u64| {
            let result = keeping.keep(|| {
                kept += 1;
                std::thread::sleep(Duration::from_millis(takes));
                Ok(())
            });
            assert!(result.is_ok());
            kept
        };
        assert_eq!([keep(50), keep(50), keep(50)], [1, 1, 1]);
        let mut keeping = Keeping::default();
        let failed = keeping.keep(|| Err(Report::failure("full")));
        assert!(failed.is_err());
        let mut again = false;
        assert!(
            keeping
                .keep(|| {
                    again = true;
                    Ok(())
                })
                .is_ok()
        );
        assert!(again, "what could not be kept was taken for kept");
    }
}
