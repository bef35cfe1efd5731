//! The distribution of a column as painted bars.

use eframe::egui::{Align2, Color32, CornerRadius, FontId, Rect, Sense, Ui, pos2, vec2};

use crate::session::Bar;
use crate::ui::format;
use crate::ui::theme;

/// Draws the bars; the one under the pointer tells its numbers.
pub fn ui(ui: &mut Ui, bars: &[Bar], color: Color32) {
    const HEIGHT: f32 = 110.0;
    let tokens = theme::of(ui);
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::hover());
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, f32::from(theme::CONTROL_RADIUS), tokens.field);
    let most = bars.iter().map(|bar| bar.count).max().unwrap_or(0);
    let total: usize = bars.iter().map(|bar| bar.count).sum();
    if most == 0 {
        let font = FontId::proportional(12.0);
        painter.text(
            rect.center(),
            Align2::CENTER_CENTER,
            "No values",
            font,
            tokens.weak,
        );
        return;
    }
    let inside = rect.shrink2(vec2(8.0, 8.0));
    let width = inside.width() / bars.len() as f32;
    let gap = (width * 0.12).min(3.0);
    let hovered = response
        .hover_pos()
        .map(|at| ((at.x - inside.left()) / width).floor());
    for (index, bar) in bars.iter().enumerate() {
        let height = (inside.height() * bar.count as f32 / most as f32).max(if bar.count > 0 {
            1.0
        } else {
            0.0
        });
        let left = inside.left() + width * index as f32;
        let top_left = pos2(left + gap / 2.0, inside.bottom() - height);
        let shape = Rect::from_min_max(top_left, pos2(left + width - gap / 2.0, inside.bottom()));
        let under = hovered == Some(index as f32);
        let fill = if under {
            color
        } else {
            color.gamma_multiply(0.75)
        };
        painter.rect_filled(
            shape,
            CornerRadius {
                nw: 2,
                ne: 2,
                sw: 0,
                se: 0,
            },
            fill,
        );
    }
    let under = hovered
        .filter(|&index| index >= 0.0)
        .and_then(|index| bars.get(index as usize));
    if let Some(bar) = under {
        let share = bar.count as f64 / total.max(1) as f64;
        let text = format!(
            "{}\n{} rows, {}",
            bar.label,
            format::count(bar.count),
            format::percent(share)
        );
        response.on_hover_text_at_pointer(text);
    }
}
