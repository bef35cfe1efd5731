//! The first screen: sample data, a file, a path, or what was open before.

use eframe::egui;
use eframe::egui::{Key, RichText, ScrollArea, TextEdit, Ui, vec2};

use crate::session::{Command, Session};
use crate::ui::card;
use crate::ui::theme;

/// Draws the start; `failed` is what went wrong with the last file.
pub fn ui(
    ui: &mut Ui,
    path: &mut String,
    session: &Session,
    failed: Option<(&str, &[String])>,
    commands: &mut Vec<Command>,
) {
    let tokens = theme::of(ui);
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.vertical_centered(|ui| {
            ui.add_space((ui.available_height() * 0.08).max(8.0));
            ui.set_max_width(680.0);
            ui.label(
                RichText::new("Does sharing a network help your tasks?")
                    .size(28.0)
                    .strong(),
            );
            ui.add_space(theme::GAP_SMALL);
            let text = "Open a table, tick what to compare, and watch the curves task by task";
            ui.label(RichText::new(text).color(tokens.weak).size(15.5));
            ui.add_space(theme::GAP_LARGE);
            if let Some((summary, details)) = failed {
                let text = [&[summary.to_owned()], details].concat().join("\n");
                card::banner(ui, tokens.error, tokens.error_ground, &text);
                ui.add_space(theme::GAP);
            }
            card::card(ui, "", |ui| open_ui(ui, path, commands));
            if !session.prefs.recent.is_empty() {
                ui.add_space(theme::GAP);
                card::card(ui, "Recent", |ui| recent_ui(ui, session, commands));
            }
        });
    });
}

fn open_ui(ui: &mut Ui, path: &mut String, commands: &mut Vec<Command>) {
    let tokens = theme::of(ui);
    ui.vertical_centered(|ui| {
        ui.add_space(theme::GAP_SMALL);
        let sample = Command::OpenSample;
        if card::primary_button(ui, &sample.label(), true)
            .on_hover_text(sample.tooltip())
            .clicked()
        {
            commands.push(sample);
        }
        ui.label(
            RichText::new("Short-video feedback with five tasks, ready to run").color(tokens.weak),
        );
        ui.add_space(theme::GAP);
        ui.separator();
        ui.add_space(theme::GAP_SMALL);
    });
    ui.horizontal(|ui| {
        card::command_button(ui, Command::PickFile, true, commands);
        card::command_button(ui, Command::PickFolder, true, commands);
        ui.label(RichText::new("or drop a file anywhere").color(tokens.weak));
    });
    ui.add_space(theme::GAP_SMALL);
    ui.horizontal(|ui| {
        let width = ui.available_width() - 64.0;
        let edit = TextEdit::singleline(path)
            .hint_text("Paste a path to a table, an experiment or a results folder")
            .desired_width(width)
            .margin(vec2(8.0, 6.0));
        let response = ui.add(edit);
        let entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        let given = !path.trim().is_empty();
        let clicked = ui.add_enabled(given, egui::Button::new("Open")).clicked();
        if given && (clicked || entered) {
            let clean = path.trim().trim_matches('"').to_owned();
            commands.push(Command::Open(clean.into()));
        }
    });
}

fn recent_ui(ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
    for path in &session.prefs.recent {
        let name = path
            .file_name()
            .map_or_else(|| path.to_string_lossy(), |name| name.to_string_lossy());
        ui.horizontal(|ui| {
            if ui
                .link(name.as_ref())
                .on_hover_text(path.display().to_string())
                .clicked()
            {
                commands.push(Command::Open(path.clone()));
            }
            let folder = path.parent().map(|folder| folder.display().to_string());
            let text = RichText::new(folder.unwrap_or_default())
                .color(theme::of(ui).weak)
                .small();
            ui.add(egui::Label::new(text).truncate());
        });
    }
}
