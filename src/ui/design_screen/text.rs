//! The experiment as text, edited both ways; what is wrong stands at its line.

use egui::{FontId, RichText, ScrollArea, TextEdit, TextStyle, Ui};

use crate::session::{Command, Session};
use crate::ui::card;
use crate::ui::theme;

/// The text while it is typed.
#[derive(Debug, Default)]
pub struct TextPane {
    /// What stands in the field.
    typed: String,
}

impl TextPane {
    /// Draws the pane.
    pub fn ui(&mut self, ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
        card::card(ui, "As text", |ui| {
            ui.set_height(ui.available_height() - 14.0);
            self.problems_ui(ui, session);
            self.typed.clone_from(&session.text);
            let font: FontId = TextStyle::Monospace.resolve(ui.style());
            let scroll = ScrollArea::both().id_salt("toml").auto_shrink(false);
            let changed = scroll.show(ui, |ui| {
                let rows = (ui.available_height() / (font.size * 1.3)) as usize;
                ui.name_inputs("Experiment as TOML", |ui| {
                    let edit = TextEdit::multiline(&mut self.typed)
                        .font(font)
                        .code_editor()
                        .desired_rows(rows.max(4))
                        .desired_width(f32::INFINITY);
                    ui.add(edit).changed()
                })
            });
            if changed.inner {
                commands.push(Command::EditText(self.typed.clone()));
            }
        });
    }

    fn problems_ui(&self, ui: &mut Ui, session: &Session) {
        let tokens = theme::of(ui);
        for problem in session.text_problems.iter().take(4) {
            card::banner(ui, tokens.error, tokens.error_ground, &problem.to_string());
            if let Some(line) = line_of(&problem.place)
                && let Some(text) = self.typed.lines().nth(line - 1)
            {
                let text = RichText::new(format!("{line}  {text}")).monospace().color(tokens.error);
                ui.add(egui::Label::new(text).truncate());
            }
        }
        if session.text_problems.len() > 4 {
            let more = session.text_problems.len() - 4;
            ui.label(RichText::new(format!("and {more} more")).color(tokens.weak));
        }
    }
}

/// The line number in a place such as `experiment.toml, line 7, column 3`.
fn line_of(place: &str) -> Option<usize> {
    let rest = place.split("line ").nth(1)?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok().filter(|&line| line > 0)
}

#[cfg(test)]
mod tests {
    use super::line_of;

    #[test]
    fn a_line_is_found_in_its_place() {
        assert_eq!(line_of("experiment.toml, line 7, column 3"), Some(7));
        assert_eq!(line_of("training.epochs"), None);
    }
}
