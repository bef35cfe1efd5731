//! One column: its distribution, its role, and the settings of that role.

use eframe::egui;
use eframe::egui::{ComboBox, RichText, TextEdit, Ui};

use super::columns::role_combo;
use super::{histogram, ids};
use crate::data::{ColumnSpec, Pooling, Role, Scale, TaskKind};
use crate::session::{ColumnFacts, Command, Session};
use crate::ui::card;
use crate::ui::theme;

/// Draws the card.
pub fn ui(ui: &mut Ui, column: &ColumnFacts, session: &Session, commands: &mut Vec<Command>) {
    let before = session.column_spec(&column.name);
    let mut spec = before.clone();
    let role = session.role(&column.name);
    card::card(ui, "", |ui| {
        let dark = ui.visuals().dark_mode;
        let name = RichText::new(&column.name).strong().size(15.5);
        ui.add(egui::Label::new(name).truncate());
        histogram::ui(ui, &column.bars, theme::role_color(role, dark));
        ui.label(
            RichText::new(&column.summary)
                .color(theme::of(ui).weak)
                .small(),
        );
        ui.add_space(theme::GAP_SMALL);
        let mut new_role = role;
        card::row(ui, "Role", "What the column is for", |ui| {
            role_combo(
                ui,
                &format!("{}, details", column.name),
                &mut new_role,
                spec.role.is_some(),
            );
        });
        if new_role != role {
            spec.role = Some(new_role);
        }
        settings_ui(ui, column, role, session, &mut spec);
        ui.add_space(theme::GAP_SMALL);
        ui.label(
            RichText::new(format!("Suggested: {}", column.reason))
                .color(theme::of(ui).weak)
                .small(),
        );
        if session.is_edited(column) && ui.button("Reset this column").clicked() {
            spec = ColumnSpec::default();
        }
    });
    if spec != before {
        commands.push(Command::EditDraft(Box::new(
            session.with_column(&column.name, spec),
        )));
    }
}

fn settings_ui(
    ui: &mut Ui,
    column: &ColumnFacts,
    role: Role,
    session: &Session,
    spec: &mut ColumnSpec,
) {
    let task = session
        .columns
        .get(&column.name)
        .and_then(|resolved| resolved.task);
    match role {
        Role::Label => {
            if task == Some(TaskKind::Binary) {
                card::row(ui, "Counts as yes", "The value of a positive row", |ui| {
                    let mut text = spec.positive.clone().unwrap_or_default();
                    let edit = TextEdit::singleline(&mut text)
                        .hint_text("1, true, yes")
                        .desired_width(100.0);
                    if ui.add(edit).changed() {
                        spec.positive = Some(text).filter(|text| !text.is_empty());
                        spec.role = Some(Role::Label);
                    }
                });
                after_ui(ui, session, &column.name, spec);
            } else {
                scale_ui(ui, spec);
            }
        }
        Role::Dense => scale_ui(ui, spec),
        Role::Sparse => {
            ids::ui(ui, role, session, spec);
            let groups = session
                .columns
                .get(&column.name)
                .is_some_and(|resolved| resolved.group);
            let mut group = groups;
            ui.checkbox(&mut group, "Group rows for GAUC");
            if group != groups {
                spec.group = group;
            }
        }
        Role::Sequence => sequence_ui(ui, session, spec),
        Role::Ignore => {}
    }
}

fn scale_ui(ui: &mut Ui, spec: &mut ColumnSpec) {
    let label = |scale: Option<Scale>| match scale {
        None | Some(Scale::Standard) => "standard",
        Some(Scale::LogStandard) => "log, standard",
        Some(Scale::Quantile) => "quantile",
        Some(Scale::None) => "as it is",
    };
    card::row(
        ui,
        "Scale",
        "How the number is brought to a common size",
        |ui| {
            ComboBox::from_id_salt("scale")
                .selected_text(label(spec.scale))
                .width(120.0)
                .show_ui(ui, |ui| {
                    for scale in Scale::ALL {
                        let chosen = spec.scale.unwrap_or(Scale::Standard) == scale;
                        if ui.selectable_label(chosen, label(Some(scale))).clicked() {
                            spec.scale = Some(scale);
                        }
                    }
                });
        },
    );
}

fn after_ui(ui: &mut Ui, session: &Session, name: &str, spec: &mut ColumnSpec) {
    let meaning =
        "The label that comes before, such as a click; this one is then also judged among its rows";
    card::row(ui, "After", meaning, |ui| {
        let text = spec.after.clone().unwrap_or_else(|| "nothing".to_owned());
        ComboBox::from_id_salt("after")
            .selected_text(text)
            .width(120.0)
            .truncate()
            .show_ui(ui, |ui| {
                ui.selectable_value(&mut spec.after, None, "nothing");
                for task in session.tasks().into_iter().filter(|task| *task != name) {
                    ui.selectable_value(&mut spec.after, Some(task.to_owned()), task);
                }
            });
    });
}

fn sequence_ui(ui: &mut Ui, session: &Session, spec: &mut ColumnSpec) {
    card::row(ui, "Separator", "What stands between two items", |ui| {
        let mut text = spec.separator.clone().unwrap_or_default();
        let edit = TextEdit::singleline(&mut text)
            .hint_text("|")
            .desired_width(60.0);
        if ui.add(edit).changed() {
            spec.separator = Some(text).filter(|text| !text.is_empty());
        }
    });
    card::row(
        ui,
        "Attends to",
        "The id that the items are compared with",
        |ui| {
            let text = spec
                .attends_to
                .clone()
                .unwrap_or_else(|| "nothing".to_owned());
            ComboBox::from_id_salt("attends")
                .selected_text(text)
                .width(120.0)
                .truncate()
                .show_ui(ui, |ui| {
                    ui.selectable_value(&mut spec.attends_to, None, "nothing");
                    let sparse = session
                        .columns
                        .iter()
                        .filter(|(_, spec)| spec.role == Some(Role::Sparse));
                    for (name, _) in sparse {
                        let target = Some(name.clone());
                        if ui
                            .selectable_value(&mut spec.attends_to, target, name)
                            .clicked()
                        {
                            // Ids and embeddings are those of the target from now on.
                            spec.embedding_dim = None;
                            spec.hash_buckets = None;
                            spec.min_count = None;
                        }
                    }
                });
        },
    );
    card::row(
        ui,
        "Items kept",
        "Only the last so many items are used",
        |ui| {
            let mut number = spec.max_len.unwrap_or(20);
            if ui.add(card::number(&mut number).range(1..=1000)).changed() {
                spec.max_len = Some(number);
            }
        },
    );
    let help =
        "How the items become one vector, unless the bottom weighs them by what they attend to";
    card::row(ui, "Pooling", help, |ui| {
        let pooling = spec.pooling.unwrap_or_default();
        ComboBox::from_id_salt("pooling")
            .selected_text(pooling.id())
            .width(120.0)
            .show_ui(ui, |ui| {
                for way in Pooling::ALL {
                    if ui.selectable_label(pooling == way, way.id()).clicked() {
                        spec.pooling = Some(way).filter(|&way| way != Pooling::default());
                    }
                }
            });
    });
    if let Some(target) = &spec.attends_to {
        let text = format!("Ids and embeddings are those of {target}");
        ui.label(RichText::new(text).color(theme::of(ui).weak).small());
    } else {
        ids::ui(ui, Role::Sequence, session, spec);
    }
}
