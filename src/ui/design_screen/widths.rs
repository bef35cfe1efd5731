//! Layer widths with − and + : change a width, add a layer, take one away.

use std::ops::RangeInclusive;

use eframe::egui::Ui;

use crate::ui::card;
use crate::ui::icon::{Icon, small_icon_button};

/// The width of a layer that is added to an empty list.
const FIRST: i64 = 64;

/// Draws the row; `name` tells whose layers they are.
pub fn ui(ui: &mut Ui, name: &str, widths: &mut Vec<i64>, range: RangeInclusive<i64>) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        for (index, width) in widths.iter_mut().enumerate() {
            ui.name_inputs(format!("{name}, layer {}", index + 1), |ui| {
                ui.add(card::number(width).range(range.clone()).speed(1.0));
            });
        }
        let last = widths.last().copied();
        if small_icon_button(
            ui,
            Icon::Minus,
            &format!("Remove a layer of {name}"),
            widths.len() > 1,
        )
        .clicked()
        {
            widths.pop();
        }
        if small_icon_button(
            ui,
            Icon::Plus,
            &format!("Add a layer to {name}"),
            widths.len() < 12,
        )
        .clicked()
        {
            widths.push(last.unwrap_or(FIRST));
        }
    });
}

/// The next smaller or larger usual width: powers of two and their halves between.
pub fn step(width: i64, up: bool) -> i64 {
    const USUAL: [i64; 19] = [
        1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 2048,
    ];
    let next = if up {
        USUAL.into_iter().find(|&usual| usual > width)
    } else {
        USUAL.into_iter().rev().find(|&usual| usual < width)
    };
    next.unwrap_or(width)
}

#[cfg(test)]
mod tests {
    use super::step;

    #[test]
    fn steps_go_through_usual_widths() {
        assert_eq!(
            [step(64, true), step(64, false), step(100, true)],
            [96, 48, 128]
        );
        assert_eq!([step(1, false), step(2048, true)], [1, 2048]);
    }
}
