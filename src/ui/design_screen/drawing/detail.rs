//! What a box tells of itself under the pointer.

use eframe::egui::{RichText, Ui};

use super::sheet::Block;
use crate::model::{Diagram, Node, NodeId, Owner};
use crate::ui::format;
use crate::ui::theme;

/// Names beyond these are only counted.
const MOST_NAMES: usize = 6;

/// Draws the lines.
pub fn ui(ui: &mut Ui, diagram: &Diagram, block: &Block) {
    let weak = theme::of(ui).weak;
    for (place, line) in lines(diagram, block).into_iter().enumerate() {
        if place == 0 {
            ui.label(RichText::new(line).strong());
        } else {
            ui.label(RichText::new(line).color(weak));
        }
    }
}

/// Name, owner, shape, numbers, and where its arrows come from and go to.
pub fn lines(diagram: &Diagram, block: &Block) -> Vec<String> {
    let nodes: Vec<&Node> = block.nodes.iter().map(|it| &diagram.nodes[it.0]).collect();
    let Some(first) = nodes.first() else {
        return Vec::new();
    };
    let mut lines = vec![listed(nodes.iter().map(|node| node.name()).collect())];
    lines.push(match &first.owner {
        Owner::Shared => "For all tasks".to_owned(),
        Owner::Task(task) => format!("For {task}"),
        Owner::Each => "A part for each task".to_owned(),
    });
    if !first.layers.is_empty() {
        let widths: Vec<String> = first.layers.iter().map(usize::to_string).collect();
        lines.push(format!("Widths {}", widths.join(", ")));
    }
    if first.parameters > 0 {
        let each = format::count(first.parameters);
        let sum = format::count(first.parameters * nodes.len());
        lines.push(match nodes.len() {
            1 => format!("{each} parameters"),
            number => format!("{number} × {each} = {sum} parameters"),
        });
        let roles = nodes.iter().flat_map(|node| node.roles.clone()).collect();
        lines.push(format!("Named {}", listed(roles)));
    }
    let ends = |from: bool| {
        let mut ends: Vec<NodeId> = Vec::new();
        for edge in &diagram.edges {
            let [near, far] = if from {
                [edge.to, edge.from]
            } else {
                [edge.from, edge.to]
            };
            if block.nodes.contains(&near) && !ends.contains(&far) {
                ends.push(far);
            }
        }
        let names = ends.iter().map(|end| diagram.nodes[end.0].name());
        names
            .map(|name| name.replace('\n', ", "))
            .collect::<Vec<_>>()
    };
    for (word, names) in [("From", ends(true)), ("To", ends(false))] {
        if !names.is_empty() {
            lines.push(format!("{word} {}", listed(names)));
        }
    }
    lines
}

/// The names one after the other, the last ones only counted if there are many.
fn listed(names: Vec<String>) -> String {
    let left = names.len().saturating_sub(MOST_NAMES);
    let shown: Vec<String> = names.into_iter().take(MOST_NAMES).collect();
    match left {
        0 => shown.join(", "),
        left => format!("{} and {left} more", shown.join(", ")),
    }
}
