//! A curve's line in a plot: solid or in pieces, at a cost that depends on its width in pixels.

use std::ops::RangeInclusive;

use eframe::egui::epaint::{BandPoint, BandShape, PathShape, PathStroke};
use eframe::egui::{Color32, Pos2, Shape, Stroke, Ui};
use egui_plot::{PlotBounds, PlotGeometry, PlotItem, PlotItemBase, PlotPoint, PlotTransform};

use super::levels::{Levels, Placed};

/// The pause between two dashes, as a share of their length.
const PAUSE: f32 = 0.6;

/// How a line is interrupted, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pattern {
    /// Not at all.
    Solid,
    /// Dots so far apart.
    Dotted(f32),
    /// Dashes of this length.
    Dashed(f32),
}

/// A piece of a curve without gaps.
pub struct CurveLine<'a> {
    base: PlotItemBase,
    points: &'a Levels<PlotPoint>,
    stroke: Stroke,
    pattern: Pattern,
    /// Pixels of a column, of which the least and the greatest point are drawn.
    column: f32,
}

impl<'a> CurveLine<'a> {
    /// A line over points that are placed on the axes.
    pub fn new(
        name: &str,
        points: &'a Levels<PlotPoint>,
        stroke: Stroke,
        pattern: Pattern,
        column: f32,
    ) -> Self {
        Self {
            base: PlotItemBase::new(name.to_owned()),
            points,
            stroke,
            pattern,
            column,
        }
    }

    /// Many points a pixel: the span of each column of pixels, interrupted along the horizontal axis.
    fn dense(&self, positions: &[Pos2], shapes: &mut Vec<Shape>) {
        let half = 0.5 * self.stroke.width;
        let mut piece: Vec<BandPoint> = Vec::new();
        let mut finish = |piece: &mut Vec<BandPoint>| {
            for column in piece.iter_mut() {
                column.y.min -= half;
                column.y.max += half;
            }
            if piece.len() > 1 {
                let band = BandShape::filled(std::mem::take(piece), self.stroke.color);
                shapes.push(band.into());
            }
            piece.clear();
        };
        for &position in positions {
            match piece.last_mut() {
                Some(column) if position.x - column.x < self.column => {
                    column.y.min = column.y.min.min(position.y);
                    column.y.max = column.y.max.max(position.y);
                }
                Some(column) => {
                    // Neighbors touch, so that a steep line has no holes.
                    let low = position.y.min(column.y.max);
                    let high = position.y.max(column.y.min);
                    let next = BandPoint::new(position.x, low..=high);
                    if self.is_pause(position.x) {
                        finish(&mut piece);
                    } else {
                        piece.push(next);
                    }
                }
                None if self.is_pause(position.x) => {}
                None => piece.push(BandPoint::new(position.x, position.y..=position.y)),
            }
        }
        finish(&mut piece);
    }

    fn is_pause(&self, x: f32) -> bool {
        let (on, off) = match self.pattern {
            Pattern::Solid => return false,
            Pattern::Dotted(spacing) => (spacing * 0.5, spacing * 0.5),
            Pattern::Dashed(length) => (length, PAUSE * length),
        };
        x.rem_euclid(on + off) > on
    }

    /// Few points: interrupted along the line.
    fn sparse(&self, positions: Vec<Pos2>, shapes: &mut Vec<Shape>) {
        let (color, width) = (self.stroke.color, self.stroke.width);
        match self.pattern {
            Pattern::Solid => {
                let stroke = PathStroke::new(width, color);
                shapes.push(PathShape::line(positions, stroke).into());
            }
            Pattern::Dotted(spacing) => {
                shapes.extend(Shape::dotted_line(&positions, color, spacing, width));
            }
            Pattern::Dashed(length) => {
                let dashes = Shape::dashed_line(&positions, self.stroke, length, PAUSE * length);
                shapes.extend(dashes);
            }
        }
    }
}

impl PlotItem for CurveLine<'_> {
    fn shapes(&self, _ui: &Ui, transform: &PlotTransform, shapes: &mut Vec<Shape>) {
        let bounds = transform.bounds();
        let width = transform.frame().width();
        let times = [bounds.min()[0], bounds.max()[0]];
        let most = (2.0 * width / self.column) as usize;
        let points = self.points.between(times, most);
        let placed = Placed::new(transform);
        let positions: Vec<Pos2> = points
            .iter()
            .map(|point| placed.at(point.x, point.y))
            .collect();
        match positions.as_slice() {
            [] => {}
            [alone] => shapes.push(Shape::circle_filled(*alone, 3.0, self.stroke.color)),
            [first, .., last] => {
                if positions.len() as f32 > (last.x - first.x) / self.column {
                    self.dense(&positions, shapes);
                } else {
                    self.sparse(positions, shapes);
                }
            }
        }
    }

    fn initialize(&mut self, _x_range: RangeInclusive<f64>) {}

    fn color(&self) -> Color32 {
        self.stroke.color
    }

    fn allow_hover(&self) -> bool {
        false
    }

    fn geometry(&self) -> PlotGeometry<'_> {
        PlotGeometry::None
    }

    fn bounds(&self) -> PlotBounds {
        self.points.bounds()
    }

    fn base(&self) -> &PlotItemBase {
        &self.base
    }

    fn base_mut(&mut self) -> &mut PlotItemBase {
        &mut self.base
    }
}
