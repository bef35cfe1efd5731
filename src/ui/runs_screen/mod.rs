//! The Runs screen: every run with its state, progress and best scores; log and outcome of the chosen one.

mod detail;
mod table;

use eframe::egui;
use eframe::egui::{CentralPanel, Frame, Margin, Panel, RichText, Ui};

use super::card;
use super::format;
use super::theme;
use crate::session::{Command, Session, Station};

/// What the Runs screen itself remembers.
#[derive(Debug, Default)]
pub struct RunsScreen {
    /// The run looked at.
    selected: Option<usize>,
}

impl RunsScreen {
    /// Draws the screen.
    pub fn ui(&mut self, ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
        let Some(results) = &session.results else {
            let text =
                "Runs appear here once an experiment is started or a results folder is opened";
            let (word, command) = if session.loaded().is_some() {
                ("Go to Design", Command::Go(Station::Design))
            } else {
                ("Sample data", Command::OpenSample)
            };
            if card::empty(ui, "No runs yet", text, word) {
                commands.push(command);
            }
            return;
        };
        let number = results.runs.len();
        let selected = self.selected.filter(|&run| run < number);
        let selected = selected.or_else(|| (number > 0).then_some(0));
        let no_frame = Frame::new();
        Panel::right("runs_right")
            .exact_size(340.0)
            .resizable(false)
            .show_separator_line(false)
            .frame(no_frame.outer_margin(Margin {
                left: 14,
                ..Margin::ZERO
            }))
            .show(ui, |ui| {
                if let Some(run) = selected {
                    detail::ui(ui, session, results, run, commands);
                }
            });
        CentralPanel::no_frame().show(ui, |ui| {
            card::full_card(ui, "", |ui| {
                ui.horizontal(|ui| {
                    let heading = format::plural(number, "run");
                    ui.label(RichText::new(heading).strong().size(15.5));
                    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                        let folder = session.results_folder.is_some();
                        card::command_button(ui, Command::ShowFolder, folder, commands);
                        card::command_button(ui, Command::PickFolder, true, commands);
                        let idle = session.training.is_none();
                        if table::has_unfinished(results) && idle {
                            card::command_button(ui, Command::ResumeFolder, folder, commands);
                        }
                    });
                });
                for warning in &results.warnings {
                    let tokens = theme::of(ui);
                    card::banner(ui, tokens.warning, tokens.warning_ground, warning);
                }
                ui.add_space(theme::GAP_SMALL);
                let mut clicked = selected;
                table::ui(ui, results, &mut clicked);
                self.selected = clicked;
            });
        });
    }
}
