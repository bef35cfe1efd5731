//! The whole window: bar above, rail, one of the four screens, run strip below, and what lies over them.

use eframe::egui;
use eframe::egui::{CentralPanel, Color32, Frame, Margin, Panel, RichText, Stroke, Ui};
use serde::{Deserialize, Serialize};

use super::compare::{CompareInput, CompareScreen, Settings};
use super::data_screen::DataScreen;
use super::design_screen::DesignScreen;
use super::notices::NoticeBoard;
use super::palette::Palette;
use super::runs_screen::RunsScreen;
use super::{card, keys, rail, strip, theme, top_bar};
use crate::session::{Command, Session, Station};

/// The settings of the screens that are kept between starts.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Kept {
    /// How charts and tables are shown.
    pub compare: Settings,
}

/// What the screens themselves remember.
#[derive(Default)]
pub struct Window {
    data: DataScreen,
    design: DesignScreen,
    runs: RunsScreen,
    compare: CompareScreen,
    palette: Palette,
    notices: NoticeBoard,
    keys_open: bool,
}

impl Window {
    /// Draws everything; what the user asks for comes back.
    pub fn ui(&mut self, ui: &mut Ui, session: &Session) -> Vec<Command> {
        let mut commands = Vec::new();
        let tokens = theme::of(ui);
        let bar = Frame::new()
            .fill(tokens.bar)
            .inner_margin(Margin::symmetric(14, 0));
        Panel::top("top_bar")
            .exact_size(theme::BAR_HEIGHT)
            .resizable(false)
            .frame(bar)
            .show(ui, |ui| top_bar::ui(ui, session, &mut commands));
        Panel::bottom("run_strip")
            .exact_size(theme::BAR_HEIGHT)
            .resizable(false)
            .frame(bar)
            .show(ui, |ui| strip::ui(ui, session, &mut commands));
        let side = Frame::new()
            .fill(tokens.bar)
            .inner_margin(Margin::symmetric(8, 0));
        Panel::left("rail")
            .exact_size(theme::RAIL_WIDTH)
            .resizable(false)
            .frame(side)
            .show(ui, |ui| rail::ui(ui, session, &mut commands));
        let ground = Frame::new()
            .fill(tokens.ground)
            .inner_margin(Margin::same(14));
        CentralPanel::default_margins()
            .frame(ground)
            .show(ui, |ui| self.screen_ui(ui, session, &mut commands));
        drop_hint(ui);
        self.notices.ui(ui, session, &mut commands);
        if self.keys_open {
            self.keys_open = keys::ui(ui);
        }
        self.palette.ui(ui, session, &mut commands);
        commands
    }

    fn screen_ui(&mut self, ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
        match session.station {
            Station::Data => self.data.ui(ui, session, commands),
            Station::Design => self.design.ui(ui, session, commands),
            Station::Runs => self.runs.ui(ui, session, commands),
            Station::Compare => self.compare_ui(ui, session, commands),
        }
    }

    fn compare_ui(&mut self, ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
        let Some(results) = &session.results else {
            if session.training.is_some() {
                ui.vertical_centered(|ui| {
                    ui.add_space(ui.available_height() * 0.35);
                    ui.spinner();
                    ui.add_space(theme::GAP);
                    let text = "Preparing the data and the device, the curves start in a moment";
                    ui.label(RichText::new(text).color(theme::of(ui).weak).size(15.5));
                });
                return;
            }
            let text = "Curves and verdicts appear here as soon as something is trained";
            let (word, command) = if session.can_run() {
                (format!("Run {}", session.num_runs()), Command::Run)
            } else {
                ("Sample data".to_owned(), Command::OpenSample)
            };
            if card::empty(ui, "Nothing to compare yet", text, &word) {
                commands.push(command);
            }
            return;
        };
        let input = CompareInput {
            results,
            comparisons: &session.comparisons,
            baseline: session.baseline(),
            seeds: session.draft.seeds.len(),
            why_not_run: session.why_not_run(),
        };
        self.compare.ui(ui, &input, commands);
    }

    /// What is to be kept for the next start.
    pub fn kept(&self) -> Kept {
        Kept {
            compare: self.compare.settings().clone(),
        }
    }

    /// Goes on with what was kept.
    pub fn restore(&mut self, kept: Kept) {
        self.compare = CompareScreen::with_settings(kept.compare);
    }

    /// Opens or closes the command palette.
    pub fn toggle_palette(&mut self) {
        self.palette.toggle();
    }

    /// Opens or closes the overview of keys.
    pub fn toggle_keys(&mut self) {
        self.keys_open = !self.keys_open;
    }

    /// Opens or closes the list of notices; true if it is open now.
    pub fn toggle_notices(&mut self) -> bool {
        self.notices.toggle();
        self.notices.is_open()
    }
}

/// While a file hangs over the window, the window says what will happen.
fn drop_hint(ui: &Ui) {
    if ui.input(|input| input.raw.hovered_files.is_empty()) {
        return;
    }
    let tokens = theme::of(ui);
    let rect = ui.ctx().content_rect();
    let painter = ui.ctx().layer_painter(egui::LayerId::new(
        egui::Order::Foreground,
        egui::Id::unique("drop"),
    ));
    painter.rect_filled(rect, 0.0, Color32::from_black_alpha(150));
    let line = Stroke::new(3.0, tokens.accent);
    painter.rect_stroke(
        rect.shrink(12.0),
        f32::from(theme::CARD_RADIUS),
        line,
        egui::StrokeKind::Inside,
    );
    let font = egui::FontId::proportional(24.0);
    let text = "Drop to open";
    painter.text(
        rect.center(),
        egui::Align2::CENTER_CENTER,
        text,
        font,
        Color32::WHITE,
    );
}
