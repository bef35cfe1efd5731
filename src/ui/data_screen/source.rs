//! Where the table comes from, and how its rows are divided.

use eframe::egui;
use eframe::egui::{ComboBox, RichText, Ui};

use crate::data::{Missing, SplitMethod, SplitSpec};
use crate::session::{Command, LoadedData, Session};
use crate::ui::card;
use crate::ui::format;
use crate::ui::theme;

/// Draws the card about the files.
pub fn ui(ui: &mut Ui, loaded: &LoadedData, session: &Session, commands: &mut Vec<Command>) {
    let weak = theme::of(ui).weak;
    card::card(ui, "Table", |ui| {
        for path in &loaded.paths {
            let name = path
                .file_name()
                .map_or_else(String::new, |name| name.to_string_lossy().into());
            ui.add(egui::Label::new(name).truncate())
                .on_hover_text(path.display().to_string());
        }
        let rows = format::count(loaded.table().num_rows);
        let columns = loaded.columns.len();
        ui.label(RichText::new(format!("{rows} rows, {columns} columns")).color(weak));
        ui.add_space(theme::GAP_SMALL);
        let mut header = session.draft.data.header;
        let word = |header: Option<bool>| match header {
            None => "automatic",
            Some(true) => "column names",
            Some(false) => "a data row",
        };
        card::row(ui, "First line", "Whether it names the columns", |ui| {
            ComboBox::from_id_salt("header")
                .selected_text(word(header))
                .width(110.0)
                .show_ui(ui, |ui| {
                    for choice in [None, Some(true), Some(false)] {
                        ui.selectable_value(&mut header, choice, word(choice));
                    }
                });
        });
        if header != session.draft.data.header {
            commands.push(Command::SetHeader(header));
        }
        let mut missing = session.draft.data.missing;
        let word = |missing: Missing| match missing {
            Missing::Impute => "fill in",
            Missing::Drop => "leave row out",
        };
        card::row(
            ui,
            "Missing",
            "Filled in with the mean and an own id, or the row is left out",
            |ui| {
                ComboBox::from_id_salt("missing")
                    .selected_text(word(missing))
                    .width(110.0)
                    .show_ui(ui, |ui| {
                        for choice in Missing::ALL {
                            ui.selectable_value(&mut missing, choice, word(choice));
                        }
                    });
            },
        );
        if missing != session.draft.data.missing {
            let mut draft = session.draft.clone();
            draft.data.missing = missing;
            commands.push(Command::EditDraft(Box::new(draft)));
        }
        ui.add_space(theme::GAP_SMALL);
        ui.horizontal_wrapped(|ui| {
            card::command_button(ui, Command::PickFile, true, commands);
            if ui
                .button("Reload")
                .on_hover_text(Command::Reload.tooltip())
                .clicked()
            {
                commands.push(Command::Reload);
            }
        });
    });
}

/// Draws the card about the split.
pub fn split_ui(ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
    let mut split = session.draft.data.split.clone();
    card::card(ui, "Split", |ui| {
        card::row(
            ui,
            "Method",
            "How rows are divided into training, validation and test",
            |ui| {
                let text = method_label(split.method);
                ComboBox::from_id_salt("method")
                    .selected_text(text)
                    .width(130.0)
                    .show_ui(ui, |ui| {
                        for method in SplitMethod::ALL {
                            ui.selectable_value(&mut split.method, method, method_label(method));
                        }
                    });
            },
        );
        if split.method != SplitMethod::Random {
            column_ui(ui, session, &mut split);
        }
        if split.method != SplitMethod::Column {
            share_ui(ui, "Validation", &mut split.validation);
            share_ui(ui, "Test", &mut split.test);
        }
        if matches!(split.method, SplitMethod::Random | SplitMethod::Group) {
            card::row(
                ui,
                "Split seed",
                "Another seed divides the rows anew",
                |ui| {
                    ui.add(card::number(&mut split.seed).range(0..=u64::from(u32::MAX)));
                },
            );
        }
        if let Some(loaded) = session.loaded()
            && split.method != SplitMethod::Column
        {
            let rows = loaded.table().num_rows as f64;
            let train = (1.0 - split.validation - split.test).max(0.0);
            let part = |share: f64| format::count((rows * share).round() as usize);
            let text = format!(
                "About {} rows to learn from, {} to choose by, {} to report on",
                part(train),
                part(split.validation),
                part(split.test)
            );
            ui.label(RichText::new(text).color(theme::of(ui).weak).small());
        }
    });
    if split != session.draft.data.split {
        let mut draft = session.draft.clone();
        draft.data.split = split;
        commands.push(Command::EditDraft(Box::new(draft)));
    }
}

fn column_ui(ui: &mut Ui, session: &Session, split: &mut SplitSpec) {
    card::row(ui, "Column", "The column that decides", |ui| {
        let text = split.column.clone().unwrap_or_else(|| "choose".to_owned());
        ComboBox::from_id_salt("split_column")
            .selected_text(text)
            .width(130.0)
            .truncate()
            .show_ui(ui, |ui| {
                let columns = session
                    .loaded()
                    .map_or(&[][..], |loaded| loaded.columns.as_slice());
                for column in columns {
                    let choice = Some(column.name.clone());
                    ui.selectable_value(&mut split.column, choice, &column.name);
                }
            });
    });
}

fn share_ui(ui: &mut Ui, label: &str, share: &mut f64) {
    card::row(ui, label, "The share of all rows", |ui| {
        let mut percent = *share * 100.0;
        let value = card::number(&mut percent)
            .range(0.0..=90.0)
            .speed(0.5)
            .suffix(" %")
            .max_decimals(1);
        if ui.add(value).changed() {
            *share = (percent * 10.0).round() / 1000.0;
        }
    });
}

fn method_label(method: SplitMethod) -> &'static str {
    match method {
        SplitMethod::Random => "at random",
        SplitMethod::Time => "by time",
        SplitMethod::Group => "by group",
        SplitMethod::Column => "by a column",
    }
}
