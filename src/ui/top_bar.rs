//! The bar above: what is open, the palette, theme, keys and notices.

use eframe::egui;
use eframe::egui::{Align, Button, Layout, RichText, Ui, vec2};

use super::icon::{Icon, icon_button};
use super::theme;
use crate::session::{Command, Session, ThemeChoice};

/// Draws the bar.
pub fn ui(ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
    ui.horizontal_centered(|ui| {
        ui.label(
            RichText::new("MTL Lab")
                .strong()
                .size(17.0)
                .color(theme::of(ui).accent),
        );
        ui.add_space(theme::GAP);
        file_menu(ui, commands);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if icon_button(ui, Icon::Question, "Keys", true).clicked() {
                commands.push(Command::ToggleKeys);
            }
            theme_switch(ui, session, commands);
            bell(ui, session, commands);
            let hint = Command::TogglePalette
                .shortcut()
                .map_or_else(String::new, |keys| keys.text());
            let text = RichText::new(format!("Search commands   {hint}")).color(theme::of(ui).weak);
            let palette = Button::new(text).min_size(vec2(220.0, 30.0));
            if ui
                .add(palette)
                .on_hover_text(Command::TogglePalette.tooltip())
                .clicked()
            {
                commands.push(Command::TogglePalette);
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let mut title = session.title().to_owned();
                if session.unsaved {
                    title.push_str(" (edited)");
                }
                let place = session.path.as_ref().map(|path| path.display().to_string());
                let label = ui.add(egui::Label::new(RichText::new(title).size(15.5)).truncate());
                label.on_hover_text(place.unwrap_or_else(|| "Not saved to a file yet".to_owned()));
            });
        });
    });
}

fn file_menu(ui: &mut Ui, commands: &mut Vec<Command>) {
    ui.menu_button("File", |ui| {
        let entries = [
            Command::OpenSample,
            Command::PickFile,
            Command::PickFolder,
            Command::Save,
            Command::SaveAs,
            Command::Undo,
            Command::Redo,
            Command::Quit,
        ];
        for command in entries {
            let keys = command
                .shortcut()
                .map_or_else(String::new, |keys| keys.text());
            let button = Button::new(command.label()).shortcut_text(keys);
            if ui.add(button).on_hover_text(command.tooltip()).clicked() {
                commands.push(command);
                ui.close();
            }
        }
    });
}

fn theme_switch(ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
    let (icon, next) = match session.prefs.theme {
        ThemeChoice::Dark => (Icon::Moon, ThemeChoice::Light),
        ThemeChoice::Light => (Icon::Sun, ThemeChoice::System),
        ThemeChoice::System => (Icon::Screen, ThemeChoice::Dark),
    };
    let name = format!(
        "Theme {}, switch to {}",
        session.prefs.theme.label(),
        next.label()
    );
    if icon_button(ui, icon, &name, true).clicked() {
        commands.push(Command::SetTheme(next));
    }
}

fn bell(ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
    let unseen = session.notices.num_unseen();
    if icon_button(ui, Icon::Bell, &format!("Notices, {unseen} new"), true).clicked() {
        commands.push(Command::ToggleNotices);
    }
    if unseen > 0 {
        ui.label(
            RichText::new(unseen.to_string())
                .color(theme::of(ui).accent)
                .strong(),
        );
    }
}
