//! What came back from the background, taken into the session.

use std::path::{Path, PathBuf};

use super::command::{Command, Station};
use super::effect::{Effect, Picking};
use super::facts::LoadedData;
use super::message::{Message, Started};
use super::notice::{Level, sentence};
use super::state::{DataState, Session, TrainingPhase};
use crate::error::Report;
use crate::results::{Results, Run};
use crate::train::{Event, Status};

impl Session {
    /// Takes in an outcome.
    pub fn receive(&mut self, message: Message) -> Vec<Effect> {
        match message {
            Message::LoadProgress { ticket, share } => {
                if let DataState::Loading { share: shown, .. } = &mut self.data
                    && ticket == self.ticket
                {
                    *shown = share;
                }
            }
            Message::Loaded { ticket, result } => {
                if ticket == self.ticket {
                    self.table_loaded(result);
                }
            }
            Message::Experiment { path, text, sample } => {
                return self.experiment_read(path, text, sample);
            }
            Message::Results { folder, results } => return self.results_read(folder, *results),
            Message::Picked { picking, path } => return self.picked(picking, path),
            Message::Saved(path) => {
                self.notices.tell(Level::Good, "Experiment saved").file = Some(path.clone());
                self.prefs.remember(&path);
                self.prefs.last_experiment = Some(path);
                self.unsaved = false;
            }
            Message::ReportWritten(path) => {
                self.notices.tell(Level::Good, "Report written").file = Some(path);
            }
            Message::TrainingStarted(Ok(started)) => self.training_started(*started),
            Message::TrainingStarted(Err(report)) | Message::TrainingFailed(report) => {
                self.training = None;
                self.trained = None;
                self.notices.tell_report(&report);
            }
            Message::Training(event) => return self.training_event(&event),
            Message::Comparisons {
                ticket,
                comparisons,
            } => {
                // Runs may end while verdicts on the ones before are still worked out.
                if ticket > self.answered {
                    self.answered = ticket;
                    self.comparisons = comparisons;
                }
            }
            Message::Devices(devices) => self.devices = devices,
            Message::Failed(report) => self.notices.tell_report(&report),
        }
        Vec::new()
    }

    fn table_loaded(&mut self, result: Result<Box<LoadedData>, Report>) {
        match result {
            Ok(loaded) => {
                self.data = DataState::Loaded(loaded);
                self.derive();
                if std::mem::take(&mut self.design_after_load) {
                    self.station = self.restore.unwrap_or(Station::Design);
                }
            }
            Err(report) => {
                let paths = match &self.data {
                    DataState::Loading { paths, .. } => paths.clone(),
                    _ => Vec::new(),
                };
                let (summary, details) = (sentence(&report.summary), report.details());
                self.data = DataState::Failed {
                    paths,
                    summary,
                    details,
                };
                // Results can be looked at without their data.
                if self.results.is_none() {
                    self.station = Station::Data;
                }
                self.notices.tell_report(&report);
                self.derive();
            }
        }
    }

    /// Results come with their experiment; it is opened too, unless another one is at work.
    fn results_read(&mut self, folder: PathBuf, results: Results) -> Vec<Effect> {
        self.prefs.remember(&folder);
        self.prefs.last_results = Some(folder.clone());
        self.station = self.restore.unwrap_or(Station::Compare);
        self.forget_verdicts();
        self.asked += 1;
        let mut effects = vec![compare(&results, results.draft.baseline(), self.asked)];
        if matches!(self.data, DataState::None) {
            self.draft = results.draft.clone();
            self.base.clone_from(&folder);
            self.write_text();
            effects.push(Effect::ForgetEdits);
            if !self.draft.data.paths.is_empty() {
                effects.extend(self.load_table());
            }
        }
        self.results_folder = Some(folder);
        self.results = Some(results);
        effects
    }

    fn experiment_read(&mut self, path: PathBuf, text: String, sample: bool) -> Vec<Effect> {
        self.base = path.parent().map_or_else(PathBuf::new, Path::to_owned);
        if self.prefs.last_experiment.as_ref() != Some(&path) {
            self.prefs.last_results = None;
        }
        if sample {
            self.prefs.last_experiment = None;
            self.path = None;
        } else {
            self.prefs.remember(&path);
            self.prefs.last_experiment = Some(path.clone());
            self.path = Some(path);
        }
        self.text = text;
        self.unsaved = false;
        self.read_text();
        self.station = Station::Data;
        self.design_after_load = self.text_problems.is_empty();
        // What is wrong stands at its line on the Design screen.
        if !self.text_problems.is_empty() {
            let text = "The experiment cannot be read yet, see the marked lines";
            self.notices.tell(Level::Warning, text);
        }
        let mut effects = vec![Effect::ForgetEdits];
        if self.text_problems.is_empty() {
            effects.extend(self.load_table());
        } else {
            self.station = Station::Design;
        }
        effects
    }

    fn picked(&mut self, picking: Picking, path: PathBuf) -> Vec<Effect> {
        match picking {
            Picking::File | Picking::Folder => self.apply(Command::Open(path)),
            Picking::Save => {
                self.rebase(&path);
                self.path = Some(path.clone());
                vec![Effect::WriteText {
                    path,
                    text: self.text.clone(),
                }]
            }
        }
    }

    /// A file saved elsewhere still has to find its data: paths that no longer lead there become whole.
    fn rebase(&mut self, path: &Path) {
        let folder = path.parent().map_or_else(PathBuf::new, Path::to_owned);
        if folder == self.base {
            return;
        }
        let base = std::mem::replace(&mut self.base, folder);
        let data = &mut self.draft.data;
        for relative in data.paths.iter_mut().chain(&mut data.test_paths) {
            *relative = base.join(&*relative).to_string_lossy().into_owned();
        }
        self.write_text();
    }

    fn training_started(&mut self, started: Started) {
        if let Some(training) = &mut self.training
            && training.phase == TrainingPhase::Preparing
        {
            training.phase = TrainingPhase::Running;
            training.started = std::time::Instant::now();
        }
        self.prefs.remember(&started.out);
        self.prefs.last_results = Some(started.out.clone());
        self.results = Some(started.results);
        self.results_folder = Some(started.out);
        self.forget_verdicts();
    }

    fn training_event(&mut self, event: &Event) -> Vec<Effect> {
        let Some(results) = &mut self.results else {
            return Vec::new();
        };
        results.apply(event);
        match event {
            Event::RunFinished { .. } => self.judge(),
            Event::Finished => {
                let ended = results
                    .runs
                    .iter()
                    .filter(|run| run.outcome.is_some())
                    .count();
                let text = format!(
                    "Training ended, {ended} of {} runs done",
                    results.runs.len()
                );
                let is_done = |run: &Run| {
                    let outcome = run.outcome.as_ref();
                    outcome.is_some_and(|outcome| outcome.status == Status::Finished)
                };
                if !results.runs.iter().all(is_done) {
                    self.trained = None;
                }
                self.training = None;
                self.notices.tell(Level::Good, text);
                Vec::new()
            }
            Event::Warning { message, .. } => {
                self.notices.tell(Level::Warning, sentence(message));
                Vec::new()
            }
            _ => Vec::new(),
        }
    }
}

/// Verdicts look at outcomes alone; the curves, which may be millions of points, stay here.
fn compare(results: &Results, baseline: &str, ticket: u64) -> Effect {
    let Results {
        draft,
        card,
        device,
        tasks,
        runs,
        ..
    } = results;
    Effect::Compare {
        results: Box::new(Results {
            draft: draft.clone(),
            card: card.clone(),
            device: device.clone(),
            tasks: tasks.clone(),
            runs: runs.clone(),
            ..Results::default()
        }),
        baseline: baseline.to_owned(),
        ticket,
    }
}

impl Session {
    /// Verdicts on other results no longer hold, nor those still on their way.
    fn forget_verdicts(&mut self) {
        self.comparisons.clear();
        self.answered = self.asked;
    }

    /// Asks for the verdicts against the present baseline.
    pub(super) fn judge(&mut self) -> Vec<Effect> {
        self.asked += 1;
        let judged = self
            .results
            .as_ref()
            .map(|results| compare(results, self.baseline(), self.asked));
        judged.into_iter().collect()
    }
}
