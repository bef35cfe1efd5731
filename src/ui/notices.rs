//! Toasts for what is new, and the list of everything the user was told.

use eframe::egui;
use eframe::egui::{
    Align2, Area, CornerRadius, Frame, Id, Margin, Order, RichText, ScrollArea, Stroke,
};
use eframe::egui::{Ui, vec2};

use super::theme;
use crate::session::{Command, Level, Notice, Session};

/// Toasts and the list.
#[derive(Debug, Default)]
pub struct NoticeBoard {
    open: bool,
    /// When a notice was first shown, by its number.
    shown: Vec<(u64, f64)>,
}

impl NoticeBoard {
    /// How long a toast stays that is no error.
    const TOAST_SECS: f64 = 6.0;
    /// Toasts end this far above the run strip, for Design has its Run button there.
    const RISE: f32 = 96.0;

    /// Opens or closes the list.
    pub fn toggle(&mut self) {
        self.open = !self.open;
    }

    /// Whether the list is open, which counts as having seen everything.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Draws the list or the toasts.
    pub fn ui(&mut self, ui: &Ui, session: &Session, commands: &mut Vec<Command>) {
        if self.open {
            self.list_ui(ui, session, commands);
        } else {
            self.toasts_ui(ui, session, commands);
        }
    }

    fn toasts_ui(&mut self, ui: &Ui, session: &Session, commands: &mut Vec<Command>) {
        let now = ui.input(|input| input.time);
        let list = session.notices.list();
        self.shown
            .retain(|(id, _)| list.iter().any(|notice| notice.id == *id));
        for notice in list.iter().filter(|notice| !notice.seen) {
            if !self.shown.iter().any(|(id, _)| *id == notice.id) {
                self.shown.push((notice.id, now));
            }
        }
        let since = |notice: &Notice| {
            self.shown
                .iter()
                .find(|(id, _)| *id == notice.id)
                .map_or(now, |(_, since)| *since)
        };
        let fresh = |notice: &&Notice| {
            !notice.seen && (notice.level == Level::Error || now - since(notice) < Self::TOAST_SECS)
        };
        let toasts: Vec<&Notice> = list.iter().rev().filter(fresh).take(3).collect();
        let Some(next) = toasts
            .iter()
            .map(|notice| since(notice) + Self::TOAST_SECS - now)
            .reduce(f64::min)
        else {
            return;
        };
        if next > 0.0 {
            ui.ctx().request_repaint_after_secs(next as f32);
        }
        Area::new(Id::unique("toasts"))
            .order(Order::Foreground)
            .anchor(
                Align2::RIGHT_BOTTOM,
                vec2(-16.0, -theme::BAR_HEIGHT - Self::RISE),
            )
            .show(ui.ctx(), |ui| {
                for notice in toasts {
                    notice_ui(ui, notice, commands);
                    ui.add_space(theme::GAP_SMALL);
                }
            });
    }

    fn list_ui(&mut self, ui: &Ui, session: &Session, commands: &mut Vec<Command>) {
        let mut open = true;
        egui::Window::new("Notices")
            .open(&mut open)
            .anchor(Align2::RIGHT_TOP, vec2(-16.0, theme::BAR_HEIGHT + 12.0))
            .resizable(false)
            .collapsible(false)
            .default_width(400.0)
            .show(ui.ctx(), |ui| {
                if session.notices.list().is_empty() {
                    ui.label(RichText::new("Nothing to tell yet").color(theme::of(ui).weak));
                    return;
                }
                ScrollArea::vertical().max_height(420.0).show(ui, |ui| {
                    for notice in session.notices.list().iter().rev() {
                        notice_ui(ui, notice, commands);
                        ui.add_space(theme::GAP_SMALL);
                    }
                });
                if ui.button("Dismiss all").clicked() {
                    commands.push(Command::DismissAllNotices);
                }
            });
        self.open = open;
    }
}

fn notice_ui(ui: &mut Ui, notice: &Notice, commands: &mut Vec<Command>) {
    let tokens = theme::of(ui);
    let color = theme::level_color(notice.level, ui.visuals().dark_mode);
    Frame::new()
        .fill(tokens.card)
        .stroke(Stroke::new(theme::LINE, color))
        .corner_radius(CornerRadius::same(theme::CARD_RADIUS))
        .inner_margin(Margin::symmetric(12, 9))
        .show(ui, |ui| {
            ui.set_width(360.0);
            ui.label(
                RichText::new(notice.level.word())
                    .color(color)
                    .small()
                    .strong(),
            );
            ui.label(&notice.summary);
            if !notice.details.is_empty() {
                let details = egui::CollapsingHeader::new("Details").id_salt(notice.id);
                details.show(ui, |ui| {
                    for line in &notice.details {
                        ui.label(RichText::new(line).color(tokens.weak));
                    }
                });
            }
            ui.horizontal(|ui| {
                if ui.button("Dismiss").clicked() {
                    commands.push(Command::DismissNotice(notice.id));
                }
                if let Some(file) = &notice.file
                    && ui.button("Open").clicked()
                {
                    commands.push(Command::ShowFile(file.clone()));
                }
                if notice.level == Level::Error && ui.button("Copy").clicked() {
                    let text = format!("{}\n{}", notice.summary, notice.details.join("\n"));
                    commands.push(Command::Copy(text));
                }
            });
        });
}
