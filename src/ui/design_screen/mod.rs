//! The Design screen: tick what is compared, shape the network, see it drawn, read it as text.

mod catalog;
mod drawing;
mod help;
mod params;
mod sweep;
mod text;
mod ticks;
mod training;
mod variants;
mod widths;

use eframe::egui;
use eframe::egui::{CentralPanel, Frame, Margin, Panel, RichText, ScrollArea, Ui};

use super::card;
use super::format;
use super::theme;
use crate::session::{Command, Preset, Session};

/// What the Design screen itself remembers.
#[derive(Debug, Default)]
pub struct DesignScreen {
    /// The variant that is drawn and edited.
    variant: usize,
    /// The variant that was last chosen because it was new.
    added: Option<String>,
    /// The text while it is typed.
    text: text::TextPane,
}

impl DesignScreen {
    /// Draws the screen.
    pub fn ui(&mut self, ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
        let none = session.loaded().is_none();
        if none && session.text_problems.is_empty() {
            let text = "A design needs a table first, its columns become features and tasks";
            if card::empty(ui, "Nothing to design yet", text, "Sample data") {
                commands.push(Command::OpenSample);
            }
            return;
        }
        self.choose_added(session);
        // A form over half an experiment would write over what was typed.
        let broken = !session.text_problems.is_empty();
        let no_frame = Frame::new();
        Panel::bottom("design_run")
            .resizable(false)
            .show_separator_line(false)
            .frame(no_frame.outer_margin(Margin {
                top: theme::CARD_GAP as i8,
                ..Margin::ZERO
            }))
            .show(ui, |ui| run_ui(ui, session, commands));
        Panel::left("design_left")
            .exact_size(292.0)
            .resizable(false)
            .show_separator_line(false)
            .frame(no_frame)
            .show(ui, |ui| {
                card::scroll(ui, "design_left", |ui| {
                    if broken {
                        waiting_ui(ui);
                        return;
                    }
                    ticks::ui(ui, session, commands);
                    card::gap(ui);
                    training::ui(ui, session, commands);
                });
            });
        let show_text = session.prefs.show_text || broken;
        if show_text {
            Panel::right("design_right")
                .default_size(if broken { 560.0 } else { 330.0 })
                .size_range(220.0..=560.0)
                .frame(no_frame)
                .show_separator_line(false)
                .show(ui, |ui| self.text.ui(ui, session, commands));
        }
        CentralPanel::no_frame().show(ui, |ui| {
            let cards = |ui: &mut Ui| {
                if broken {
                    return;
                }
                drawing::ui(ui, session, &mut self.variant, commands);
                card::gap(ui);
                variants::ui(ui, session, &mut self.variant, commands);
            };
            if show_text {
                card::scroll(ui, "design_center", cards);
            } else {
                let scroll = ScrollArea::vertical().id_salt("design_center");
                scroll.auto_shrink(false).show(ui, cards);
            }
        });
    }
}

impl DesignScreen {
    /// What a sweep or a replay has added is the variant to look at.
    fn choose_added(&mut self, session: &Session) {
        let variants = &session.draft.variants;
        if self.added != session.added {
            self.added.clone_from(&session.added);
            let is_added = |name: &String| Some(name) == self.added.as_ref();
            let place = variants.iter().position(|variant| is_added(&variant.name));
            self.variant = place.unwrap_or(self.variant);
        }
        self.variant = self.variant.min(variants.len().saturating_sub(1));
    }
}

/// What will be trained, in a sentence, and the button that starts it.
fn run_ui(ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
    let tokens = theme::of(ui);
    card::frame(ui).show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.set_min_height(theme::BIG_BUTTON);
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let text = match session.num_runs() {
                    0 => "Run".to_owned(),
                    number => format!("Run {number}"),
                };
                let why = session.why_not_run().unwrap_or_default();
                let button = card::primary_button(ui, &text, session.can_run());
                let tooltip = Command::Run.tooltip();
                if button
                    .on_hover_text(tooltip)
                    .on_disabled_hover_text(why)
                    .clicked()
                {
                    commands.push(Command::Run);
                }
                let word = if session.prefs.show_text {
                    "Hide text"
                } else {
                    "Show text"
                };
                let toggle = Command::ToggleText;
                if ui.button(word).on_hover_text(toggle.tooltip()).clicked() {
                    commands.push(toggle);
                }
                for preset in Preset::ALL.into_iter().rev() {
                    let readable = session.text_problems.is_empty();
                    let button = ui.add_enabled(readable, egui::Button::new(preset.label()));
                    let button = button
                        .on_hover_text(preset.summary())
                        .on_disabled_hover_text("The text cannot be read yet");
                    if button.clicked() {
                        commands.push(Command::UsePreset(preset));
                    }
                }
                ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                    let problems = session.text_problems.len() + session.problems.len();
                    if problems > 0 {
                        let text = format!("{} to be mended", format::plural(problems, "thing"));
                        let first = session.text_problems.iter().chain(&session.problems);
                        let all: Vec<String> = first.map(ToString::to_string).collect();
                        let label = egui::Label::new(
                            RichText::new(format!(
                                "{text}, {}",
                                all.first().map_or("", String::as_str)
                            ))
                            .color(tokens.error),
                        )
                        .truncate();
                        ui.add(label).on_hover_text(all.join("\n"));
                    } else {
                        ui.add(egui::Label::new(&session.sentence).wrap());
                    }
                });
            });
        });
    });
}

/// What stands in place of the form while the text cannot be read.
fn waiting_ui(ui: &mut Ui) {
    card::card(ui, "The text comes first", |ui| {
        let text = "The experiment cannot be read yet; mend the marked lines, and form and drawing come back";
        ui.label(RichText::new(text).color(theme::of(ui).weak));
    });
}
