//! What looks wrong with the data, each with a way to mend it.

use eframe::egui::{RichText, Ui};

use crate::session::{Command, Session};
use crate::ui::card;
use crate::ui::format;
use crate::ui::theme;

/// Draws warnings and problems of the data, and the way on when there is none.
pub fn ui(
    ui: &mut Ui,
    session: &Session,
    selected: &mut Option<String>,
    commands: &mut Vec<Command>,
) {
    let tokens = theme::of(ui);
    let problems = session
        .problems
        .iter()
        .filter(|problem| problem.place.starts_with("data"));
    let problems: Vec<String> = problems.map(ToString::to_string).collect();
    if !problems.is_empty() {
        card::card(ui, "To be mended", |ui| {
            for problem in &problems {
                card::banner(ui, tokens.error, tokens.error_ground, problem);
            }
        });
        card::gap(ui);
    }
    let number = session.warnings.len();
    let heading = if number == 0 {
        "No warnings".to_owned()
    } else {
        format::plural(number, "warning")
    };
    card::card(ui, &heading, |ui| {
        for (index, warning) in session.warnings.iter().enumerate() {
            ui.push_id(index, |ui| {
                card::banner(ui, tokens.warning, tokens.warning_ground, &warning.message);
                ui.horizontal_wrapped(|ui| {
                    if let Some(fix) = &warning.fix
                        && ui.button(format!("Fix, {}", fix.label)).clicked()
                    {
                        let draft = session.with_column(&fix.column, fix.spec.clone());
                        commands.push(Command::EditDraft(Box::new(draft)));
                    }
                    if let Some(column) = &warning.column
                        && ui.link(format!("Show {column}")).clicked()
                    {
                        *selected = Some(column.clone());
                    }
                });
            });
        }
        if number == 0 {
            ui.label(RichText::new("Nothing looks wrong with this table").color(tokens.weak));
        }
    });
    card::gap(ui);
    ui.vertical_centered_justified(|ui| {
        let on = card::primary_button(ui, "Go to Design", problems.is_empty());
        let why = "The problems above come first";
        if on.on_disabled_hover_text(why).clicked() {
            commands.push(Command::Go(crate::session::Station::Design));
        }
    });
}
