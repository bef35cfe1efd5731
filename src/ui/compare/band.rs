//! A curve's band in a plot, as a mesh of two corners for each place.

use std::sync::Arc;

use eframe::egui::{Color32, Mesh, Shape};
use egui_plot::{PlotBounds, PlotTransform};

use super::item::{Draw, Placed};
use super::levels::Levels;

/// The area between two lines, over places that are on the axes.
pub struct CurveBand<'a> {
    /// The places: x, low, high.
    pub band: &'a Levels<[f64; 3]>,
    /// Pixels from one place to the next.
    pub column: f32,
}

impl Draw for CurveBand<'_> {
    fn bounds(&self) -> PlotBounds {
        self.band.bounds()
    }

    fn draw(&self, transform: &PlotTransform, color: Color32, shapes: &mut Vec<Shape>) {
        let band = self.band.in_sight(transform, self.column);
        let placed = Placed::new(transform);
        let mut mesh = Mesh::default();
        mesh.reserve_vertices(2 * band.len());
        mesh.reserve_triangles(2 * band.len());
        for (place, [x, low, high]) in band.iter().enumerate() {
            for y in [low, high] {
                mesh.colored_vertex(placed.at(*x, *y), color);
            }
            if let Some(before) = (2 * place as u32).checked_sub(2) {
                mesh.add_triangle(before, before + 1, before + 2);
                mesh.add_triangle(before + 1, before + 2, before + 3);
            }
        }
        if band.len() > 1 {
            shapes.push(Shape::Mesh(Arc::new(mesh)));
        }
    }
}
