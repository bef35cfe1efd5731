//! What happens each frame, when the window closes and when it is gone.

use std::time::Instant;

use eframe::egui;

use super::{App, shortcuts};
use crate::session::{Command, Message, TrainingPhase};

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        let started = Instant::now();
        self.drain(ctx, started);
        let dropped: Vec<_> = ctx.input(|input| {
            input
                .raw
                .dropped_files
                .iter()
                .map(|file| file.path().to_owned())
                .collect()
        });
        if let Some(path) = dropped.into_iter().next() {
            self.apply(ctx, Command::Open(path));
        }
        for command in shortcuts::pressed(ctx) {
            self.apply(ctx, command);
        }
        let now = ctx.input(|input| input.time);
        self.undoer.feed_state(now, &self.session.draft);
        self.close_safely(ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        let commands = self.window.ui(ui, &self.session);
        let ctx = ui.ctx().clone();
        for command in commands {
            self.apply(&ctx, command);
        }
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        let mut prefs = self.session.prefs.clone();
        prefs.station = self.session.station;
        eframe::set_value(storage, Self::PREFS, &prefs);
        eframe::set_value(storage, Self::SCREENS, &self.window.kept());
    }

    fn on_exit(&mut self) {
        if let Some(training) = self.training.take() {
            training.finish();
        }
    }
}

impl App {
    /// Takes in what came back, as far as the budget goes.
    fn drain(&mut self, ctx: &egui::Context, started: Instant) {
        while let Some(posted) = self.background.try_receive() {
            let message = self.adopt(posted);
            self.receive(ctx, message);
            if started.elapsed() > Self::BUDGET {
                ctx.request_repaint();
                return;
            }
        }
        while let Some(training) = &self.training {
            let Some(message) = training.try_receive() else {
                if training.is_over() {
                    self.training_over(ctx);
                }
                return;
            };
            self.receive(ctx, message);
            if started.elapsed() > Self::BUDGET {
                ctx.request_repaint();
                return;
            }
        }
    }

    /// The channel has closed; a training that did not say so has ended too.
    fn training_over(&mut self, ctx: &egui::Context) {
        if let Some(training) = self.training.take() {
            training.finish();
        }
        if self.session.training.is_some() {
            self.receive(ctx, Message::Training(crate::train::Event::Finished));
        }
    }

    /// A window that closes while training waits for the last checkpoint.
    fn close_safely(&mut self, ctx: &egui::Context) {
        let asked = ctx.input(|input| input.viewport().close_requested());
        if self.training.is_none() {
            if self.closing && !asked {
                ctx.send_viewport_cmd(egui::ViewportCommand::Close);
            }
            return;
        }
        if asked {
            ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
            self.closing = true;
            let stopping = |phase| phase == TrainingPhase::Stopping;
            if !self
                .session
                .training
                .as_ref()
                .is_some_and(|training| stopping(training.phase))
            {
                self.apply(ctx, Command::Stop);
            }
        }
    }
}
