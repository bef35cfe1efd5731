//! The variants one by one: name, structure, strategy and their parameters.

use eframe::egui;
use eframe::egui::{
    Button, Color32, ComboBox, Frame, Margin, PopupCloseBehavior, RichText, Sense, Stroke,
    TextEdit, Ui, vec2,
};

use super::params::Names;
use super::training::{choice_ui, params_ui};
use super::{catalog, help, params, sweep, widths};
use crate::experiment::{Draft, TowersDraft, VariantDraft};
use crate::model::{BOTTOMS, STRUCTURES};
use crate::session::{Command, Session, add_variant, remove_variant};
use crate::spec::{Choice, Spec};
use crate::strategy::STRATEGIES;
use crate::ui::card;
use crate::ui::format;
use crate::ui::icon::{Icon, small_icon_button};
use crate::ui::theme;

/// Names and controls stay near each other on a wide screen.
const FORM_WIDTH: f32 = 520.0;
/// Longer lists of weightings scroll.
const LIST_HEIGHT: f32 = 420.0;

/// Draws the list; the chosen variant is open.
pub fn ui(ui: &mut Ui, session: &Session, chosen: &mut usize, commands: &mut Vec<Command>) {
    let mut draft = session.draft.clone();
    let number = format::plural(draft.variants.len(), "variant");
    card::card(ui, &number, |ui| {
        let mut removed = None;
        for index in 0..draft.variants.len() {
            ui.push_id(index, |ui| {
                if line_ui(ui, session, &mut draft, index, chosen, commands) {
                    removed = Some(index);
                }
            });
        }
        if let Some(index) = removed {
            remove_variant(&mut draft, index);
        }
        ui.add_space(theme::GAP_SMALL);
        let add = ui
            .button("+ Variant")
            .on_hover_text("A copy of the chosen variant, to be edited");
        if add.clicked() {
            add_variant(&mut draft, *chosen);
            *chosen = draft.variants.len() - 1;
        }
    });
    if draft != session.draft {
        commands.push(Command::EditDraft(Box::new(draft)));
    }
}

/// Draws one variant; true if it is to be taken away.
fn line_ui(
    ui: &mut Ui,
    session: &Session,
    draft: &mut Draft,
    index: usize,
    chosen: &mut usize,
    commands: &mut Vec<Command>,
) -> bool {
    let tokens = theme::of(ui);
    let open = *chosen == index;
    let mut removed = false;
    let fill = if open {
        tokens.field
    } else {
        Color32::TRANSPARENT
    };
    let line = if open {
        tokens.line
    } else {
        Color32::TRANSPARENT
    };
    let frame = Frame::new()
        .fill(fill)
        .stroke(Stroke::new(theme::LINE, line))
        .corner_radius(f32::from(theme::CONTROL_RADIUS))
        .inner_margin(Margin::symmetric(10, 6));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        let only = draft.variants.len() < 2;
        let Some(variant) = draft.variants.get_mut(index) else {
            return;
        };
        card::line(ui, |ui| {
            swatch(ui, index);
            let short = format::shorten(&variant.name, 28);
            let name =
                Button::selectable(open, RichText::new(short).strong()).frame_when_inactive(false);
            if ui
                .add(name)
                .on_hover_text("Draw and edit this variant")
                .clicked()
            {
                *chosen = index;
            }
            let label = |specs: &[&Spec], id: &str| {
                specs
                    .iter()
                    .find(|spec| spec.id == id)
                    .map_or_else(|| id.to_owned(), |spec| spec.label.to_owned())
            };
            let structure = label(&structures(), &variant.structure.name);
            let strategy = label(&strategies(), &variant.strategy.name);
            let text = RichText::new(format!("{structure}, {strategy}")).color(tokens.weak);
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let name = format!("Remove {}", variant.name);
                removed = small_icon_button(ui, Icon::Cross, &name, !only).clicked();
                let parameters = session
                    .pictures
                    .get(index)
                    .map_or(0, |picture| picture.parameters());
                if parameters > 0 {
                    let text = format!("{} parameters", format::short_count(parameters));
                    ui.label(RichText::new(text).color(tokens.weak).small());
                }
                ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                    ui.add(egui::Label::new(text).truncate());
                });
            });
        });
        if open {
            // A child of its own, for a width that is taken already cannot shrink.
            ui.vertical(|ui| details_ui(ui, session, variant, index, commands));
        }
    });
    removed
}

fn details_ui(
    ui: &mut Ui,
    session: &Session,
    variant: &mut VariantDraft,
    index: usize,
    commands: &mut Vec<Command>,
) {
    let (tasks, features) = (session.tasks(), session.features());
    let names = Names {
        tasks: &tasks,
        features: &features,
    };
    ui.set_max_width(ui.available_width().min(FORM_WIDTH));
    ui.add_space(theme::GAP_SMALL);
    card::row(ui, "Name", "The name in charts and tables", |ui| {
        ui.add(
            TextEdit::singleline(&mut variant.name)
                .desired_width(240.0)
                .margin(vec2(8.0, 4.0)),
        );
    });
    trained_ui(ui, variant, &tasks);
    choice_ui(
        ui,
        "Structure",
        &structures(),
        &mut variant.structure,
        names,
    );
    weighting_ui(ui, &mut variant.strategy, names);
    if variant.strategy.name == "manual" {
        sweep::ui(ui, index, &tasks, commands);
    }
    let first = session.draft.variants.first();
    let mut own = index == 0 || variant.bottom.is_some();
    if index > 0 {
        ui.checkbox(&mut own, "Own bottom")
            .on_hover_text("Else the bottom of the first variant");
    }
    if own {
        let like = first.and_then(|first| first.bottom.clone());
        let like = like.unwrap_or_else(VariantDraft::default_bottom);
        let mut bottom = variant.bottom.clone().unwrap_or_else(|| like.clone());
        bottom_ui(ui, &mut bottom, names);
        // The first variant's widths are written down once they are changed.
        if index > 0 || bottom != like {
            variant.bottom = Some(bottom);
        }
    } else {
        variant.bottom = None;
    }
    let mut own = index == 0 || variant.towers.is_some();
    if index > 0 {
        ui.checkbox(&mut own, "Own towers")
            .on_hover_text("Else the towers of the first variant");
    }
    if own {
        let like = first.and_then(|first| first.towers.clone());
        let like = like.unwrap_or_else(VariantDraft::default_towers);
        let mut towers = variant.towers.clone().unwrap_or_else(|| like.clone());
        towers_ui(ui, &mut towers, &tasks);
        if index > 0 || towers != like {
            variant.towers = Some(towers);
        }
    } else {
        variant.towers = None;
    }
}

/// The labels that the variant is trained on; the last one stays.
fn trained_ui(ui: &mut Ui, variant: &mut VariantDraft, tasks: &[&str]) {
    if tasks.len() < 2 {
        return;
    }
    let help = "The labels whose losses it lowers: leave one out to see what it does to the others";
    ui.label("Trained on").on_hover_text(help);
    ui.horizontal_wrapped(|ui| {
        let all = || tasks.iter().map(|task| (*task).to_owned());
        let own: Vec<String> = variant.tasks.clone().unwrap_or_else(|| all().collect());
        for task in all() {
            let mut is_on = own.contains(&task);
            let toggle = ui.checkbox(&mut is_on, format::shorten(&task, 24));
            if toggle.changed() {
                let kept = |it: &String| if *it == task { is_on } else { own.contains(it) };
                let next: Vec<String> = all().filter(kept).collect();
                if !next.is_empty() {
                    variant.tasks = (next.len() < tasks.len()).then_some(next);
                }
            }
        }
    });
}

/// A weighting to choose from all families, with its parameters below.
fn weighting_ui(ui: &mut Ui, choice: &mut Choice, names: Names<'_>) {
    let specs = strategies();
    let known = specs.iter().copied().find(|spec| spec.id == choice.name);
    let summary = known.map_or("", |spec| spec.summary);
    card::row(ui, "Loss weighting", summary, |ui| {
        let text = known.map_or(choice.name.as_str(), |spec| spec.label);
        ComboBox::from_id_salt("weighting")
            .selected_text(text.to_owned())
            .width(190.0)
            .height(LIST_HEIGHT)
            .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
            .show_ui(ui, |ui| {
                let entered = catalog::ui(ui, 1, |ui, entry| {
                    let spec = entry.spec();
                    let response = ui.selectable_label(choice.name == spec.id, spec.label);
                    if help::on(response, spec).clicked() {
                        *choice = Choice::named(spec.id);
                        ui.close();
                    }
                });
                if let Some(entry) = entered {
                    *choice = Choice::named(entry.spec().id);
                    ui.close();
                }
            });
    });
    params_ui(ui, &specs, choice, names);
}

fn bottom_ui(ui: &mut Ui, bottom: &mut Choice, names: Names<'_>) {
    let specs: Vec<&Spec> = BOTTOMS.iter().map(|entry| entry.spec()).collect();
    let known = specs.iter().copied().find(|spec| spec.id == bottom.name);
    card::row(ui, "Bottom", "The network over the features", |ui| {
        let text = known
            .map_or(bottom.name.as_str(), |spec| spec.label)
            .to_owned();
        ComboBox::from_id_salt("bottom")
            .selected_text(text)
            .width(130.0)
            .show_ui(ui, |ui| {
                for spec in &specs {
                    let response = ui.selectable_label(bottom.name == spec.id, spec.label);
                    if help::on(response, spec).clicked() {
                        // Widths mean the same in every bottom.
                        let kept = bottom.params.get("units").cloned();
                        *bottom = Choice::named(spec.id);
                        if let Some(units) =
                            kept.filter(|_| spec.params.iter().any(|param| param.name == "units"))
                        {
                            bottom.params.insert("units".to_owned(), units);
                        }
                    }
                }
            });
    });
    if let Some(spec) = known {
        params::ui(ui, spec, bottom, names);
    }
}

fn towers_ui(ui: &mut Ui, towers: &mut TowersDraft, tasks: &[&str]) {
    ui.label("Towers")
        .on_hover_text("The small network of each task");
    card::line(ui, |ui| {
        ui.label(RichText::new("all tasks").color(theme::of(ui).weak));
        widths::ui(ui, "towers", &mut towers.default, 1..=8192);
    });
    for task in tasks {
        ui.horizontal(|ui| {
            let mut own = towers.per_task.contains_key(*task);
            ui.checkbox(
                &mut own,
                format!("own tower for {}", format::shorten(task, 24)),
            );
            if own {
                let like = towers.default.clone();
                let list = towers.per_task.entry((*task).to_owned()).or_insert(like);
                widths::ui(ui, &format!("tower of {task}"), list, 1..=8192);
            } else {
                towers.per_task.remove(*task);
            }
        });
    }
}

fn swatch(ui: &mut Ui, index: usize) {
    let (rect, _) = ui.allocate_exact_size(vec2(14.0, 14.0), Sense::hover());
    let color = theme::variant_color(index, ui.visuals().dark_mode);
    card::variant_mark(ui, rect, index, color);
}

fn structures() -> Vec<&'static Spec> {
    STRUCTURES.iter().map(|entry| entry.spec()).collect()
}

fn strategies() -> Vec<&'static Spec> {
    STRATEGIES.iter().map(|entry| entry.spec()).collect()
}
