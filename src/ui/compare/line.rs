//! A curve's line in a plot: solid or in pieces, at a cost that depends on its width in pixels.

use eframe::egui::epaint::{BandPoint, BandShape, PathShape, PathStroke};
use eframe::egui::{Color32, Pos2, Shape, Stroke};
use egui_plot::{PlotBounds, PlotPoint, PlotTransform};

use super::item::{Draw, Placed};
use super::levels::Levels;

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

/// A piece of a curve without gaps, over points that are placed on the axes.
pub struct CurveLine<'a> {
    /// The points.
    pub points: &'a Levels<PlotPoint>,
    /// The line's width.
    pub width: f32,
    /// How it is interrupted.
    pub pattern: Pattern,
    /// Pixels of a column, of which the least and the greatest point are drawn.
    pub column: f32,
}

impl CurveLine<'_> {
    /// Many points a pixel: the span of each column of pixels, interrupted along the horizontal axis.
    fn dense(&self, positions: &[Pos2], color: Color32, shapes: &mut Vec<Shape>) {
        let half = 0.5 * self.width;
        let mut piece: Vec<BandPoint> = Vec::new();
        let mut finish = |piece: &mut Vec<BandPoint>| {
            for column in piece.iter_mut() {
                column.y.min -= half;
                column.y.max += half;
            }
            if piece.len() > 1 {
                let band = BandShape::filled(std::mem::take(piece), color);
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
    fn sparse(&self, positions: Vec<Pos2>, color: Color32, shapes: &mut Vec<Shape>) {
        let width = self.width;
        match self.pattern {
            Pattern::Solid => {
                let stroke = PathStroke::new(width, color);
                shapes.push(PathShape::line(positions, stroke).into());
            }
            Pattern::Dotted(spacing) => {
                shapes.extend(Shape::dotted_line(&positions, color, spacing, width));
            }
            Pattern::Dashed(length) => {
                let dashes = Shape::dashed_line(
                    &positions,
                    Stroke::new(width, color),
                    length,
                    PAUSE * length,
                );
                shapes.extend(dashes);
            }
        }
    }
}

impl Draw for CurveLine<'_> {
    fn bounds(&self) -> PlotBounds {
        self.points.bounds()
    }

    fn draw(&self, transform: &PlotTransform, color: Color32, shapes: &mut Vec<Shape>) {
        let points = self.points.in_sight(transform, 0.5 * self.column);
        let placed = Placed::new(transform);
        let positions: Vec<Pos2> = points
            .iter()
            .map(|point| placed.at(point.x, point.y))
            .collect();
        match positions.as_slice() {
            [] => {}
            [alone] => shapes.push(Shape::circle_filled(*alone, 3.0, color)),
            [first, .., last] => {
                if positions.len() as f32 > (last.x - first.x) / self.column {
                    self.dense(&positions, color, shapes);
                } else {
                    self.sparse(positions, color, shapes);
                }
            }
        }
    }
}
