//! The sweep of a variant's manual weights: between which two tasks, and the button that makes the variants.

use eframe::egui::{ComboBox, Ui};

use crate::session::{Command, Sweep};
use crate::ui::{card, format};

/// Draws the row below the weights; nothing with a single task.
pub fn ui(ui: &mut Ui, variant: usize, tasks: &[&str], commands: &mut Vec<Command>) {
    if tasks.len() < 2 {
        return;
    }
    let id = ui.scope_id().with("sweep");
    let kept = ui.data(|data| data.get_temp::<[usize; 2]>(id));
    let kept = kept.filter(|pair| pair.iter().all(|&task| task < tasks.len()));
    let mut pair = kept.unwrap_or([0, 1]);
    let help = "What one task gains and the other loses as the weight moves between them, drawn on the Compare screen";
    card::row(ui, "Trade-off", help, |ui| {
        let name = |index: usize| tasks.get(index).copied().unwrap_or_default().to_owned();
        let sweep = Command::SweepWeights(Some(Sweep {
            like: variant,
            first: name(pair[0]),
            second: name(pair[1]),
        }));
        card::command_button(ui, sweep, pair[0] != pair[1], commands);
        let [first, second] = &mut pair;
        task_ui(ui, "Second task of the sweep", tasks, second);
        ui.label("and");
        task_ui(ui, "First task of the sweep", tasks, first);
    });
    if kept != Some(pair) {
        ui.data_mut(|data| data.insert_temp(id, pair));
    }
}

fn task_ui(ui: &mut Ui, name: &str, tasks: &[&str], chosen: &mut usize) {
    let text = tasks.get(*chosen).copied().unwrap_or_default();
    ui.name_inputs(name, |ui| {
        ComboBox::from_id_salt(name)
            .selected_text(format::shorten(text, 12))
            .width(84.0)
            .show_ui(ui, |ui| {
                for (index, task) in tasks.iter().enumerate() {
                    ui.selectable_value(chosen, index, *task);
                }
            });
    });
}
