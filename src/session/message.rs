//! What comes back from work in the background.

use std::path::PathBuf;

use super::effect::Picking;
use super::facts::LoadedData;
use crate::analysis::Comparison;
use crate::error::Report;
use crate::results::Results;
use crate::train::{DeviceChoice, Event};

/// An outcome of an [`super::Effect`].
#[derive(Debug)]
pub enum Message {
    /// How much of a table has been read, from 0 to 1.
    LoadProgress {
        /// The request.
        ticket: u64,
        /// The share of bytes read.
        share: f32,
    },
    /// A table has been read, or not.
    Loaded {
        /// The request.
        ticket: u64,
        /// What was read.
        result: Result<Box<LoadedData>, Report>,
    },
    /// An experiment file has been read.
    Experiment {
        /// The file.
        path: PathBuf,
        /// Its content.
        text: String,
        /// Whether it is the sample.
        sample: bool,
    },
    /// A results folder has been read.
    Results {
        /// The folder.
        folder: PathBuf,
        /// Its content.
        results: Box<Results>,
    },
    /// The user named a path.
    Picked {
        /// What for.
        picking: Picking,
        /// The path.
        path: PathBuf,
    },
    /// A text file has been written.
    Saved(PathBuf),
    /// A report has been written.
    ReportWritten(PathBuf),
    /// Training has been prepared, or not.
    TrainingStarted(Result<Box<Started>, Report>),
    /// Something happened in training.
    Training(Event),
    /// Training broke.
    TrainingFailed(Report),
    /// The verdicts.
    Comparisons {
        /// The number of the request.
        ticket: u64,
        /// Every variant against the baseline.
        comparisons: Vec<Comparison>,
    },
    /// The devices of this machine.
    Devices(Vec<DeviceFacts>),
    /// Some other work broke.
    Failed(Report),
}

/// A training that has begun.
#[derive(Debug)]
pub struct Started {
    /// The results, still empty.
    pub results: Results,
    /// The results folder.
    pub out: PathBuf,
}

/// A device as the combo box shows it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DeviceFacts {
    /// The adapter's or processor's name.
    pub name: String,
    /// `wgpu` or `flex`.
    pub backend: String,
    /// Whether `auto` takes it.
    pub picked: bool,
    /// What to choose for it.
    pub choice: DeviceChoice,
}
