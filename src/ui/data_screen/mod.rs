//! The Data screen: open a table, see what it holds, say what each column is for.

mod column;
mod columns;
mod histogram;
mod ids;
mod preview;
mod source;
mod start;
mod warnings;

use eframe::egui::{CentralPanel, Frame, Margin, Panel, ProgressBar, RichText, ScrollArea, Ui};

use super::card;
use super::theme;
use crate::session::{Command, DataState, Session};

/// What the Data screen itself remembers.
#[derive(Debug, Default)]
pub struct DataScreen {
    /// The path being typed.
    path: String,
    /// Only columns with these letters are listed.
    filter: String,
    /// The column looked at.
    selected: Option<String>,
}

impl DataScreen {
    /// Draws the screen.
    pub fn ui(&mut self, ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
        match &session.data {
            DataState::None => start::ui(ui, &mut self.path, session, None, commands),
            DataState::Failed {
                summary, details, ..
            } => {
                let failed = Some((summary.as_str(), details.as_slice()));
                start::ui(ui, &mut self.path, session, failed, commands);
            }
            DataState::Loading { paths, share } => {
                ui.vertical_centered(|ui| {
                    ui.add_space(ui.available_height() * 0.3);
                    let name = paths.first().and_then(|path| path.file_name());
                    let name = name.map_or_else(String::new, |name| name.to_string_lossy().into());
                    ui.label(RichText::new(format!("Reading {name}")).size(20.0));
                    ui.add_space(theme::GAP);
                    ui.add(
                        ProgressBar::new(*share)
                            .desired_width(360.0)
                            .fill(theme::of(ui).progress)
                            .show_percentage(),
                    );
                    ui.add_space(theme::GAP);
                    card::command_button(ui, Command::CancelLoading, true, commands);
                });
            }
            DataState::Loaded(_) => self.loaded_ui(ui, session, commands),
        }
    }

    fn loaded_ui(&mut self, ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
        let Some(loaded) = session.loaded() else {
            return;
        };
        let known = |name: &String| loaded.column(name).is_some();
        if self.selected.as_ref().is_none_or(|name| !known(name)) {
            let first = session.tasks().first().map(|&task| task.to_owned());
            self.selected = first.or_else(|| Some(loaded.columns.first()?.name.clone()));
        }
        let no_frame = Frame::new();
        Panel::left("data_left")
            .exact_size(252.0)
            .resizable(false)
            .show_separator_line(false)
            .frame(no_frame)
            .show(ui, |ui| {
                card::scroll(ui, "data_left", |ui| {
                    source::ui(ui, loaded, session, commands);
                    card::gap(ui);
                    source::split_ui(ui, session, commands);
                });
            });
        Panel::right("data_right")
            .exact_size(268.0)
            .resizable(false)
            .show_separator_line(false)
            .frame(no_frame.outer_margin(Margin {
                left: 14,
                ..Margin::ZERO
            }))
            .show(ui, |ui| {
                ScrollArea::vertical().id_salt("data_right").show(ui, |ui| {
                    let facts = self
                        .selected
                        .as_deref()
                        .and_then(|name| loaded.column(name));
                    if let Some(facts) = facts {
                        column::ui(ui, facts, session, commands);
                        card::gap(ui);
                    }
                    warnings::ui(ui, session, &mut self.selected, commands);
                });
            });
        CentralPanel::no_frame().show(ui, |ui| {
            let top = (ui.available_height() * 0.56).max(180.0);
            card::tall_card(ui, "", top, |ui| {
                columns::ui(
                    ui,
                    loaded,
                    session,
                    &mut self.filter,
                    &mut self.selected,
                    commands,
                );
            });
            card::gap(ui);
            card::full_card(ui, "Preview", |ui| {
                preview::ui(ui, loaded, session, self.selected.as_deref());
            });
        });
    }
}
