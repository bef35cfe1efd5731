//! All runs of a plan: cut into cohorts, trained side by side in fair turns.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::checkpoint::{self, Resumed};
use super::cohort::Cohort;
use super::control::Control;
use super::cores::{Cores, Share};
use super::device::OpenDevice;
use super::device_data::DeviceData;
use super::event::{
    Checkpoint, CheckpointKind, Event, Outcome, Predictions, RunInfo, Sink, Status,
};
use super::recipe::unknown;
use super::run::CohortRun;
use super::schedule;
use crate::data::Dataset;
use crate::error::{Report, catch_panic};
use crate::experiment::{Plan, Variant};
use crate::model::structure::structure;
use crate::strategy::{Needs, strategy};

/// Runs of a cohort on a GPU, at the most.
const LARGEST_COHORT: usize = 64;
/// Cohorts whose curves grow together on the CPU where there are fewer cores, at the most.
const SIDE_BY_SIDE: usize = 8;

/// What is asked of a training besides its plan.
#[derive(Clone, Debug, Default)]
pub struct FitOptions {
    /// Whether the scores of the test rows are kept.
    pub predictions: bool,
    /// For each run: `None` to train it, or what is there of it already.
    pub earlier: Vec<Earlier>,
}

/// What is there of a run already.
#[derive(Clone, Debug, Default)]
pub enum Earlier {
    /// Nothing.
    #[default]
    Nothing,
    /// It has ended; it is left alone.
    Ended,
    /// A state to go on from.
    State(Box<Checkpoint>),
}

/// What all cohorts share.
pub(super) struct Shared<'a> {
    pub plan: &'a Plan,
    pub dataset: &'a Dataset,
    pub data: DeviceData,
    pub is_cpu: bool,
    pub options: &'a FitOptions,
    pub control: &'a Control,
    sink: Mutex<&'a mut dyn Sink>,
}

impl Shared<'_> {
    pub fn tell(&self, event: Event) {
        self.sink
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .event(event);
    }

    pub fn keep_checkpoint(&self, run: usize, kind: CheckpointKind, checkpoint: &Checkpoint) {
        let mut sink = self.sink.lock().unwrap_or_else(PoisonError::into_inner);
        sink.checkpoint(run, kind, checkpoint);
    }

    pub fn keep_predictions(&self, run: usize, predictions: &Predictions) {
        self.sink
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .predictions(run, predictions);
    }
}

/// Trains all runs of a plan and returns when the last one has ended.
///
/// What breaks in one cohort ends its runs as failed and leaves the others alone.
///
/// # Errors
/// Runs that are kept and cannot be resumed.
pub fn fit(
    plan: &Plan,
    options: &FitOptions,
    device: &OpenDevice,
    sink: &mut dyn Sink,
    control: &Control,
) -> Result<(), Report> {
    let variants = plan.variants();
    let infos = plan.runs().into_iter().map(|(variant, seed)| {
        let variant = variants[variant].name.clone();
        RunInfo { variant, seed }
    });
    sink.event(Event::Started {
        device: device.info.clone(),
        runs: infos.collect(),
    });
    for message in remarks(plan) {
        sink.event(Event::Warning { run: None, message });
    }
    let shared = Shared {
        plan,
        dataset: plan.dataset(),
        data: DeviceData::new(plan.dataset(), &device.handle),
        is_cpu: device.is_cpu,
        options,
        control,
        sink: Mutex::new(sink),
    };
    let cohorts = cohorts(plan, options, device.is_cpu);
    let (cores, side_by_side) = if device.is_cpu {
        let number = rayon::current_num_threads();
        (
            Cores::new(number),
            number.max(variants.len().min(SIDE_BY_SIDE)),
        )
    } else {
        (Cores::of_device(), 1)
    };
    let side_by_side = side_by_side.min(cohorts.len());
    let queue = Mutex::new(cohorts.into_iter());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = || {
        let mut share = cores.share();
        while let Some(runs) = next() {
            train_cohort(&shared, runs, device, &mut share);
        }
    };
    thread::scope(|scope| {
        for index in 0..side_by_side {
            let name = format!("cohort {index}");
            let spawned = thread::Builder::new().name(name).spawn_scoped(scope, work);
            if spawned.is_err() && index == 0 {
                work();
            }
        }
    });
    shared.tell(Event::Finished);
    Ok(())
}

/// What the structures have to say about the labels, each thing once.
fn remarks(plan: &Plan) -> BTreeSet<String> {
    let remark = |variant: &Variant| {
        let choice = &variant.structure;
        structure(&choice.name)?.remark(choice, plan.dataset())
    };
    plan.variants().iter().filter_map(remark).collect()
}

/// Trains a cohort; an error or a panic becomes the outcome of its runs.
fn train_cohort(shared: &Shared<'_>, runs: Vec<usize>, device: &OpenDevice, share: &mut Share<'_>) {
    let attempt = || {
        let mut run = start(shared, &runs, device)?;
        run.train(share)
    };
    let reason = match catch_panic(attempt) {
        Ok(Ok(())) => return,
        Ok(Err(report)) => report.to_string(),
        Err(panic) => format!("the tensor backend stopped: {panic}"),
    };
    for run in runs {
        let reason = Some(reason.clone());
        let outcome = Outcome {
            status: Status::Failed,
            reason,
            ..Outcome::default()
        };
        shared.tell(Event::RunFinished {
            run,
            outcome: Box::new(outcome),
        });
    }
}

/// The runs of each cohort, those of one seed near each other so that pairs come early.
///
/// On the CPU a cohort holds one run. On a GPU runs with equal shapes share their launches.
fn cohorts(plan: &Plan, options: &FitOptions, is_cpu: bool) -> Vec<Vec<usize>> {
    let runs = plan.runs();
    let waits = |run: &usize| !matches!(options.earlier.get(*run), Some(Earlier::Ended));
    let mut order: Vec<usize> = (0..runs.len()).filter(waits).collect();
    let seed_rank = |run: usize| plan.seeds().iter().position(|&seed| seed == runs[run].1);
    order.sort_by_key(|&run| (seed_rank(run), run));
    if is_cpu {
        return order.into_iter().map(|run| vec![run]).collect();
    }
    let variants = plan.variants();
    let resumes = |run: usize| matches!(options.earlier.get(run), Some(Earlier::State(_)));
    let mut cohorts: Vec<Vec<usize>> = Vec::new();
    for run in order {
        let own = &variants[runs[run].0];
        let fits = |cohort: &&mut Vec<usize>| {
            let other = &variants[runs[cohort[0]].0];
            cohort.len() < LARGEST_COHORT
                && same_shapes(own, other)
                && !resumes(run)
                && !resumes(cohort[0])
        };
        match cohorts.iter_mut().find(fits) {
            Some(cohort) => cohort.push(run),
            None => cohorts.push(vec![run]),
        }
    }
    for cohort in &mut cohorts {
        cohort.sort_unstable();
    }
    cohorts
}

fn same_shapes(a: &Variant, b: &Variant) -> bool {
    a.structure == b.structure
        && a.bottom == b.bottom
        && a.towers == b.towers
        && a.fusion == b.fusion
        && a.trained == b.trained
        && needs(a) == needs(b)
}

/// What a variant's strategy must see; an unknown one is told of when it is built.
fn needs(variant: &Variant) -> Needs {
    let choice = &variant.strategy;
    strategy(&choice.name).map_or(Needs::Losses, |entry| entry.needs(choice))
}

/// Says so where the training rows cannot tell what the goal of a variant is worth.
fn check_goals(shared: &Shared<'_>, goals: &[f32], runs: &[usize]) {
    let train = &shared.dataset.split.train;
    let has = |wanted: fn(f32) -> bool| train.iter().any(|&row| wanted(goals[row as usize]));
    let missing = match (has(|goal| goal > 0.0), has(|goal| goal == 0.0)) {
        (true, true) => return,
        (true, false) => "negative: the odds have nothing to be held against",
        (false, _) => "positive: there is nothing to learn",
    };
    for &run in runs {
        shared.tell(Event::Warning {
            run: Some(run),
            message: format!("no training row is {missing}"),
        });
    }
}

/// A cohort at its first step, or where an earlier training left it.
fn start<'a, 'b>(
    shared: &'a Shared<'b>,
    runs: &[usize],
    device: &OpenDevice,
) -> Result<CohortRun<'a, 'b>, Report> {
    let plan = shared.plan;
    let training = plan.training();
    let cohort = Cohort::of_runs(plan, runs, device)?;
    let first = &plan.variants()[plan.runs()[runs[0]].0];
    let data = shared.data.of_variant(first, shared.dataset);
    if first.fusion.is_some() {
        check_goals(shared, data.labels(), runs);
    }
    let schedule_entry = schedule::schedule(&training.schedule.name)
        .ok_or_else(|| unknown("schedule", &training.schedule.name))?;
    let schedule = schedule_entry.build(&training.schedule);
    let mut run = CohortRun::new(shared, runs.to_vec(), cohort, data, schedule);
    let mut resumed: Vec<Resumed> = Vec::new();
    for run in runs {
        if let Some(Earlier::State(kept)) = shared.options.earlier.get(*run) {
            resumed.push(checkpoint::unpack(kept)?);
        }
    }
    if resumed.len() == runs.len() {
        run.resume(resumed)?;
    }
    Ok(run)
}
