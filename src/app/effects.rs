//! Effects carried out: each starts something, none waits.

use std::path::{Path, PathBuf};

use eframe::egui;

use super::background::Posted;
use super::{App, dialogs, reading, reporting, sample, system, training};
use crate::analysis::compare_all;
use crate::error::{Problem, Report};
use crate::experiment::Draft;
use crate::session::{Command, Effect, Message};
use crate::ui::theme;

impl App {
    /// Carries out one effect.
    pub(super) fn carry_out(&mut self, ctx: &egui::Context, effect: Effect) {
        match effect {
            Effect::LoadSample => {
                let own = self.folder.clone();
                self.background
                    .spawn("sample", move |_| Some(sample::unpack(&own)));
            }
            Effect::LoadTable(request) => {
                self.reading.cancel();
                self.reading = reading::start(&self.background, request);
            }
            Effect::CancelLoading => self.reading.cancel(),
            Effect::ReadExperiment(path) => {
                self.background
                    .spawn("experiment", move |_| Some(read_experiment(path)));
            }
            Effect::ReadResults(folder) => {
                self.background
                    .spawn("results", move |_| Some(read_results(folder)));
            }
            Effect::Train(request) => training::start(&self.background, *request),
            Effect::Pause => self.with_training(|training| training.control().pause()),
            Effect::GoOn => self.with_training(|training| training.control().resume()),
            Effect::Stop => self.with_training(|training| training.control().stop()),
            Effect::Skip(run) => self.with_training(|training| training.control().skip(run)),
            Effect::Pick(picking) => {
                let name = self.session.draft.name.clone();
                dialogs::pick(&self.background, picking, self.session.base.clone(), &name);
            }
            Effect::WriteText { path, text } => {
                self.background
                    .spawn("save", move |_| Some(write_text(path, &text)));
            }
            Effect::WriteReport { folder, format } => {
                self.background
                    .spawn("report", move |_| Some(reporting::write(&folder, format)));
            }
            Effect::Show(path) => self.background.spawn("show", move |_| system::show(&path)),
            Effect::Compare {
                results,
                baseline,
                ticket,
            } => self.background.spawn("verdicts", move |_| {
                let comparisons = compare_all(&results, &baseline);
                Some(Message::Comparisons {
                    ticket,
                    comparisons,
                })
            }),
            Effect::SaveBytes { name, bytes } => dialogs::save(&self.background, &name, bytes),
            Effect::Copy(text) => ctx.copy_text(text),
            Effect::Undo => self.step_back(ctx),
            Effect::Redo => self.step_forward(ctx),
            Effect::ForgetEdits => self.undoer = egui::util::undoer::Undoer::default(),
            Effect::TogglePalette => self.window.toggle_palette(),
            Effect::ToggleKeys => self.window.toggle_keys(),
            Effect::ToggleNotices => {
                if self.window.toggle_notices() {
                    self.session.notices.see();
                }
            }
            Effect::ApplyTheme => theme::choose(ctx, self.session.prefs.theme),
            Effect::Quit => ctx.send_viewport_cmd(egui::ViewportCommand::Close),
        }
    }

    /// Keeps a training that has begun; everything else is for the session.
    pub(super) fn adopt(&mut self, posted: Posted) -> Message {
        match posted {
            Posted::Message(message) => message,
            Posted::Training(begun) => {
                let (live, started) = begun.split();
                let stopped = self.session.training.as_ref();
                if stopped.is_some_and(|training| {
                    training.phase == crate::session::TrainingPhase::Stopping
                }) {
                    live.control().stop();
                }
                self.training = Some(live);
                Message::TrainingStarted(Ok(started))
            }
        }
    }

    fn with_training(&self, act: impl FnOnce(&training::LiveTraining)) {
        if let Some(training) = &self.training {
            act(training);
        }
    }

    fn step_back(&mut self, ctx: &egui::Context) {
        let before: Option<Draft> = self.undoer.undo(&self.session.draft).cloned();
        if let Some(draft) = before {
            self.apply(ctx, Command::EditDraft(Box::new(draft)));
        }
    }

    fn step_forward(&mut self, ctx: &egui::Context) {
        let after: Option<Draft> = self.undoer.redo(&self.session.draft).cloned();
        if let Some(draft) = after {
            self.apply(ctx, Command::EditDraft(Box::new(draft)));
        }
    }
}

fn unreadable(path: &Path, what: &str) -> Report {
    Report::input(
        what,
        vec![Problem::new(
            path.display().to_string(),
            "the file cannot be read",
        )],
    )
}

fn read_experiment(path: PathBuf) -> Message {
    match std::fs::read_to_string(&path) {
        Ok(text) => Message::Experiment {
            path,
            text,
            sample: false,
        },
        Err(error) => {
            Message::Failed(unreadable(&path, "could not read the experiment").caused_by(error))
        }
    }
}

fn read_results(folder: PathBuf) -> Message {
    match crate::results::open(&folder) {
        Ok(results) => Message::Results {
            folder,
            results: Box::new(results),
        },
        Err(report) => Message::Failed(report),
    }
}

fn write_text(path: PathBuf, text: &str) -> Message {
    match std::fs::write(&path, text) {
        Ok(()) => Message::Saved(path),
        Err(error) => {
            let problem = Problem::new(path.display().to_string(), "the file cannot be written");
            Message::Failed(
                Report::failure("could not save the experiment")
                    .with(problem)
                    .caused_by(error),
            )
        }
    }
}
