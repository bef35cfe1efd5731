//! A curve from fine to coarse, so that drawing it costs what its picture has pixels, not what it has points.

use std::ops::Range;

use egui_plot::{PlotBounds, PlotPoint, PlotTransform};

/// Points that become fewer: a level has half as many as the one before.
#[derive(Clone, Debug, PartialEq)]
pub struct Levels<P> {
    levels: Vec<Vec<P>>,
    bounds: PlotBounds,
}

/// Something with a place in time, of which several can be drawn as few.
pub trait Coarsen: Sized {
    /// The place on the horizontal axis.
    fn x(&self) -> f64;

    /// The least and the greatest place on the vertical axis.
    fn ys(&self) -> [f64; 2];

    /// Adds half as many points that cover the same area.
    fn coarsen(points: &[Self], coarse: &mut Vec<Self>);
}

/// As many points fit into any chart.
const COARSEST: usize = 64;
/// Points that become half as many at once.
const BUCKET: usize = 4;

impl<P: Coarsen> Levels<P> {
    /// All levels of points in order of time.
    pub fn new(points: Vec<P>) -> Self {
        let mut bounds = PlotBounds::NOTHING;
        for point in &points {
            bounds.extend_with_x(point.x());
            for y in point.ys() {
                bounds.extend_with_y(y);
            }
        }
        let mut levels = vec![points];
        while let Some(finest) = levels.last().filter(|level| level.len() > COARSEST) {
            let mut coarse = Vec::with_capacity(finest.len() / 2 + 2);
            for bucket in finest.chunks(BUCKET) {
                P::coarsen(bucket, &mut coarse);
            }
            levels.push(coarse);
        }
        Self { levels, bounds }
    }

    /// The points in sight, about one for so many pixels.
    pub fn in_sight(&self, transform: &PlotTransform, pixels: f32) -> &[P] {
        let bounds = transform.bounds();
        let times = [bounds.min()[0], bounds.max()[0]];
        self.between(times, (transform.frame().width() / pixels) as usize)
    }

    /// The finest points of which about so many lie in a range of time, with a neighbor on each side of it.
    fn between(&self, [from, to]: [f64; 2], most: usize) -> &[P] {
        let Some(coarsest) = self.levels.last() else {
            return &[];
        };
        // What is looked up in the finer levels has to be fetched from far away in memory, so only one of them is looked at.
        let [first, last] = [self.bounds.min()[0], self.bounds.max()[0]];
        let share = if from <= first && last <= to {
            1.0
        } else {
            inside(coarsest, from, to).len() as f64 / coarsest.len().max(1) as f64
        };
        let fits = |level: &&Vec<P>| share * level.len() as f64 <= (most + 2) as f64;
        let level = self.levels.iter().find(fits).unwrap_or(coarsest);
        if share >= 1.0 {
            level
        } else {
            &level[inside(level, from, to)]
        }
    }

    /// The area that the points cover.
    pub fn bounds(&self) -> PlotBounds {
        self.bounds
    }
}

/// The points of a range of time, with a neighbor on each side.
fn inside<P: Coarsen>(level: &[P], from: f64, to: f64) -> Range<usize> {
    let start = level.partition_point(|point| point.x() < from);
    let end = level.partition_point(|point| point.x() <= to);
    start.saturating_sub(1)..(end + 1).min(level.len())
}

impl Coarsen for PlotPoint {
    fn x(&self) -> f64 {
        self.x
    }

    fn ys(&self) -> [f64; 2] {
        [self.y; 2]
    }

    /// The least and the greatest, in order of time.
    fn coarsen(points: &[Self], coarse: &mut Vec<Self>) {
        let by_value = |a: &(usize, &Self), b: &(usize, &Self)| a.1.y.total_cmp(&b.1.y);
        let numbered = || points.iter().enumerate();
        let ends = [numbered().min_by(by_value), numbered().max_by(by_value)];
        let [Some(low), Some(high)] = ends else {
            return;
        };
        let (first, second) = if low.0 <= high.0 {
            (low, high)
        } else {
            (high, low)
        };
        coarse.push(*first.1);
        if second.0 != first.0 {
            coarse.push(*second.1);
        }
    }
}

/// A band at one time: x, low, high.
impl Coarsen for [f64; 3] {
    fn x(&self) -> f64 {
        self[0]
    }

    fn ys(&self) -> [f64; 2] {
        [self[1], self[2]]
    }

    fn coarsen(points: &[Self], coarse: &mut Vec<Self>) {
        for pair in points.chunks(2) {
            let low = pair.iter().map(|band| band[1]);
            let high = pair.iter().map(|band| band[2]);
            if let Some(first) = pair.first() {
                coarse.push([
                    first[0],
                    low.fold(f64::INFINITY, f64::min),
                    high.fold(f64::NEG_INFINITY, f64::max),
                ]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spiky(len: u32) -> Levels<PlotPoint> {
        let mut points: Vec<PlotPoint> = (0..len)
            .map(|x| PlotPoint::new(f64::from(x), f64::from(x % 7)))
            .collect();
        points[7777].y = 50.0;
        points[2222].y = -50.0;
        Levels::new(points)
    }

    #[test]
    fn every_spike_is_on_every_level() {
        let levels = spiky(10_000);
        for most in [10, 100, 1000, 5000] {
            let shown = levels.between([0.0, 1e9], most);
            assert!(shown.len() <= most.max(COARSEST) + 4, "{}", shown.len());
            assert!(shown.len() * 3 > most, "{} of {most}", shown.len());
            assert!(shown.is_sorted_by(|a, b| a.x < b.x));
            for spike in [[7777.0, 50.0], [2222.0, -50.0]] {
                let found = shown.iter().any(|point| [point.x, point.y] == spike);
                assert!(found, "{spike:?} among {most}");
            }
        }
        let bounds = levels.bounds();
        assert_eq!(bounds.min(), [0.0, -50.0]);
        assert_eq!(bounds.max(), [9999.0, 50.0]);
    }

    #[test]
    fn a_part_in_sight_has_its_own_points_and_a_neighbor_on_each_side() {
        let shown: Vec<f64> = spiky(10_000)
            .between([100.5, 105.0], 600)
            .iter()
            .map(|point| point.x)
            .collect();
        assert_eq!(shown, [100.0, 101.0, 102.0, 103.0, 104.0, 105.0, 106.0]);
        assert!(
            Levels::<PlotPoint>::new(Vec::new())
                .between([0.0, 1.0], 9)
                .is_empty()
        );
    }

    #[test]
    fn a_coarse_band_covers_the_fine_one() {
        let fine: Vec<[f64; 3]> = (0..1000)
            .map(|x| [f64::from(x), -f64::from(x % 5), f64::from(x % 11)])
            .collect();
        let levels = Levels::new(fine);
        let coarse = levels.between([0.0, 1e9], 100);
        assert!(coarse.len() <= 102);
        // The last may cover fewer than eleven points.
        let whole = coarse[..coarse.len() - 1]
            .iter()
            .all(|[_, low, high]| *low == -4.0 && *high == 10.0);
        assert!(whole);
    }
}
