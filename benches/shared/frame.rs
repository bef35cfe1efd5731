//! One frame of the window, without a graphics card.

use std::time::{Duration, Instant};

use eframe::egui;
use mtl_lab::session::Session;
use mtl_lab::ui::Window;

/// Lays the window out at a time and turns it into triangles: how long that took, how many there are, and whether egui wants
/// another frame at once.
pub fn frame(
    (ctx, window, session): (&egui::Context, &mut Window, &Session),
    (size, time): (egui::Vec2, f64),
    events: Vec<egui::Event>,
) -> (Duration, usize, bool) {
    let input = egui::RawInput {
        screen_rect: Some(egui::Rect::from_min_size(egui::Pos2::ZERO, size)),
        time: Some(time),
        events,
        ..egui::RawInput::default()
    };
    let began = Instant::now();
    let output = ctx.run_ui(input, |ui| drop(window.ui(ui, session)));
    let viewports = output.viewport_output.values();
    let repaint = viewports
        .map(|viewport| viewport.repaint_delay)
        .any(|delay| delay.is_zero());
    let drawn = ctx.tessellate(output.shapes, output.pixels_per_point);
    let took = began.elapsed();
    let triangles = drawn.iter().map(|clipped| match &clipped.primitive {
        egui::epaint::Primitive::Mesh(mesh) => mesh.indices.len() / 3,
        egui::epaint::Primitive::Callback(_) => 0,
    });
    (took, triangles.sum(), repaint)
}
