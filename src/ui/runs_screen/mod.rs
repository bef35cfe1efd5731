//! The Runs screen: every run with its state, progress and best scores; log and outcome of the chosen one.

mod detail;
mod order;
mod table;

use eframe::egui;
use eframe::egui::{CentralPanel, Frame, Margin, Panel, RichText, TextEdit, Ui};

use self::order::Order;
use super::card;
use super::format;
use super::theme;
use crate::results::Results;
use crate::session::{Command, Session, Station};

/// The field whose words choose the runs.
pub fn filter_id() -> egui::Id {
    egui::Id::unique("runs filter")
}

/// What the Runs screen itself remembers.
#[derive(Debug, Default)]
pub struct RunsScreen {
    /// The run looked at.
    selected: Option<usize>,
    order: Order,
    shown: Option<Shown>,
}

/// The runs in the table as they were chosen and sorted last.
#[derive(Debug)]
struct Shown {
    identity: u64,
    revision: u64,
    order: Order,
    rows: Vec<usize>,
}

impl RunsScreen {
    /// Chooses and sorts the runs if anything has changed.
    fn refresh(&mut self, results: &Results) {
        let is_fresh = |shown: &Shown| {
            shown.identity == results.identity
                && shown.revision == results.revision
                && shown.order == self.order
        };
        if !self.shown.as_ref().is_some_and(is_fresh) {
            self.shown = Some(Shown {
                identity: results.identity,
                revision: results.revision,
                order: self.order.clone(),
                rows: self.order.rows(results),
            });
        }
    }
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
        self.refresh(results);
        let rows = self.shown.as_ref().map_or(&[][..], |shown| &shown.rows);
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
                card::line(ui, |ui| {
                    let heading = match rows.len() {
                        shown if shown == number => format::plural(number, "run"),
                        shown => format!("{shown} of {}", format::plural(number, "run")),
                    };
                    ui.label(RichText::new(heading).strong().size(15.5));
                    let words = TextEdit::singleline(&mut self.order.words);
                    ui.add(
                        words
                            .id(filter_id())
                            .desired_width(180.0)
                            .hint_text("Filter"),
                    )
                    .on_hover_text("Words of the variant or the state, or a seed: mmoe finished");
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
                if rows.is_empty() {
                    let text = format!("No run has all of: {}", self.order.words.trim());
                    ui.label(RichText::new(text).color(theme::of(ui).weak));
                }
                table::ui(ui, results, rows, &mut self.order, &mut clicked);
                self.selected = clicked;
            });
        });
    }
}
