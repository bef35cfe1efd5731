//! Opens or continues a results folder and starts training into it.

use std::path::PathBuf;

use crate::analysis::compare_all;
use crate::error::{Problem, Report};
use crate::experiment::Plan;
use crate::results::{Compare, Folder, Recorder, Results};
use crate::train::{CheckpointKind, DeviceChoice, Earlier, FitOptions, Status, Worker, spawn};

/// What is asked of a training besides its plan.
#[derive(Clone, Debug)]
pub struct StartOptions {
    /// Where to train.
    pub device: DeviceChoice,
    /// The results folder.
    pub out: PathBuf,
    /// The folder that the plan's data paths start from.
    pub base: PathBuf,
    /// Whether the scores of the test rows are kept.
    pub predictions: bool,
    /// Whether to go on in a folder that has results already.
    pub resume: bool,
}

/// Starts training; `wake` is called after each update.
///
/// # Errors
/// A results folder that is not free, is of another experiment or cannot be written.
pub fn start(
    plan: Plan,
    options: &StartOptions,
    wake: impl Fn() + Send + Sync + 'static,
) -> Result<Worker, Report> {
    let (recorder, earlier) = if options.resume {
        let (folder, before) = Folder::resume(&options.out)?;
        check_same(&before, &plan)?;
        let earlier = earlier(&folder, &before)?;
        (Recorder::resume(folder, before, comparisons()), earlier)
    } else {
        let folder = Folder::create(&options.out)?;
        (
            Recorder::start(folder, &plan, &options.base, comparisons())?,
            Vec::new(),
        )
    };
    let fit = FitOptions {
        predictions: options.predictions,
        earlier,
    };
    spawn(plan, fit, options.device, Box::new(recorder), wake)
}

/// The comparisons of `results.json`.
fn comparisons() -> Compare {
    Box::new(|results| {
        let all = compare_all(results, results.draft.baseline());
        all.iter()
            .filter_map(|one| serde_json::to_value(one).ok())
            .collect()
    })
}

/// A folder is only continued with the experiment that began it, on the data that began it.
fn check_same(before: &Results, plan: &Plan) -> Result<(), Report> {
    let mut problems = Vec::new();
    let mut differs = |what: &str| {
        problems.push(
            Problem::new(what, "it was changed since the training began")
                .help("start anew into another folder with --out"),
        );
    };
    let draft = plan.resolved();
    if before.draft.variants != draft.variants {
        differs("variants");
    }
    if before.draft.seeds != draft.seeds {
        differs("seeds");
    }
    if before.draft.training != draft.training {
        differs("training");
    }
    if before.card.fingerprint != plan.dataset().card.fingerprint {
        differs("data");
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Report::input("the training cannot be resumed", problems))
    }
}

/// What is there of each run already.
fn earlier(folder: &Folder, results: &Results) -> Result<Vec<Earlier>, Report> {
    let mut earlier = Vec::with_capacity(results.runs.len());
    for (index, run) in results.runs.iter().enumerate() {
        let ended = matches!(run.status, Status::Finished | Status::Diverged);
        earlier.push(if ended {
            Earlier::Ended
        } else {
            match folder.read_checkpoint(index, CheckpointKind::Resume)? {
                Some(checkpoint) => Earlier::State(Box::new(checkpoint)),
                None => Earlier::Nothing,
            }
        });
    }
    Ok(earlier)
}
