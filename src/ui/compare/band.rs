//! A curve's band in a plot, as a mesh of two corners for each place.

use std::ops::RangeInclusive;
use std::sync::Arc;

use eframe::egui::{Color32, Mesh, Shape, Ui};
use egui_plot::{PlotBounds, PlotGeometry, PlotItem, PlotItemBase, PlotTransform};

use super::levels::{Levels, Placed};

/// The area between two lines.
pub struct CurveBand<'a> {
    base: PlotItemBase,
    band: &'a Levels<[f64; 3]>,
    color: Color32,
    /// Pixels from one place to the next.
    column: f32,
}

impl<'a> CurveBand<'a> {
    /// A band over places that are on the axes.
    pub fn new(name: &str, band: &'a Levels<[f64; 3]>, color: Color32, column: f32) -> Self {
        Self {
            base: PlotItemBase::new(format!("{name} band")),
            band,
            color,
            column,
        }
    }
}

impl PlotItem for CurveBand<'_> {
    fn shapes(&self, _ui: &Ui, transform: &PlotTransform, shapes: &mut Vec<Shape>) {
        let bounds = transform.bounds();
        let times = [bounds.min()[0], bounds.max()[0]];
        let most = (transform.frame().width() / self.column) as usize;
        let band = self.band.between(times, most);
        let placed = Placed::new(transform);
        let mut mesh = Mesh::default();
        mesh.reserve_vertices(2 * band.len());
        mesh.reserve_triangles(2 * band.len());
        for (place, [x, low, high]) in band.iter().enumerate() {
            for y in [low, high] {
                mesh.colored_vertex(placed.at(*x, *y), self.color);
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

    fn initialize(&mut self, _x_range: RangeInclusive<f64>) {}

    fn color(&self) -> Color32 {
        self.color
    }

    fn allow_hover(&self) -> bool {
        false
    }

    fn geometry(&self) -> PlotGeometry<'_> {
        PlotGeometry::None
    }

    fn bounds(&self) -> PlotBounds {
        self.band.bounds()
    }

    fn base(&self) -> &PlotItemBase {
        &self.base
    }

    fn base_mut(&mut self) -> &mut PlotItemBase {
        &mut self.base
    }
}
