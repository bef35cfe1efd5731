//! The first rows of the table as they stand in the file.

use eframe::egui::{Label, RichText, ScrollArea, Ui};
use egui_extras::{Column, TableBuilder};

use crate::session::{LoadedData, Session};
use crate::ui::theme;

/// The most rows that can be scrolled to.
const ROWS: usize = 100_000;
/// The most columns drawn.
const COLUMNS: usize = 200;

/// Draws the rows; only those in sight are made into text.
pub fn ui(ui: &mut Ui, loaded: &LoadedData, session: &Session, selected: Option<&str>) {
    let table = loaded.table();
    let columns = table.columns.get(..COLUMNS).unwrap_or(&table.columns);
    let height = ui.available_height();
    ScrollArea::horizontal()
        .id_salt("preview")
        .auto_shrink(false)
        .show(ui, |ui| {
            TableBuilder::new(ui)
                .id_salt("preview")
                .striped(true)
                .auto_shrink(false)
                .min_scrolled_height(0.0)
                .max_scroll_height(height - 44.0)
                .column(Column::exact(56.0))
                .columns(
                    Column::initial(92.0)
                        .at_least(50.0)
                        .clip(true)
                        .resizable(true),
                    columns.len(),
                )
                .header(24.0, |mut header| {
                    header.col(|ui| {
                        ui.label(RichText::new("Row").size(13.0).color(theme::of(ui).weak));
                    });
                    for column in columns {
                        header.col(|ui| {
                            let role = session.role(&column.name);
                            let color = theme::role_color(role, ui.visuals().dark_mode);
                            let mut text = RichText::new(&column.name).color(color).size(13.0);
                            if selected == Some(column.name.as_str()) {
                                text = text.underline();
                            }
                            ui.add(Label::new(text).truncate()).on_hover_text(role.id());
                        });
                    }
                })
                .body(|body| {
                    body.rows(22.0, table.num_rows.min(ROWS), |mut row| {
                        let index = row.index();
                        row.col(|ui| {
                            ui.label(
                                RichText::new((index + 1).to_string())
                                    .size(13.0)
                                    .color(theme::of(ui).weak),
                            );
                        });
                        for column in columns {
                            row.col(|ui| {
                                let value = column.values.display(index);
                                let text = if value.is_empty() {
                                    RichText::new("missing").italics().color(theme::of(ui).weak)
                                } else {
                                    RichText::new(value)
                                };
                                ui.add(Label::new(text.size(13.0)).truncate());
                            });
                        }
                    });
                });
        });
}
