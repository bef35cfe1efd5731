//! What is compared: ticked structures times ticked strategies, each once for every seed.

use eframe::egui::{Align, Layout, Popup, PopupCloseBehavior, RectAlign, RichText, Ui};

use super::{catalog, help};
use crate::analysis::fewest_pairs;
use crate::data::{Role, TaskKind};
use crate::experiment::Draft;
use crate::model::STRUCTURES;
use crate::session::{Command, Session, add_strategy, add_structure};
use crate::session::{remove_strategy, remove_structure, strategies_of, structures_of};
use crate::spec::Spec;
use crate::strategy::STRATEGIES;
use crate::ui::card;
use crate::ui::theme;

/// The columns of the list of weightings.
const COLUMNS: usize = 3;
/// The columns of the list of structures.
const STRUCTURE_COLUMNS: usize = 2;

/// Draws the card.
pub fn ui(ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
    let mut draft = session.draft.clone();
    card::card(ui, "Compare what", |ui| {
        structures_ui(ui, &mut draft);
        ui.add_space(2.0);
        weightings_ui(ui, session, &mut draft, commands);
        ui.add_space(2.0);
        let needed = seeds_for_verdicts(session);
        seeds_ui(ui, &mut draft, needed);
    });
    if draft != session.draft {
        commands.push(Command::EditDraft(Box::new(draft)));
    }
}

/// The ticked structures, and behind a button all of them.
fn structures_ui(ui: &mut Ui, draft: &mut Draft) {
    let ticked = structures_of(draft);
    let is_ticked = |id: &str| ticked.iter().any(|other| other == id);
    let mut flipped = None;
    let list = List {
        title: "Structure",
        meaning: "How the tasks share a network",
        button: "More…",
        all: format!("All {} structures", STRUCTURES.len()),
    };
    list.ui(ui, |ui| {
        let rows = STRUCTURES.len().div_ceil(STRUCTURE_COLUMNS);
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = theme::GAP_LARGE;
            for column in STRUCTURES.chunks(rows) {
                ui.vertical(|ui| {
                    for entry in column {
                        let spec = entry.spec();
                        if tick_ui(ui, spec, is_ticked(spec.id)).is_some() {
                            flipped = Some(spec.id);
                        }
                    }
                });
            }
        });
    });
    for entry in STRUCTURES.iter().filter(|entry| is_ticked(entry.spec().id)) {
        let spec = entry.spec();
        if tick_ui(ui, spec, true).is_some() {
            flipped = Some(spec.id);
        }
    }
    match flipped {
        Some(id) if is_ticked(id) => remove_structure(draft, id),
        Some(id) => add_structure(draft, id),
        None => {}
    }
}

/// A heading with a button that opens everything there is to tick.
struct List {
    title: &'static str,
    meaning: &'static str,
    button: &'static str,
    /// What the button opens, in words.
    all: String,
}

impl List {
    fn ui(&self, ui: &mut Ui, contents: impl FnOnce(&mut Ui)) {
        card::line(ui, |ui| {
            ui.label(RichText::new(self.title).strong())
                .on_hover_text(self.meaning);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let button = ui.button(self.button).on_hover_text(&self.all);
                Popup::from_toggle_button_response(&button)
                    .align(RectAlign::RIGHT_START)
                    .gap(theme::GAP)
                    .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
                    .accessible_name(self.all.as_str())
                    .show(contents);
            });
        });
    }
}

/// The ticked weightings, and behind a button all of them.
fn weightings_ui(ui: &mut Ui, session: &Session, draft: &mut Draft, commands: &mut Vec<Command>) {
    let ticked = strategies_of(draft);
    let is_ticked = |id: &str| ticked.iter().any(|other| other == id);
    let mut flipped = None;
    let list = List {
        title: "Loss weighting",
        meaning: "How the task losses become one update, for structures in which tasks share something",
        button: "Choose…",
        all: format!("All {} weightings by family", STRATEGIES.len()),
    };
    list.ui(ui, |ui| {
        let entered = catalog::ui(ui, COLUMNS, |ui, entry| {
            let spec = entry.spec();
            if tick_ui(ui, spec, is_ticked(spec.id)).is_some() {
                flipped = Some(spec.id);
            }
        });
        if let Some(entry) = entered {
            flipped = Some(entry.spec().id);
        }
    });
    for entry in STRATEGIES.iter().filter(|entry| is_ticked(entry.spec().id)) {
        let spec = entry.spec();
        if spec.id != "manual" {
            if tick_ui(ui, spec, true).is_some() {
                flipped = Some(spec.id);
            }
            continue;
        }
        card::line(ui, |ui| {
            if tick_ui(ui, spec, true).is_some() {
                flipped = Some(spec.id);
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let possible = session.tasks().len() > 1;
                let sweep = Command::SweepWeights(None);
                card::command_button(ui, sweep, possible, commands);
            });
        });
    }
    match flipped {
        Some(id) if is_ticked(id) => remove_strategy(draft, id),
        Some(id) => add_strategy(draft, id),
        None => {}
    }
}

/// A tick with the entry's help; the new state if it was clicked.
fn tick_ui(ui: &mut Ui, spec: &Spec, ticked: bool) -> Option<bool> {
    let mut on = ticked;
    help::on(ui.checkbox(&mut on, spec.label), spec);
    (on != ticked).then_some(on)
}

/// The seeds that every verdict needs: tasks of one kind have one metric, whose comparisons are corrected together.
fn seeds_for_verdicts(session: &Session) -> usize {
    let others = session.draft.variants.len().saturating_sub(1);
    let specs = session.columns.values();
    let kinds: Vec<TaskKind> = specs
        .filter(|spec| spec.role == Some(Role::Label))
        .filter_map(|spec| spec.task)
        .collect();
    let of_kind = |kind: TaskKind| kinds.iter().filter(|&&other| other == kind).count();
    let most = TaskKind::ALL.into_iter().map(of_kind).max().unwrap_or(0);
    fewest_pairs(most * others)
}

fn seeds_ui(ui: &mut Ui, draft: &mut Draft, needed: usize) {
    let mut number = draft.seeds.len();
    card::row(
        ui,
        "Seeds",
        "Each variant is trained once for every seed",
        |ui| {
            ui.add(card::number(&mut number).range(1..=100).speed(0.1));
        },
    );
    if number < draft.seeds.len() {
        draft.seeds.truncate(number);
    }
    while draft.seeds.len() < number {
        let next = draft
            .seeds
            .iter()
            .max()
            .map_or(1, |most| most.saturating_add(1));
        draft.seeds.push(next);
    }
    if number < needed && draft.variants.len() > 1 {
        let tokens = theme::of(ui);
        let text = format!("{needed} seeds are needed to rule out chance");
        ui.label(RichText::new(text).color(tokens.warning).small());
    }
}
