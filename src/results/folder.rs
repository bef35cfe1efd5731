//! The results folder while a training fills it.

use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::atomic::{replace, write_failed};
use super::event_log::EventLog;
use super::live::Results;
use super::open::open;
use super::relative::seen_from;
use super::run_names::run_names;
use super::{checkpoint, predictions, summary};
use crate::data::DataCard;
use crate::error::{Problem, Report};
use crate::experiment::{Draft, write};
use crate::train::{Checkpoint, CheckpointKind, Event, Predictions, Status};

pub(super) const EXPERIMENT: &str = "experiment.toml";
pub(super) const DATA_CARD: &str = "data_card.json";
pub(super) const EVENTS: &str = "events.jsonl";
pub(super) const SUMMARY: &str = "results.json";
const CHECKPOINTS: &str = "checkpoints";
const PREDICTIONS: &str = "predictions";
const OURS: [&str; 6] = [
    EXPERIMENT,
    DATA_CARD,
    EVENTS,
    SUMMARY,
    CHECKPOINTS,
    PREDICTIONS,
];

/// How the experiment of a folder begins; tells it from one that a user wrote.
const EXPERIMENT_HEAD: &str = "# The experiment of this results folder, every default written out.\n\
    # Paths are relative to this folder.\n\n";

/// A results folder that is written.
#[derive(Debug)]
pub struct Folder {
    dir: PathBuf,
    run_names: Vec<String>,
    log: Option<EventLog>,
}

impl Folder {
    /// A new folder, or an empty one, or one whose training never began.
    ///
    /// # Errors
    /// If the folder holds results or other things, or cannot be written.
    pub fn create(dir: &Path) -> Result<Self, Report> {
        if dir.exists() && !dir.is_dir() {
            let problem = Problem::new(dir.display().to_string(), "a file is in the way")
                .help("choose another folder with `--out`");
            return Err(Report::input(
                "the results folder cannot be used",
                vec![problem],
            ));
        }
        fs::create_dir_all(dir).map_err(|error| unwritable(dir, error))?;
        if let Some(problem) = taken(dir)? {
            return Err(Report::input(
                "the results folder cannot be used",
                vec![problem],
            ));
        }
        // Better now than after an hour of training.
        tempfile::tempfile_in(dir).map_err(|error| unwritable(dir, error))?;
        Ok(Self {
            dir: dir.to_path_buf(),
            run_names: Vec::new(),
            log: None,
        })
    }

    /// A folder to go on with, and what it holds; new events go behind the last whole one.
    ///
    /// # Errors
    /// As [`open`].
    pub fn resume(dir: &Path) -> Result<(Self, Results), Report> {
        let results = open(dir)?;
        Ok((Self::existing(dir, &results.draft), results))
    }

    /// A folder of this experiment, which is on disk already.
    pub(super) fn existing(dir: &Path, draft: &Draft) -> Self {
        Self {
            dir: dir.to_path_buf(),
            run_names: run_names(draft),
            log: None,
        }
    }

    /// Where it lies.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Writes the resolved experiment, and names the runs by it; its data paths, relative to `base`, are made relative to the folder.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write_experiment(&mut self, draft: &Draft, base: &Path) -> Result<(), Report> {
        self.run_names = run_names(draft);
        let mut draft = draft.clone();
        for path in draft
            .data
            .paths
            .iter_mut()
            .chain(&mut draft.data.test_paths)
        {
            *path = seen_from(&self.dir, base, path);
        }
        replace(&self.dir.join(EXPERIMENT), "the experiment", |file| {
            file.write_all(EXPERIMENT_HEAD.as_bytes())?;
            Ok(file.write_all(write(&draft).as_bytes())?)
        })
    }

    /// Writes the facts about the data.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write_data_card(&self, card: &DataCard) -> Result<(), Report> {
        replace(
            &self.dir.join(DATA_CARD),
            "the facts about the data",
            |file| {
                let mut text = serde_json::to_vec_pretty(card)?;
                text.push(b'\n');
                Ok(file.write_all(&text)?)
            },
        )
    }

    /// Adds an event to the log; the state to resume from is removed when a run is done for good.
    ///
    /// # Errors
    /// If the log cannot be written; the event is lost, the folder can still be used.
    pub fn append_event(&mut self, event: &Event) -> Result<(), Report> {
        let path = self.dir.join(EVENTS);
        if self.log.is_none() {
            let log = EventLog::append(&path);
            self.log = Some(log.map_err(|error| write_failed(&path, "the events", error))?);
        }
        if let Some(log) = &mut self.log {
            log.add(event)
                .map_err(|error| write_failed(&path, "the events", error))?;
        }
        match event {
            Event::RunFinished { run, outcome } if outcome.status == Status::Finished => {
                self.remove_resume_state(*run)
            }
            _ => Ok(()),
        }
    }

    /// Brings the events to the disk; to be called each second where events may be further apart.
    ///
    /// # Errors
    /// If the log cannot be written.
    pub fn flush(&mut self) -> Result<(), Report> {
        let path = self.dir.join(EVENTS);
        let flushed = self.log.as_mut().map_or(Ok(()), EventLog::flush);
        flushed.map_err(|error| write_failed(&path, "the events", error))
    }

    /// Writes `results.json`.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write_summary(
        &self,
        results: &Results,
        comparisons: &[impl Serialize],
    ) -> Result<(), Report> {
        summary::write(&self.dir.join(SUMMARY), results, comparisons)
    }

    /// Writes a run's weights, or the state that its resume needs.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write_checkpoint(
        &self,
        run: usize,
        kind: CheckpointKind,
        checkpoint: &Checkpoint,
    ) -> Result<(), Report> {
        checkpoint::write(&self.checkpoint_path(run, kind), checkpoint)
    }

    /// A run's weights, or the state that its resume needs; `None` if they were not written.
    ///
    /// # Errors
    /// If the file is damaged.
    pub fn read_checkpoint(
        &self,
        run: usize,
        kind: CheckpointKind,
    ) -> Result<Option<Checkpoint>, Report> {
        checkpoint::read(&self.checkpoint_path(run, kind))
    }

    /// Whether such a checkpoint is there.
    pub fn has_checkpoint(&self, run: usize, kind: CheckpointKind) -> bool {
        self.checkpoint_path(run, kind).is_file()
    }

    /// Writes a run's test scores.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write_predictions(&self, run: usize, scores: &Predictions) -> Result<(), Report> {
        let name = format!("{}.parquet", self.run_name(run));
        predictions::write(&self.dir.join(PREDICTIONS).join(name), scores)
    }

    /// The run's name in file names; that of an unknown run is its index.
    pub fn run_name(&self, run: usize) -> String {
        self.run_names
            .get(run)
            .cloned()
            .unwrap_or_else(|| format!("run{run}"))
    }

    fn checkpoint_path(&self, run: usize, kind: CheckpointKind) -> PathBuf {
        let ending = match kind {
            CheckpointKind::Best => "safetensors",
            CheckpointKind::Resume => "resume.safetensors",
        };
        self.dir
            .join(CHECKPOINTS)
            .join(format!("{}.{ending}", self.run_name(run)))
    }

    fn remove_resume_state(&self, run: usize) -> Result<(), Report> {
        let path = self.checkpoint_path(run, CheckpointKind::Resume);
        if !path.is_file() {
            return Ok(());
        }
        fs::remove_file(&path).map_err(|error| {
            let problem = Problem::new(path.display().to_string(), "the file stays");
            let report = Report::failure("could not remove the state of a finished run");
            report.with(problem).caused_by(error)
        })
    }
}

fn unwritable(dir: &Path, error: io::Error) -> Report {
    let problem = Problem::new(dir.display().to_string(), "the folder cannot be written")
        .help("choose another folder with `--out`");
    let summary = "the results folder cannot be used";
    // A full or broken disk is nobody's wrong input.
    let report = match error.kind() {
        ErrorKind::NotFound
        | ErrorKind::NotADirectory
        | ErrorKind::AlreadyExists
        | ErrorKind::PermissionDenied
        | ErrorKind::ReadOnlyFilesystem
        | ErrorKind::InvalidFilename => Report::input(summary, vec![problem]),
        _ => Report::failure(summary).with(problem),
    };
    report.caused_by(error)
}

/// What keeps a folder from taking new results.
fn taken(dir: &Path) -> Result<Option<Problem>, Report> {
    let place = dir.display().to_string();
    let entries = fs::read_dir(dir).map_err(|error| unwritable(dir, error))?;
    let mut names: Vec<String> = entries
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    // Hidden files are no one's work: what a file manager or a broken write left.
    let own = |name: &String| name.starts_with('.') || OURS.contains(&name.as_str());
    let mut foreign: Vec<String> = names.iter().filter(|name| !own(name)).cloned().collect();
    let has_events = fs::metadata(dir.join(EVENTS)).is_ok_and(|events| events.len() > 0);
    if has_events || names.iter().any(|name| name == SUMMARY) {
        let problem = Problem::new(place, "the folder already holds results");
        let help = "go on with `--resume`, or choose another folder with `--out`";
        return Ok(Some(problem.help(help)));
    }
    let text = fs::read_to_string(dir.join(EXPERIMENT));
    if text.is_ok_and(|text| !text.starts_with(EXPERIMENT_HEAD)) {
        foreign.push(EXPERIMENT.to_owned());
    }
    if foreign.is_empty() {
        return Ok(None);
    }
    let shown = foreign
        .iter()
        .take(3)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    let rest = foreign.len().saturating_sub(3);
    let found = if rest == 0 {
        shown
    } else {
        format!("{shown} and {rest} more")
    };
    let problem = Problem::new(place, "the folder holds other files");
    Ok(Some(
        problem
            .found(found)
            .help("choose another folder with `--out`"),
    ))
}

#[cfg(test)]
mod tests;
