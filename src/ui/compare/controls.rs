//! The settings that hold for all charts, in sight and one click away.

use eframe::egui::{ComboBox, RichText, Slider, Ui};

use super::settings::{BandKind, Clock, Settings};
use crate::session::{Command, ReportFormat};
use crate::ui::theme;

/// The row above the charts.
pub fn ui(ui: &mut Ui, settings: &mut Settings, commands: &mut Vec<Command>) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = theme::GAP_SMALL;
        let weak = theme::of(ui).weak;
        ui.label(RichText::new("x axis").color(weak));
        for clock in Clock::ALL {
            ui.selectable_value(&mut settings.x, clock, clock.word());
        }
        ui.add_space(theme::GAP);
        let label = ui.label(RichText::new("smooth").color(weak));
        ui.spacing_mut().slider_width = 90.0;
        ui.add(Slider::new(&mut settings.smoothing, 0.0..=0.99).max_decimals(2))
            .labelled_by(label.id)
            .on_hover_text("Each value is the weighted mean of all before it; the line as it is stays faint behind");
        ui.add_space(theme::GAP);
        let label = ui.label(RichText::new("seeds").color(weak));
        ComboBox::from_id_salt("band")
            .selected_text(settings.band.words())
            .width(104.0)
            .show_ui(ui, |ui| {
                for kind in BandKind::ALL {
                    ui.selectable_value(&mut settings.band, kind, kind.words());
                }
            })
            .response
            .labelled_by(label.id);
        ui.checkbox(&mut settings.log_y, "log y");
        ui.checkbox(&mut settings.train, "train, dashed");
        ui.checkbox(&mut settings.linked, "zoom together");
        ui.menu_button("Report…", |ui| {
            for format in ReportFormat::ALL {
                if ui.button(format.label()).clicked() {
                    commands.push(Command::WriteReport(format));
                    ui.close();
                }
            }
        });
    });
}
