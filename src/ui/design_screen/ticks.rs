//! What is compared: ticked structures times ticked strategies, each once for every seed.

use eframe::egui::{DragValue, RichText, Ui};

use crate::experiment::Draft;
use crate::model::STRUCTURES;
use crate::session::{Command, Session, add_strategy, add_structure};
use crate::session::{remove_strategy, remove_structure, strategies_of, structures_of};
use crate::spec::Spec;
use crate::strategy::STRATEGIES;
use crate::ui::card;
use crate::ui::format;
use crate::ui::theme;

/// Seeds that a sign test needs before it can tell anything at 5 %.
const SEEDS_FOR_VERDICT: usize = 6;

/// Draws the card.
pub fn ui(ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
    let mut draft = session.draft.clone();
    card::card(ui, "Compare what", |ui| {
        let ticked = structures_of(&draft);
        for entry in STRUCTURES {
            let spec = entry.spec();
            if let Some(on) = tick_ui(ui, spec, ticked.iter().any(|id| id == spec.id)) {
                if on {
                    add_structure(&mut draft, spec.id);
                } else {
                    remove_structure(&mut draft, spec.id);
                }
            }
        }
        ui.add_space(theme::GAP_SMALL);
        ui.label(RichText::new("Loss weighting").strong()).on_hover_text(
            "How the task losses become one update, for structures in which tasks share something");
        let ticked = strategies_of(&draft);
        for entry in STRATEGIES {
            let spec = entry.spec();
            if let Some(on) = tick_ui(ui, spec, ticked.iter().any(|id| id == spec.id)) {
                if on {
                    add_strategy(&mut draft, spec.id);
                } else {
                    remove_strategy(&mut draft, spec.id);
                }
            }
        }
        ui.add_space(theme::GAP_SMALL);
        seeds_ui(ui, &mut draft);
    });
    if draft != session.draft {
        commands.push(Command::EditDraft(Box::new(draft)));
    }
}

/// A tick with the entry's help; the new state if it was clicked.
fn tick_ui(ui: &mut Ui, spec: &Spec, ticked: bool) -> Option<bool> {
    let mut on = ticked;
    let response = ui.checkbox(&mut on, spec.label);
    response.on_hover_ui(|ui| help_ui(ui, spec));
    (on != ticked).then_some(on)
}

/// Everything that a registry entry tells of itself.
pub fn help_ui(ui: &mut Ui, spec: &Spec) {
    ui.set_max_width(380.0);
    ui.label(RichText::new(spec.label).strong());
    ui.label(spec.summary);
    if !spec.formula.is_empty() {
        ui.label(RichText::new(spec.formula).monospace());
    }
    if let Some(paper) = spec.paper {
        ui.hyperlink_to(RichText::new(paper.citation).small(), paper.url);
    }
}

fn seeds_ui(ui: &mut Ui, draft: &mut Draft) {
    let mut number = draft.seeds.len();
    card::row(
        ui,
        "Seeds",
        "Each variant is trained once for every seed",
        |ui| {
            ui.add(DragValue::new(&mut number).range(1..=100).speed(0.1));
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
    if number < SEEDS_FOR_VERDICT {
        let tokens = theme::of(ui);
        let missing = format::plural(SEEDS_FOR_VERDICT - number, "more seed");
        let text = format!("A verdict beyond chance needs {missing}");
        ui.label(RichText::new(text).color(tokens.warning).small());
    }
}
