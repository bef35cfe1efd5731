//! What is compared: ticked structures times ticked strategies, each once for every seed.

use eframe::egui::{RichText, Ui};

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
        let needed = seeds_for_verdicts(session);
        seeds_ui(ui, &mut draft, needed);
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
