//! Opening a results folder: everything that a finished, stopped or broken training left, wherever the folder lies now.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::event_log::replay;
use super::folder::{self, Folder};
use super::live::{Results, TaskInfo};
use super::summary::{self, Known};
use crate::data::DataCard;
use crate::error::{Kind, Problem, Report};
use crate::experiment::parse_toml;
use crate::train::{CheckpointKind, Status};

const FAULT: &str = "could not open the results folder";

/// Reads a results folder.
///
/// Only the experiment has to be there; what else is missing or damaged is told among the warnings. A run that was under way
/// when its training died comes back as stopped, with a line in its log, and is `resumable` if its state was kept.
///
/// # Errors
/// If `dir` is no results folder, its experiment cannot be read, or a newer version wrote it.
pub fn open(dir: &Path) -> Result<Results, Report> {
    let path = dir.join(folder::EXPERIMENT);
    let text = fs::read_to_string(&path).map_err(|error| {
        if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) {
            let problem = Problem::new(dir.display().to_string(), "not a results folder");
            let problem = problem.expected(format!("a folder with {}", folder::EXPERIMENT));
            return Report::input(FAULT, vec![problem]);
        }
        let problem = Problem::new(path.display().to_string(), "the file cannot be read");
        Report::failure(FAULT).with(problem).caused_by(error)
    })?;
    let (draft, problems) = parse_toml(&text, folder::EXPERIMENT)
        .map_err(|problem| Report::input(FAULT, vec![problem]))?;

    let mut results = Results::for_draft(draft);
    results
        .warnings
        .extend(problems.iter().map(ToString::to_string));
    read_card(dir, &mut results);
    let known = read_summary(dir, &mut results)?;
    results.device = known.device.clone();
    results.tasks = if known.tasks.is_empty() {
        tasks_of(&results.card)
    } else {
        known.tasks.clone()
    };
    read_events(dir, &mut results);
    settle(dir, &known, &mut results);
    Ok(results)
}

fn read_card(dir: &Path, results: &mut Results) {
    let card = fs::read(dir.join(folder::DATA_CARD)).map_err(|error| error.to_string());
    let card = card.and_then(|bytes| {
        serde_json::from_slice::<DataCard>(&bytes).map_err(|error| error.to_string())
    });
    match card {
        Ok(card) => results.card = card,
        Err(reason) => {
            let warning = format!(
                "{}: the facts about the data are lost: {reason}",
                folder::DATA_CARD
            );
            results.warnings.push(warning);
        }
    }
}

/// The summary is missing until the first run has ended.
fn read_summary(dir: &Path, results: &mut Results) -> Result<Known, Report> {
    let path = dir.join(folder::SUMMARY);
    let read = match fs::read(&path) {
        Ok(bytes) => summary::read(&bytes, &path),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Known::default()),
        Err(error) => Err(Report::failure("could not read the results").caused_by(error)),
    };
    match read {
        Ok(known) => Ok(known),
        Err(report) if report.kind == Kind::Input => Err(report),
        Err(report) => {
            let reason = report.details().join("; ");
            results
                .warnings
                .push(format!("{}: left aside: {reason}", folder::SUMMARY));
            Ok(Known::default())
        }
    }
}

fn read_events(dir: &Path, results: &mut Results) {
    match replay(&dir.join(folder::EVENTS), results) {
        // Nothing was trained yet.
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => {
            let warning = format!("{}: not read to its end: {error}", folder::EVENTS);
            results.warnings.push(warning);
        }
        Ok(()) => {}
    }
}

/// Brings every run to rest, for nothing is under way in a folder.
fn settle(dir: &Path, known: &Known, results: &mut Results) {
    let folder = Folder::existing(dir, &results.draft);
    let variants = &results.draft.variants;
    for (index, run) in results.runs.iter_mut().enumerate() {
        if run.outcome.is_none() && run.status == Status::Queued {
            // The events are lost or damaged, but the summary knows.
            let name = variants
                .get(run.variant)
                .map_or("", |variant| variant.name.as_str());
            if let Some((parameters, outcome)) = known.outcomes.get(&(name.to_owned(), run.seed)) {
                run.parameters = *parameters;
                run.status = outcome.status;
                run.outcome = Some(outcome.clone());
            }
        }
        if run.status == Status::Running {
            run.status = Status::Stopped;
            run.log
                .push("did not end: the training was broken off".to_owned());
        }
        let ended = matches!(run.status, Status::Finished | Status::Diverged);
        run.resumable = !ended && folder.has_checkpoint(index, CheckpointKind::Resume);
    }
}

fn tasks_of(card: &DataCard) -> Vec<TaskInfo> {
    let labels = card.labels.iter();
    labels
        .filter_map(|label| Some(TaskInfo::new(&label.task, summary::task_kind(&label.kind)?)))
        .collect()
}

#[cfg(test)]
mod tests;
