//! What the parts of a curve have in common as items of a plot: no hover, and a picture that is made from what is in sight.

use std::ops::RangeInclusive;

use eframe::egui::{Color32, Pos2, Shape, Ui, pos2};
use egui_plot::{PlotBounds, PlotGeometry, PlotItem, PlotItemBase, PlotPoint, PlotTransform};

/// A part of a curve that can be drawn.
pub trait Draw {
    /// The area that it covers.
    fn bounds(&self) -> PlotBounds;

    /// Adds its shapes.
    fn draw(&self, transform: &PlotTransform, color: Color32, shapes: &mut Vec<Shape>);
}

/// A part of a curve in a plot.
pub struct CurveItem<D> {
    base: PlotItemBase,
    color: Color32,
    part: D,
}

impl<D: Draw> CurveItem<D> {
    /// A part in a color.
    pub fn new(name: &str, color: Color32, part: D) -> Self {
        Self {
            base: PlotItemBase::new(name.to_owned()),
            color,
            part,
        }
    }
}

impl<D: Draw> PlotItem for CurveItem<D> {
    fn shapes(&self, _ui: &Ui, transform: &PlotTransform, shapes: &mut Vec<Shape>) {
        self.part.draw(transform, self.color, shapes);
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
        self.part.bounds()
    }

    fn base(&self) -> &PlotItemBase {
        &self.base
    }

    fn base_mut(&mut self) -> &mut PlotItemBase {
        &mut self.base
    }
}

/// Where a point lies on the screen: the plot's own way from values to positions, in two products.
#[derive(Clone, Copy, Debug)]
pub struct Placed {
    scale: [f64; 2],
    origin: [f64; 2],
}

impl Placed {
    /// As the plot places its points.
    pub fn new(transform: &PlotTransform) -> Self {
        let [x, y] = transform.bounds().min();
        let corner = transform.position_from_point(&PlotPoint::new(x, y));
        let scale = [transform.dpos_dvalue_x(), transform.dpos_dvalue_y()];
        let origin = [
            f64::from(corner.x) - x * scale[0],
            f64::from(corner.y) - y * scale[1],
        ];
        Self { scale, origin }
    }

    /// The position of a point.
    pub fn at(&self, x: f64, y: f64) -> Pos2 {
        let along = |axis: usize, value: f64| (self.origin[axis] + self.scale[axis] * value) as f32;
        pos2(along(0, x), along(1, y))
    }
}
