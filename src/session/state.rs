//! The session: everything the window shows.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::command::Station;
use super::facts::{LoadedData, WarningFacts, role_of};
use super::message::DeviceFacts;
use super::notice::Notices;
use super::picture::Picture;
use super::prefs::Prefs;
use crate::analysis::Comparison;
use crate::data::{ColumnSpec, Role};
use crate::error::Problem;
use crate::experiment::Draft;
use crate::results::Results;
use crate::train::{DeviceChoice, Status};

/// All facts of the running app.
#[derive(Debug, Default)]
pub struct Session {
    /// The table.
    pub data: DataState,
    /// The experiment as it is edited.
    pub draft: Draft,
    /// The experiment as text: what was typed, or what the form says.
    pub text: String,
    /// What is wrong with the text; the draft is what could be read of it.
    pub text_problems: Vec<Problem>,
    /// The variant that a sweep or a replay added last, by name.
    pub added: Option<String>,
    /// What is wrong with the draft, each with the key as its place.
    pub problems: Vec<Problem>,
    /// What every column is for, all roles filled in; empty without a table.
    pub columns: BTreeMap<String, ColumnSpec>,
    /// What looks wrong with the table.
    pub warnings: Vec<WarningFacts>,
    /// The experiment in plain words; empty without a table.
    pub sentence: String,
    /// Each variant's network with its trainable numbers; empty while the draft cannot be drawn.
    pub pictures: Vec<Picture>,
    /// The experiment's file; `None` until it is saved.
    pub path: Option<PathBuf>,
    /// The folder that the draft's paths start from.
    pub base: PathBuf,
    /// Whether the draft differs from its file.
    pub unsaved: bool,
    /// Curves and outcomes, live or from a folder.
    pub results: Option<Results>,
    /// Where the results lie.
    pub results_folder: Option<PathBuf>,
    /// The variant that the user compares with; `None`: separate models, else the first.
    pub(super) baseline: Option<String>,
    /// The verdicts.
    pub comparisons: Vec<Comparison>,
    /// The training under way.
    pub training: Option<TrainingState>,
    /// The experiment that Run was pressed on last, unless a run of it did not come to its end.
    pub(super) trained: Option<Draft>,
    /// The devices of this machine; empty until they are known.
    pub devices: Vec<DeviceFacts>,
    /// Where the next training runs.
    pub device: DeviceChoice,
    /// What the user was told.
    pub notices: Notices,
    /// What is remembered.
    pub prefs: Prefs,
    /// The screen in sight.
    pub station: Station,
    /// Whether the app goes to Design as soon as the table is there.
    pub(super) design_after_load: bool,
    /// How often verdicts were asked for, and the latest answer taken in.
    pub(super) asked: u64,
    pub(super) answered: u64,
    /// The screen to go to when what was open last is there again.
    pub(super) restore: Option<Station>,
    /// The request that an answer must name to count.
    pub(super) ticket: u64,
}

/// The table.
#[derive(Debug, Default)]
pub enum DataState {
    /// Nothing opened yet.
    #[default]
    None,
    /// Being read.
    Loading {
        /// The files.
        paths: Vec<PathBuf>,
        /// The share of bytes read, from 0 to 1.
        share: f32,
    },
    /// Read.
    Loaded(Box<LoadedData>),
    /// Could not be read.
    Failed {
        /// The files.
        paths: Vec<PathBuf>,
        /// One line.
        summary: String,
        /// More lines.
        details: Vec<String>,
    },
}

/// The training under way.
#[derive(Debug)]
pub struct TrainingState {
    /// What it is doing.
    pub phase: TrainingPhase,
    /// When it began.
    pub started: Instant,
    /// When the pause began.
    pub paused_at: Option<Instant>,
    /// How long it was paused before.
    pub paused: Duration,
}

impl TrainingState {
    /// A training that is being prepared.
    pub fn begin() -> Self {
        Self {
            phase: TrainingPhase::Preparing,
            started: Instant::now(),
            paused_at: None,
            paused: Duration::ZERO,
        }
    }

    /// Seconds since the beginning, pauses left out.
    pub fn elapsed_secs(&self) -> f64 {
        let end = self.paused_at.unwrap_or_else(Instant::now);
        (end.saturating_duration_since(self.started))
            .saturating_sub(self.paused)
            .as_secs_f64()
    }
}

/// What training is doing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TrainingPhase {
    /// Encoding the data and opening the device.
    Preparing,
    /// Taking steps.
    Running,
    /// Held.
    Paused,
    /// Writing what there is.
    Stopping,
}

/// The state of a station, shown as an icon with a word.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Light {
    /// Nothing yet.
    Empty,
    /// Under way.
    Working,
    /// Ready.
    Ready,
    /// Something is wrong.
    Attention,
}

impl Light {
    /// The word beside the icon.
    pub fn word(self) -> &'static str {
        match self {
            Self::Empty => "nothing yet",
            Self::Working => "working",
            Self::Ready => "ready",
            Self::Attention => "needs attention",
        }
    }
}

impl Session {
    /// The variant that all others are compared with.
    pub fn baseline(&self) -> &str {
        let Some(results) = &self.results else {
            return "";
        };
        let known = |name: &&String| {
            results
                .draft
                .variants
                .iter()
                .any(|variant| variant.name == **name)
        };
        self.baseline
            .as_ref()
            .filter(known)
            .map_or_else(|| results.draft.baseline(), String::as_str)
    }

    /// A session with what was remembered.
    pub fn new(prefs: Prefs) -> Self {
        let device = DeviceChoice::parse(&prefs.device).unwrap_or_default();
        Self {
            device,
            prefs,
            ..Self::default()
        }
    }

    /// The table, if it has been read.
    pub fn loaded(&self) -> Option<&LoadedData> {
        match &self.data {
            DataState::Loaded(loaded) => Some(loaded),
            _ => None,
        }
    }

    /// The labels in table order.
    pub fn tasks(&self) -> Vec<&str> {
        self.with_role(|role| role == Role::Label)
    }

    /// The names of the sparse and dense columns in table order.
    pub fn features(&self) -> Vec<&str> {
        self.with_role(|role| matches!(role, Role::Sparse | Role::Dense))
    }

    fn with_role(&self, wanted: impl Fn(Role) -> bool) -> Vec<&str> {
        let columns = self
            .loaded()
            .map_or(&[][..], |loaded| loaded.columns.as_slice());
        let names = columns.iter().map(|column| column.name.as_str());
        names
            .filter(|name| wanted(role_of(&self.columns, name)))
            .collect()
    }

    /// Runs that the draft asks for.
    pub fn num_runs(&self) -> usize {
        self.draft.variants.len() * self.draft.seeds.len()
    }

    /// Whether all runs of the experiment as it is now have been trained here.
    pub fn is_trained(&self) -> bool {
        self.training.is_none() && self.trained.as_ref() == Some(&self.draft)
    }

    /// Whether the experiment can be started now.
    pub fn can_run(&self) -> bool {
        self.training.is_none()
            && self.loaded().is_some()
            && self.text_problems.is_empty()
            && self.problems.is_empty()
            && self.num_runs() > 0
    }

    /// Why it cannot be started, in a line; `None` if it can.
    pub fn why_not_run(&self) -> Option<String> {
        if self.training.is_some() {
            return Some("Training is under way".to_owned());
        }
        if let Some(problem) = self.text_problems.first() {
            return Some(problem.to_string());
        }
        if self.loaded().is_none() {
            return Some("Open a table first".to_owned());
        }
        if let Some(problem) = self.problems.first() {
            return Some(problem.to_string());
        }
        (self.num_runs() == 0).then(|| "Tick a structure and at least one seed".to_owned())
    }

    /// The state of a station.
    pub fn light(&self, station: Station) -> Light {
        match station {
            Station::Data => match &self.data {
                DataState::None => Light::Empty,
                DataState::Loading { .. } => Light::Working,
                DataState::Failed { .. } => Light::Attention,
                DataState::Loaded(_) => {
                    let data_problem = |problem: &Problem| problem.place.starts_with("data");
                    let wrong = self.problems.iter().any(data_problem);
                    if wrong {
                        Light::Attention
                    } else {
                        Light::Ready
                    }
                }
            },
            Station::Design => {
                if !self.text_problems.is_empty() {
                    Light::Attention
                } else if self.loaded().is_none() {
                    Light::Empty
                } else if self.problems.is_empty() {
                    Light::Ready
                } else {
                    Light::Attention
                }
            }
            Station::Runs => self.runs_light(),
            Station::Compare => match &self.results {
                Some(results) if !results.series.is_empty() => {
                    if self.training.is_some() {
                        Light::Working
                    } else {
                        Light::Ready
                    }
                }
                _ => Light::Empty,
            },
        }
    }

    fn runs_light(&self) -> Light {
        let Some(results) = &self.results else {
            return Light::Empty;
        };
        let broken = |status: Status| matches!(status, Status::Failed | Status::Diverged);
        if self.training.is_some() {
            Light::Working
        } else if results.runs.iter().any(|run| broken(run.status)) {
            Light::Attention
        } else {
            Light::Ready
        }
    }

    /// The title in the top bar.
    pub fn title(&self) -> &str {
        if self.draft.name.is_empty() {
            "No experiment yet"
        } else {
            &self.draft.name
        }
    }
}
