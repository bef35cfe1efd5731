//! The experiment as text, edited both ways; what is wrong stands at its line.

use eframe::egui::text::{LayoutJob, TextFormat};
use eframe::egui::{
    Color32, FontId, Label, RichText, ScrollArea, TextBuffer, TextEdit, TextStyle, Ui,
};

use crate::session::{Command, Session};
use crate::ui::card;
use crate::ui::theme::{self, Tokens};

/// The text while it is typed.
#[derive(Debug, Default)]
pub struct TextPane {
    /// What stands in the field.
    typed: String,
}

impl TextPane {
    /// Draws the pane.
    pub fn ui(&mut self, ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
        card::full_card(ui, "As text", |ui| {
            self.typed.clone_from(&session.text);
            self.problems_ui(ui, session);
            let problems = session.text_problems.iter();
            let wrong: Vec<usize> = problems
                .filter_map(|problem| line_of(&problem.place))
                .collect();
            let font = TextStyle::Monospace.resolve(ui.style());
            let tokens = theme::of(ui);
            let rows = (ui.available_height() / (font.size * 1.35)) as usize;
            let scroll = ScrollArea::both().id_salt("toml").auto_shrink(false);
            let changed = scroll.show(ui, |ui| {
                // Lines are not wrapped, so that a place such as `line 7` is where it says.
                let mut layouter = |ui: &Ui, text: &dyn TextBuffer, _wrap: f32| {
                    let job = highlight(text.as_str(), &font, tokens, &wrong);
                    ui.fonts_mut(|fonts| fonts.layout_job(job))
                };
                ui.name_inputs("Experiment as TOML", |ui| {
                    let edit = TextEdit::multiline(&mut self.typed)
                        .code_editor()
                        .layouter(&mut layouter)
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
                let text = RichText::new(format!("{line}  {text}"))
                    .monospace()
                    .color(tokens.error);
                ui.add(Label::new(text).truncate());
            }
        }
        if session.text_problems.len() > 4 {
            let more = session.text_problems.len() - 4;
            ui.label(RichText::new(format!("and {more} more")).color(tokens.weak));
        }
    }
}

/// Headings, keys, strings and comments in their colors; wrong lines on their own ground.
fn highlight(text: &str, font: &FontId, tokens: &Tokens, wrong: &[usize]) -> LayoutJob {
    let mut job = LayoutJob::default();
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let ground = if wrong.contains(&(index + 1)) {
            tokens.error_ground
        } else {
            Color32::TRANSPARENT
        };
        let mut add = |piece: &str, color: Color32| {
            let format = TextFormat {
                background: ground,
                ..TextFormat::simple(font.clone(), color)
            };
            job.append(piece, 0.0, format);
        };
        if line.trim_start().starts_with('[') {
            add(line, tokens.accent);
            continue;
        }
        for (piece, kind) in pieces(line) {
            add(
                piece,
                match kind {
                    Kind::Plain => tokens.text,
                    Kind::Quoted => tokens.good,
                    Kind::Comment => tokens.weak,
                },
            );
        }
    }
    job.wrap.max_width = f32::INFINITY;
    job
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Plain,
    Quoted,
    Comment,
}

/// A line cut where a string or comment begins or ends.
fn pieces(line: &str) -> Vec<(&str, Kind)> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut kind = Kind::Plain;
    let mut escaped = false;
    for (at, letter) in line.char_indices() {
        match kind {
            Kind::Plain if letter == '"' || letter == '#' => {
                pieces.push((line.get(start..at).unwrap_or(""), kind));
                start = at;
                kind = if letter == '"' {
                    Kind::Quoted
                } else {
                    Kind::Comment
                };
            }
            Kind::Quoted if letter == '"' && !escaped => {
                pieces.push((line.get(start..=at).unwrap_or(""), kind));
                start = at + 1;
                kind = Kind::Plain;
            }
            _ => {}
        }
        escaped = kind == Kind::Quoted && letter == '\\' && !escaped;
    }
    pieces.push((line.get(start..).unwrap_or(""), kind));
    pieces.retain(|(piece, _)| !piece.is_empty());
    pieces
}

/// The line number in a place such as `experiment.toml, line 7, column 3`.
fn line_of(place: &str) -> Option<usize> {
    let rest = place.split("line ").nth(1)?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok().filter(|&line| line > 0)
}

#[cfg(test)]
mod tests {
    use super::{Kind, line_of, pieces};

    #[test]
    fn a_line_is_found_in_its_place() {
        assert_eq!(line_of("experiment.toml, line 7, column 3"), Some(7));
        assert_eq!(line_of("training.epochs"), None);
    }

    #[test]
    fn a_hash_inside_a_string_is_no_comment() {
        let cut = pieces("name = \"a # \\\" ü\" # why");
        let kinds: Vec<Kind> = cut.iter().map(|(_, kind)| *kind).collect();
        assert_eq!(
            kinds,
            [Kind::Plain, Kind::Quoted, Kind::Plain, Kind::Comment]
        );
        assert_eq!(cut[1].0, "\"a # \\\" ü\"");
        assert_eq!(
            cut.iter().map(|(piece, _)| *piece).collect::<String>(),
            "name = \"a # \\\" ü\" # why"
        );
    }
}
