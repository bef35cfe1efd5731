//! What a command sets going outside of the session.

use std::path::PathBuf;

use super::command::ReportFormat;
use crate::experiment::{DataDraft, Draft};
use crate::lab::Prepared;
use crate::results::Results;
use crate::train::DeviceChoice;

/// Work for the app; what comes of it returns as a [`super::Message`].
#[derive(Debug)]
pub enum Effect {
    /// Puts the sample experiment on the disk and reads it.
    LoadSample,
    /// Reads a table.
    LoadTable(LoadRequest),
    /// Ends the reading under way.
    CancelLoading,
    /// Reads an experiment file.
    ReadExperiment(PathBuf),
    /// Reads a results folder.
    ReadResults(PathBuf),
    /// Starts training.
    Train(Box<TrainRequest>),
    /// Holds training.
    Pause,
    /// Lets training go on.
    GoOn,
    /// Ends training.
    Stop,
    /// Ends one run.
    Skip(usize),
    /// Asks for a path.
    Pick(Picking),
    /// Writes a text file.
    WriteText {
        /// Where to.
        path: PathBuf,
        /// What.
        text: String,
    },
    /// Writes a report.
    WriteReport {
        /// The results folder.
        folder: PathBuf,
        /// As what.
        format: ReportFormat,
    },
    /// Opens a file or folder with the system's program.
    Show(PathBuf),
    /// Works out the verdicts.
    Compare {
        /// The outcomes.
        results: Box<Results>,
        /// What all variants are compared with.
        baseline: String,
        /// Comes back with the verdicts, so that late ones do not replace newer ones.
        ticket: u64,
    },
    /// Writes bytes to a file that the user names.
    SaveBytes {
        /// The name that is suggested.
        name: String,
        /// The content.
        bytes: Vec<u8>,
    },
    /// Puts a text on the clipboard.
    Copy(String),
    /// Takes back the last edit.
    Undo,
    /// Does it again.
    Redo,
    /// The edits so far belong to another experiment and cannot be taken back.
    ForgetEdits,
    /// Opens or closes the command palette.
    TogglePalette,
    /// Opens or closes the overview of keys.
    ToggleKeys,
    /// Opens or closes the list of notices.
    ToggleNotices,
    /// Brings the window in line with the chosen theme.
    ApplyTheme,
    /// Closes the window.
    Quit,
}

/// What a path is asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Picking {
    /// A table or an experiment to open.
    File,
    /// A results folder to open.
    Folder,
    /// Where the experiment is saved.
    Save,
}

/// A table to read.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadRequest {
    /// The files and how they are read.
    pub data: DataDraft,
    /// The folder that their paths start from.
    pub base: PathBuf,
    /// Which request this is; answers to older ones are dropped.
    pub ticket: u64,
}

/// A training to start.
#[derive(Clone, Debug)]
pub struct TrainRequest {
    /// The experiment.
    pub draft: Draft,
    /// The folder that the draft's paths start from.
    pub base: PathBuf,
    /// The tables, if they have been read.
    pub prepared: Option<Prepared>,
    /// Where to train.
    pub device: DeviceChoice,
    /// The results folder.
    pub out: PathBuf,
    /// Whether the folder's interrupted runs go on.
    pub resume: bool,
}
