//! Opens or continues a results folder and starts training into it.

use std::path::PathBuf;

use super::recorder::Recorder;
use crate::error::Report;
use crate::experiment::Plan;
use crate::results::{Folder, Results};
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
pub fn start(
    plan: Plan,
    options: &StartOptions,
    wake: impl Fn() + Send + Sync + 'static,
) -> Result<Worker, Report> {
    let fresh = Results::for_plan(&plan);
    let (folder, results, earlier) = if options.resume {
        let folder = Folder::resume(&options.out)?;
        let before = folder.read()?;
        folder.check_same(&before, &fresh)?;
        let earlier = earlier(&folder, &before)?;
        (folder, before, earlier)
    } else {
        let folder = Folder::create(&options.out)?;
        folder.write_experiment(&fresh.draft, &options.base)?;
        folder.write_data_card(&fresh.card)?;
        (folder, fresh, Vec::new())
    };
    let fit = FitOptions { predictions: options.predictions, earlier };
    spawn(plan, fit, options.device, Box::new(Recorder::new(folder, results)), wake)
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
