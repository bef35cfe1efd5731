//! The command palette: every command by a few of its letters.

use eframe::egui;
use eframe::egui::{Align2, Button, Key, Modal, RichText, ScrollArea, TextEdit, Ui, vec2};

use super::theme;
use crate::session::{Command, Session};

/// The palette while it is open.
#[derive(Debug, Default)]
pub struct Palette {
    open: bool,
    query: String,
    chosen: usize,
}

impl Palette {
    /// Opens or closes it.
    pub fn toggle(&mut self) {
        *self = Self {
            open: !self.open,
            ..Self::default()
        };
    }

    /// Draws it over everything else, if it is open.
    pub fn ui(&mut self, ui: &Ui, session: &Session, commands: &mut Vec<Command>) {
        if !self.open {
            return;
        }
        let area = Modal::default_area(egui::Id::unique("palette"))
            .anchor(Align2::CENTER_TOP, vec2(0.0, 90.0));
        let modal = Modal::new(egui::Id::unique("palette")).area(area);
        let response = modal.show(ui.ctx(), |ui| self.contents_ui(ui, session));
        if let Some(command) = response.inner.clone() {
            self.open = false;
            commands.push(command);
        } else if response.should_close() {
            self.open = false;
        }
    }

    fn contents_ui(&mut self, ui: &mut Ui, session: &Session) -> Option<Command> {
        ui.set_width(520.0);
        let edit = TextEdit::singleline(&mut self.query)
            .hint_text("Search commands")
            .desired_width(f32::INFINITY)
            .margin(vec2(10.0, 8.0));
        let response = ui.add(edit);
        if response.changed() {
            self.chosen = 0;
        }
        response.request_focus();
        let found = matches(&self.query, session);
        let last = found.len().saturating_sub(1);
        let (up, down, enter) = ui.input(|input| {
            let pressed = |key| input.key_pressed(key);
            (
                pressed(Key::ArrowUp),
                pressed(Key::ArrowDown),
                pressed(Key::Enter),
            )
        });
        if down {
            self.chosen = (self.chosen + 1).min(last);
        }
        if up {
            self.chosen = self.chosen.saturating_sub(1);
        }
        if enter {
            return found.get(self.chosen).cloned();
        }
        ui.add_space(theme::GAP_SMALL);
        if found.is_empty() {
            ui.label(RichText::new("No command has these letters").color(theme::of(ui).weak));
        }
        let mut picked = None;
        ScrollArea::vertical()
            .max_height(380.0)
            .auto_shrink([false, true])
            .show(ui, |ui| {
                for (index, command) in found.into_iter().enumerate() {
                    let keys = command
                        .shortcut()
                        .map_or_else(String::new, |keys| keys.text());
                    let button = Button::selectable(index == self.chosen, command.label())
                        .shortcut_text(keys)
                        .min_size(vec2(ui.available_width(), 30.0));
                    let response = ui.add(button).on_hover_text(command.tooltip());
                    if index == self.chosen && (up || down) {
                        response.scroll_to_me(None);
                    }
                    if response.clicked() {
                        picked = Some(command);
                    }
                }
            });
        picked
    }
}

/// The commands that have the letters in order, the best first; recent files count as commands.
fn matches(query: &str, session: &Session) -> Vec<Command> {
    let mut all = Command::all();
    all.extend(session.prefs.recent.iter().cloned().map(Command::Open));
    let scored = all
        .into_iter()
        .filter_map(|command| Some((score(query, &command.label())?, command)));
    let mut scored: Vec<(u32, Command)> = scored.collect();
    scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    scored.into_iter().map(|(_, command)| command).collect()
}

/// How well a label fits: letters at the start of a word and next to each other count more; `None` if one is missing.
fn score(query: &str, label: &str) -> Option<u32> {
    let label: Vec<char> = label.to_lowercase().chars().collect();
    let mut total = 0;
    let mut from = 0;
    let mut last = None;
    for letter in query
        .to_lowercase()
        .chars()
        .filter(|letter| !letter.is_whitespace())
    {
        let at = from
            + label
                .get(from..)?
                .iter()
                .position(|&other| other == letter)?;
        total += 1;
        if at == 0
            || label
                .get(at - 1)
                .is_some_and(|before| !before.is_alphanumeric())
        {
            total += 4;
        }
        if at > 0 && last == Some(at - 1) {
            total += 3;
        }
        last = Some(at);
        from = at + 1;
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::{matches, score};
    use crate::session::{Command, Session, Station};

    #[test]
    fn word_starts_win() {
        assert!(score("gd", "Go to Data") > score("gd", "Toggle dark"));
        assert_eq!(score("xyz", "Go to Data"), None);
        let found = matches("gotoda", &Session::default());
        assert_eq!(found[0], Command::Go(Station::Data));
    }

    #[test]
    fn an_empty_query_lists_everything_in_order() {
        assert_eq!(matches("", &Session::default()), Command::all());
    }
}
