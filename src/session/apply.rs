//! One command after another: the only way to change the session.

use std::path::{Path, PathBuf};

use super::command::{Command, ReportFormat, Station};
use super::effect::{Effect, LoadRequest, Picking, TrainRequest};
use super::folder::next_results_folder;
use super::notice::Level;
use super::starter::starter_draft;
use super::state::{DataState, Session, TrainingPhase, TrainingState};
use crate::data::ColumnSpec;
use crate::experiment::{DataDraft, Draft};
use crate::train::{DeviceChoice, Status};

impl Session {
    /// Carries out a command as far as it concerns the session; the rest is for the app.
    pub fn apply(&mut self, command: Command) -> Vec<Effect> {
        self.restore = None;
        match command {
            Command::OpenSample => vec![Effect::LoadSample],
            Command::PickFile => vec![Effect::Pick(Picking::File)],
            Command::PickFolder => vec![Effect::Pick(Picking::Folder)],
            Command::Open(path) => self.open(path),
            Command::Reload => self.load_table(),
            Command::CancelLoading => {
                self.ticket += 1;
                self.data = DataState::None;
                vec![Effect::CancelLoading]
            }
            Command::SetHeader(header) => {
                let mut draft = self.draft.clone();
                draft.data.header = header;
                self.edit(draft)
            }
            Command::EditDraft(draft) => self.edit(*draft),
            Command::EditText(text) => self.edit_text(text),
            Command::ResetColumns => {
                let mut draft = self.draft.clone();
                draft.data.columns.clear();
                self.edit(draft)
            }
            Command::UsePreset(preset) => {
                let mut draft = self.draft.clone();
                preset.put(&mut draft);
                self.edit(draft)
            }
            Command::AddSeeds(number) => self.add_seeds(number),
            Command::SweepWeights(sweep) => self.sweep_weights(sweep),
            Command::Replay(variant) => self.replay(variant),
            Command::Save => match self.path.clone() {
                Some(path) => vec![Effect::WriteText {
                    path,
                    text: self.text.clone(),
                }],
                None => vec![Effect::Pick(Picking::Save)],
            },
            Command::SaveAs => vec![Effect::Pick(Picking::Save)],
            Command::Undo => vec![Effect::Undo],
            Command::Redo => vec![Effect::Redo],
            Command::Run => self.run(),
            Command::ResumeFolder => self.resume(),
            Command::PauseOrGoOn => self.pause_or_go_on(),
            Command::Stop => self.stop(),
            Command::Skip(run) => self.skip(Some(run)),
            Command::SkipCurrent => self.skip(None),
            Command::SetDevice(choice) => {
                self.device = choice;
                self.prefs.device = device_word(choice);
                Vec::new()
            }
            Command::WriteReport(format) => self.write_report(format),
            Command::ShowFolder => match self.results_folder.clone() {
                Some(folder) => vec![Effect::Show(folder)],
                None => self.nothing_yet("There is no results folder yet"),
            },
            Command::ShowFile(path) => vec![Effect::Show(path)],
            view => self.apply_to_view(view),
        }
    }

    fn apply_to_view(&mut self, command: Command) -> Vec<Effect> {
        match command {
            Command::Go(station) => {
                self.station = station;
                self.prefs.station = station;
                Vec::new()
            }
            Command::SetTheme(theme) => {
                self.prefs.theme = theme;
                vec![Effect::ApplyTheme]
            }
            Command::ToggleText => {
                self.prefs.show_text = !self.prefs.show_text;
                Vec::new()
            }
            Command::TogglePalette => vec![Effect::TogglePalette],
            Command::ToggleKeys => vec![Effect::ToggleKeys],
            Command::ToggleNotices => vec![Effect::ToggleNotices],
            Command::DismissNotice(id) => {
                self.notices.dismiss(id);
                Vec::new()
            }
            Command::DismissAllNotices => {
                self.notices.clear();
                Vec::new()
            }
            Command::SetBaseline(name) => {
                self.baseline = Some(name);
                self.judge()
            }
            Command::SaveBytes { name, bytes } => vec![Effect::SaveBytes { name, bytes }],
            Command::Copy(text) => vec![Effect::Copy(text)],
            Command::Quit => vec![Effect::Quit],
            _ => Vec::new(),
        }
    }

    /// Opens what was open when the app was closed, on the screen that was in sight.
    pub fn reopen(&mut self) -> Vec<Effect> {
        let prefs = &self.prefs;
        let kept = [prefs.last_experiment.clone(), prefs.last_results.clone()];
        let station = prefs.station;
        let there = kept.into_iter().flatten().filter(|path| path.exists());
        let effects: Vec<Effect> = there
            .flat_map(|path| self.apply(Command::Open(path)))
            .collect();
        self.restore = (!effects.is_empty()).then_some(station);
        effects
    }

    fn open(&mut self, path: PathBuf) -> Vec<Effect> {
        if path.is_dir() {
            return vec![Effect::ReadResults(path)];
        }
        let is_experiment = path
            .extension()
            .is_some_and(|end| end.eq_ignore_ascii_case("toml"));
        if is_experiment {
            return vec![Effect::ReadExperiment(path)];
        }
        self.open_table(&path)
    }

    /// A table without an experiment: a fresh draft on it.
    fn open_table(&mut self, path: &Path) -> Vec<Effect> {
        let base = path.parent().map_or_else(PathBuf::new, Path::to_owned);
        let name = path
            .file_name()
            .map_or_else(String::new, |name| name.to_string_lossy().into());
        self.prefs.remember(path);
        self.prefs.last_experiment = None;
        self.prefs.last_results = None;
        self.path = None;
        self.base = base;
        self.draft = starter_draft(&[name]);
        self.unsaved = true;
        self.write_text();
        self.station = Station::Data;
        self.design_after_load = false;
        let mut effects = vec![Effect::ForgetEdits];
        effects.extend(self.load_table());
        effects
    }

    /// Reads the draft's table.
    pub(super) fn load_table(&mut self) -> Vec<Effect> {
        if self.draft.data.paths.is_empty() {
            return self.nothing_yet("Open a table first");
        }
        let base = self.base.clone();
        let paths: Vec<PathBuf> = self
            .draft
            .data
            .paths
            .iter()
            .map(|path| base.join(path))
            .collect();
        self.ticket += 1;
        self.data = DataState::Loading {
            paths: paths.clone(),
            share: 0.0,
        };
        self.derive();
        let data = self.draft.data.clone();
        let request = LoadRequest {
            data,
            base,
            ticket: self.ticket,
        };
        vec![Effect::LoadTable(request)]
    }

    pub(super) fn edit(&mut self, draft: Draft) -> Vec<Effect> {
        if draft == self.draft {
            return Vec::new();
        }
        let other_table = reads_other_table(&self.draft, &draft);
        self.draft = draft;
        self.unsaved = true;
        self.write_text();
        self.after_edit(other_table)
    }

    fn edit_text(&mut self, text: String) -> Vec<Effect> {
        let before = self.draft.clone();
        self.text = text;
        self.unsaved = true;
        self.read_text();
        // An experiment whose text could not be read has not read its table either.
        let mended = self.text_problems.is_empty()
            && matches!(self.data, DataState::None)
            && !self.draft.data.paths.is_empty();
        self.after_edit(mended || reads_other_table(&before, &self.draft))
    }

    fn after_edit(&mut self, other_table: bool) -> Vec<Effect> {
        if other_table {
            return self.load_table();
        }
        self.derive();
        Vec::new()
    }

    fn add_seeds(&mut self, number: usize) -> Vec<Effect> {
        let mut draft = self.draft.clone();
        let next = draft
            .seeds
            .iter()
            .max()
            .map_or(1, |most| most.saturating_add(1));
        draft
            .seeds
            .extend((0..number as u64).map(|more| next.saturating_add(more)));
        self.edit(draft)
    }

    fn run(&mut self) -> Vec<Effect> {
        if let Some(reason) = self.why_not_run() {
            return self.nothing_yet(&reason);
        }
        let inside = self.results_folder.as_deref() == Some(&*self.base);
        let beside = if inside { self.base.parent() } else { None };
        let out = next_results_folder(beside.unwrap_or(&self.base), &self.draft.name);
        let request = TrainRequest {
            draft: self.draft.clone(),
            base: self.base.clone(),
            prepared: self.loaded().map(|loaded| loaded.prepared.clone()),
            device: self.device,
            out,
            resume: false,
        };
        self.trained = Some(request.draft.clone());
        self.start(request)
    }

    /// Goes on with the runs of the open folder, as its own experiment says.
    fn resume(&mut self) -> Vec<Effect> {
        if self.training.is_some() {
            return Vec::new();
        }
        let (Some(results), Some(folder)) = (&self.results, &self.results_folder) else {
            return self.nothing_yet("There is no results folder to go on with");
        };
        let request = TrainRequest {
            draft: results.draft.clone(),
            base: folder.clone(),
            prepared: None,
            device: self.device,
            out: folder.clone(),
            resume: true,
        };
        self.start(request)
    }

    fn start(&mut self, request: TrainRequest) -> Vec<Effect> {
        self.training = Some(TrainingState::begin());
        self.station = Station::Compare;
        vec![Effect::Train(Box::new(request))]
    }

    fn pause_or_go_on(&mut self) -> Vec<Effect> {
        let Some(training) = &mut self.training else {
            return Vec::new();
        };
        match training.phase {
            TrainingPhase::Running => {
                training.phase = TrainingPhase::Paused;
                training.paused_at = Some(std::time::Instant::now());
                vec![Effect::Pause]
            }
            TrainingPhase::Paused => {
                training.phase = TrainingPhase::Running;
                if let Some(since) = training.paused_at.take() {
                    training.paused += since.elapsed();
                }
                vec![Effect::GoOn]
            }
            TrainingPhase::Preparing | TrainingPhase::Stopping => Vec::new(),
        }
    }

    fn stop(&mut self) -> Vec<Effect> {
        let Some(training) = &mut self.training else {
            return Vec::new();
        };
        training.phase = TrainingPhase::Stopping;
        vec![Effect::Stop]
    }

    fn skip(&self, run: Option<usize>) -> Vec<Effect> {
        if self.training.is_none() {
            return Vec::new();
        }
        let runs = self
            .results
            .as_ref()
            .map_or(&[][..], |results| results.runs.as_slice());
        let current = || runs.iter().position(|run| run.status == Status::Running);
        run.or_else(current).map(Effect::Skip).into_iter().collect()
    }

    fn write_report(&mut self, format: ReportFormat) -> Vec<Effect> {
        match self.results_folder.clone() {
            Some(folder) => vec![Effect::WriteReport { folder, format }],
            None => self.nothing_yet("There are no results to report yet"),
        }
    }

    pub(super) fn nothing_yet(&mut self, reason: &str) -> Vec<Effect> {
        self.notices.tell(Level::Warning, reason);
        Vec::new()
    }
}

fn reads_other_table(before: &Draft, after: &Draft) -> bool {
    let (before, after) = (&before.data, &after.data);
    let separators = |data: &DataDraft| -> Vec<(String, String)> {
        let set =
            |(name, spec): (&String, &ColumnSpec)| Some((name.clone(), spec.separator.clone()?));
        data.columns.iter().filter_map(set).collect()
    };
    before.paths != after.paths
        || before.test_paths != after.test_paths
        || before.header != after.header
        || separators(before) != separators(after)
}

/// The word that [`DeviceChoice::parse`] reads.
fn device_word(choice: DeviceChoice) -> String {
    match choice {
        DeviceChoice::Auto => "auto".to_owned(),
        DeviceChoice::Cpu => "cpu".to_owned(),
        DeviceChoice::Gpu(None) => "gpu".to_owned(),
        DeviceChoice::Gpu(Some(index)) => format!("gpu:{index}"),
    }
}
