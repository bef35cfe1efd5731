//! The settings that hold for all charts, in sight and one click away.

use eframe::egui::{ComboBox, RichText, Slider, Ui};

use super::settings::{BandKind, Clock, Settings};
use crate::ui::{card, theme};

/// The card below the variants.
pub fn ui(ui: &mut Ui, settings: &mut Settings) {
    card::card(ui, "Charts", |ui| {
        clock_ui(ui, settings);
        let help = "Each value is the weighted mean of all before it; the line as it is stays faint behind";
        card::row(ui, "Smoothing", help, |ui| {
            ui.spacing_mut().slider_width = 74.0;
            ui.add(Slider::new(&mut settings.smoothing, 0.0..=0.99).max_decimals(2));
        });
        let help = "What is drawn around the mean when a variant has several seeds";
        card::row(ui, "Band", help, |ui| {
            ComboBox::from_id_salt("band")
                .selected_text(settings.band.words())
                .width(118.0)
                .show_ui(ui, |ui| {
                    for kind in BandKind::ALL {
                        ui.selectable_value(&mut settings.band, kind, kind.words());
                    }
                });
        });
        ui.checkbox(&mut settings.log_y, "Logarithmic y axis");
        ui.checkbox(&mut settings.train, "Training rows, dashed")
            .on_hover_text("Solid lines are the validation rows");
        ui.checkbox(&mut settings.linked, "Zoom together")
            .on_hover_text("Drag to move, Ctrl and wheel to zoom, double-click to see everything");
    });
}

/// The clock of the horizontal axis, each a click away.
fn clock_ui(ui: &mut Ui, settings: &mut Settings) {
    ui.label(RichText::new("Horizontal axis").color(theme::of(ui).weak))
        .on_hover_text("What the curves are drawn over");
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        ui.spacing_mut().button_padding.x = 5.0;
        for clock in Clock::ALL {
            let text = RichText::new(clock.word()).size(13.0);
            ui.selectable_value(&mut settings.x, clock, text)
                .on_hover_text(clock.axis());
        }
    });
}
