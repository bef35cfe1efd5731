//! The table of columns: name, type, role, missing share, and why the role was guessed.

use eframe::egui::{Align, Button, ComboBox, Label, Layout, RichText, Sense, TextEdit, Ui};
use egui_extras::{Column, TableBuilder, TableRow};

use crate::data::{Role, TaskKind};
use crate::session::{ColumnFacts, Command, LoadedData, Session};
use crate::ui::format;
use crate::ui::theme;

/// Draws filter and table.
pub fn ui(
    ui: &mut Ui,
    loaded: &LoadedData,
    session: &Session,
    filter: &mut String,
    selected: &mut Option<String>,
    commands: &mut Vec<Command>,
) {
    ui.horizontal(|ui| {
        ui.label(RichText::new("Columns").strong().size(15.5));
        ui.add_space(theme::GAP);
        // From the right, so that the filter takes what the others leave it.
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            roles_ui(ui, session);
            let edited = !session.draft.data.columns.is_empty();
            let reset = ui.add_enabled(edited, Button::new("Reset all"));
            if reset
                .on_hover_text(Command::ResetColumns.tooltip())
                .clicked()
            {
                commands.push(Command::ResetColumns);
            }
            ui.add(
                TextEdit::singleline(filter)
                    .hint_text("Filter columns")
                    .desired_width(f32::INFINITY),
            );
        });
    });
    ui.add_space(theme::GAP_SMALL);
    let wanted = filter.to_lowercase();
    let fits = |column: &&ColumnFacts| column.name.to_lowercase().contains(&wanted);
    let shown: Vec<&ColumnFacts> = loaded.columns.iter().filter(fits).collect();
    if shown.is_empty() {
        ui.label(RichText::new("No column has these letters").color(theme::of(ui).weak));
        return;
    }
    let height = ui.available_height() - 30.0;
    TableBuilder::new(ui)
        .id_salt("columns")
        .striped(true)
        .sense(Sense::click())
        .cell_layout(Layout::left_to_right(Align::Center))
        .auto_shrink(false)
        .min_scrolled_height(0.0)
        .max_scroll_height(height)
        .column(
            Column::initial(116.0)
                .at_least(80.0)
                .clip(true)
                .resizable(true),
        )
        .column(Column::exact(54.0))
        .column(Column::exact(106.0))
        .column(Column::exact(100.0))
        .column(Column::exact(52.0))
        .column(Column::remainder().clip(true))
        .header(26.0, |mut header| {
            for text in ["Name", "Type", "Role", "Task", "Missing", "Why"] {
                header.col(|ui| {
                    ui.label(RichText::new(text).color(theme::of(ui).weak).small());
                });
            }
        })
        .body(|body| {
            body.rows(theme::ROW_HEIGHT, shown.len(), |mut row| {
                let Some(column) = shown.get(row.index()) else {
                    return;
                };
                row.set_selected(selected.as_ref() == Some(&column.name));
                row_ui(&mut row, column, session, commands);
                if row.response().clicked() {
                    *selected = Some(column.name.clone());
                }
            });
        });
}

fn row_ui(
    row: &mut TableRow<'_, '_>,
    column: &ColumnFacts,
    session: &Session,
    commands: &mut Vec<Command>,
) {
    let spec = session.column_spec(&column.name);
    let role = session.role(&column.name);
    let edited = session.is_edited(column);
    row.col(|ui| {
        // A dot too, for not every font has a bold face.
        let mut text = RichText::new(&column.name);
        if edited {
            text = RichText::new(format!("• {}", column.name)).strong();
        }
        if role == Role::Ignore {
            text = text.color(theme::of(ui).weak);
        }
        ui.add(Label::new(text).selectable(false).truncate());
    });
    row.col(|ui| {
        let text = RichText::new(column.type_name).color(theme::of(ui).weak);
        ui.add(Label::new(text).selectable(false));
    });
    row.col(|ui| {
        let mut new = role;
        role_combo(ui, &column.name, &mut new, edited);
        if new != role {
            let mut spec = spec.clone();
            spec.role = Some(new)
                .filter(|role| Some(*role) != column.inferred.role || *role == Role::Label);
            commands.push(Command::EditDraft(Box::new(
                session.with_column(&column.name, spec),
            )));
        }
    });
    row.col(|ui| {
        if role == Role::Label {
            task_combo(ui, column, session, commands);
        }
    });
    row.col(|ui| {
        let tokens = theme::of(ui);
        let color = if column.missing > 0.2 {
            tokens.warning
        } else {
            tokens.weak
        };
        let text = RichText::new(format::percent(column.missing)).color(color);
        ui.add(Label::new(text).selectable(false));
    });
    row.col(|ui| {
        let reason = if edited {
            "set by you"
        } else {
            column.reason.as_str()
        };
        let text = RichText::new(reason).color(theme::of(ui).weak);
        ui.add(Label::new(text).selectable(false).truncate())
            .on_hover_text(&column.reason);
    });
}

/// A combo box of the roles, each in its color.
pub fn role_combo(ui: &mut Ui, column: &str, role: &mut Role, edited: bool) {
    let dark = ui.visuals().dark_mode;
    let text = |role: Role, strong: bool| {
        let text = RichText::new(role.id()).color(theme::role_color(role, dark));
        if strong { text.strong() } else { text }
    };
    ui.name_inputs(format!("Role of {column}"), |ui| {
        ComboBox::from_id_salt(("role", column))
            .selected_text(text(*role, edited))
            .width(104.0)
            .show_ui(ui, |ui| {
                for choice in Role::ALL {
                    ui.selectable_value(role, choice, text(choice, false));
                }
            });
    });
}

fn task_combo(ui: &mut Ui, column: &ColumnFacts, session: &Session, commands: &mut Vec<Command>) {
    let resolved = session.columns.get(&column.name).and_then(|spec| spec.task);
    let task = resolved.unwrap_or(TaskKind::Binary);
    let mut new = task;
    ui.name_inputs(format!("Task of {}", column.name), |ui| {
        ComboBox::from_id_salt(("task", &column.name))
            .selected_text(task.id())
            .width(92.0)
            .show_ui(ui, |ui| {
                for choice in TaskKind::ALL {
                    ui.selectable_value(&mut new, choice, choice.id());
                }
            });
    });
    if new != task {
        let mut spec = session.column_spec(&column.name);
        spec.role = Some(Role::Label);
        spec.task = Some(new);
        commands.push(Command::EditDraft(Box::new(
            session.with_column(&column.name, spec),
        )));
    }
}

/// How many columns have each role, drawn from the right.
fn roles_ui(ui: &mut Ui, session: &Session) {
    for role in Role::ALL.into_iter().rev() {
        let number = session
            .columns
            .values()
            .filter(|spec| spec.role == Some(role))
            .count();
        if number > 0 {
            let color = theme::role_color(role, ui.visuals().dark_mode);
            ui.label(
                RichText::new(format!("{number} {}", role.id()))
                    .color(color)
                    .small(),
            );
        }
    }
}
