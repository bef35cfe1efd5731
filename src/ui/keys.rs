//! The overview of keys, generated from the commands.

use eframe::egui;
use eframe::egui::{Grid, Modal, RichText, Ui};

use super::theme;
use crate::session::Command;

/// Draws the overview; false once it is to be closed.
pub fn ui(ui: &Ui) -> bool {
    let modal = Modal::new(egui::Id::unique("keys"));
    let response = modal.show(ui.ctx(), |ui| {
        ui.set_width(460.0);
        ui.label(RichText::new("Keys").strong().size(18.0));
        ui.add_space(theme::GAP_SMALL);
        Grid::new("keys")
            .num_columns(2)
            .spacing([28.0, 7.0])
            .show(ui, |ui| {
                for command in Command::all() {
                    if let Some(keys) = command.shortcut() {
                        ui.label(RichText::new(keys.text()).monospace());
                        ui.label(command.label());
                        ui.end_row();
                    }
                }
                ui.label(RichText::new("Tab, Space").monospace());
                ui.label("Move between controls and press them");
                ui.end_row();
            });
        ui.add_space(theme::GAP);
        ui.button("Close").clicked()
    });
    !(response.inner || response.should_close())
}
