//! The points of a variant's curve: its seeds brought together, smoothed, and made ready for drawing.

use std::cell::OnceCell;

use egui_plot::PlotPoint;

use super::levels::Levels;
use super::settings::{BandKind, Clock, Settings};
use super::smooth::smooth;
use crate::analysis::{Moments, t_quantile};
use crate::results::Sample;

/// What the seeds of a variant have in common, step by step; not smoothed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Merged {
    xs: Vec<f64>,
    means: Vec<f64>,
    /// Low and high about the mean; NaN where there is no number, empty without a band.
    bands: Vec<[f64; 2]>,
}

impl Merged {
    /// Seeds are brought together by their step: all runs of a variant take the same ones.
    pub fn new(series: &[&[Sample]], clock: Clock, band: BandKind) -> Self {
        let mut merged = Self::default();
        let has_band = series.len() > 1 && band != BandKind::None;
        let mut heads = vec![0; series.len()];
        let mut values = Vec::with_capacity(series.len());
        let mut quantiles = vec![None; series.len() + 1];
        let step_of = |samples: &[Sample], head: usize| Some(samples.get(head)?.at.step);
        while let Some(step) = series
            .iter()
            .zip(&heads)
            .filter_map(|(samples, &head)| step_of(samples, head))
            .min()
        {
            values.clear();
            let mut x = 0.0;
            for (samples, head) in series.iter().zip(&mut heads) {
                while let Some(sample) = samples.get(*head).filter(|it| it.at.step == step) {
                    x += clock.read(&sample.at);
                    values.push(sample.value);
                    *head += 1;
                }
            }
            merged.xs.push(x / values.len() as f64);
            let moments = Moments::of(&values);
            merged
                .means
                .push(moments.map_or(f64::NAN, |moments| moments.mean));
            if has_band {
                let band = moments.map_or([f64::NAN; 2], |moments| {
                    band_of(band, &values, &moments, &mut quantiles)
                });
                merged.bands.push(band);
            }
        }
        merged
    }
}

/// The band at one step; `quantiles` keeps those of Student's t by the number of values.
fn band_of(
    kind: BandKind,
    values: &[f64],
    moments: &Moments,
    quantiles: &mut [Option<f64>],
) -> [f64; 2] {
    let about = |half: f64| [moments.mean - half, moments.mean + half];
    let deviation = moments.deviation.unwrap_or(0.0);
    match kind {
        BandKind::Range => {
            let finite = || values.iter().copied().filter(|value| value.is_finite());
            [
                finite().fold(f64::INFINITY, f64::min),
                finite().fold(f64::NEG_INFINITY, f64::max),
            ]
        }
        BandKind::Interval if moments.count > 1 => {
            let known = quantiles.get_mut(moments.count);
            let quantile = known.map(|known| {
                *known.get_or_insert_with(|| t_quantile(0.975, moments.count - 1).unwrap_or(0.0))
            });
            about(quantile.unwrap_or(0.0) * deviation / (moments.count as f64).sqrt())
        }
        BandKind::Deviation => about(deviation),
        BandKind::Interval | BandKind::None => about(0.0),
    }
}

/// The points of a curve as they are shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Points {
    /// The smoothed mean over seeds.
    pub mean: Vec<[f64; 2]>,
    /// The mean as it is, if smoothing is on.
    pub raw: Vec<[f64; 2]>,
    /// The band: x, low, high.
    pub band: Vec<[f64; 3]>,
    /// Each seed, if there is no band.
    pub seeds: Vec<Vec<[f64; 2]>>,
    drawn: OnceCell<Drawn>,
}

impl Points {
    /// Smooths what the seeds have in common; each of them too, where they are drawn alone.
    pub fn new(merged: &Merged, series: &[&[Sample]], settings: &Settings) -> Self {
        let points = |values: &[f64]| {
            let pairs = merged.xs.iter().zip(values);
            pairs.map(|(x, y)| [*x, *y]).collect()
        };
        let smoothed = smooth(&merged.means, settings.smoothing);
        let shifts = smoothed.iter().zip(&merged.means).map(|(s, m)| s - m);
        let bands = merged.xs.iter().zip(&merged.bands).zip(shifts);
        let band = bands
            .map(|((x, [low, high]), shift)| [*x, low + shift, high + shift])
            .filter(|band| band.iter().all(|value| value.is_finite()));
        let each = |samples: &&[Sample]| {
            let values: Vec<f64> = samples.iter().map(|sample| sample.value).collect();
            let smoothed = smooth(&values, settings.smoothing);
            let xs = samples.iter().map(|sample| settings.x.read(&sample.at));
            xs.zip(smoothed).map(|(x, y)| [x, y]).collect()
        };
        let alone = settings.band == BandKind::None && series.len() > 1;
        Self {
            mean: points(&smoothed),
            raw: if settings.smoothing > 0.0 {
                points(&merged.means)
            } else {
                Vec::new()
            },
            band: band.collect(),
            seeds: if alone {
                series.iter().map(each).collect()
            } else {
                Vec::new()
            },
            drawn: OnceCell::new(),
        }
    }

    /// The point nearest to a time.
    pub fn at(&self, x: f64) -> Option<[f64; 2]> {
        let after = self.mean.partition_point(|point| point[0] < x);
        let near = [after.checked_sub(1), Some(after)];
        let near = near
            .into_iter()
            .flatten()
            .filter_map(|index| self.mean.get(index));
        near.copied()
            .filter(|point| point[1].is_finite())
            .min_by(|a, b| (a[0] - x).abs().total_cmp(&(b[0] - x).abs()))
    }

    /// The points as they are drawn; a chart keeps the kind of its vertical axis as long as it lives.
    pub fn drawn(&self, log: bool) -> &Drawn {
        self.drawn.get_or_init(|| Drawn::new(self, log))
    }
}

/// Everything that is drawn of a curve, placed on the vertical axis and from fine to coarse.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    /// The smoothed mean, in pieces between gaps.
    pub mean: Vec<Levels<PlotPoint>>,
    /// The mean as it is.
    pub raw: Vec<Levels<PlotPoint>>,
    /// Each seed, in pieces.
    pub seeds: Vec<Levels<PlotPoint>>,
    /// The band.
    pub band: Levels<[f64; 3]>,
    /// Whether a value has no place on the axis.
    pub skipped: bool,
}

impl Drawn {
    fn new(points: &Points, log: bool) -> Self {
        let place = |y: f64| if log { y.log10() } else { y };
        let pieces = |points: &[[f64; 2]]| -> Vec<Levels<PlotPoint>> {
            points
                .split(|point| !place(point[1]).is_finite())
                .filter(|piece| !piece.is_empty())
                .map(|piece| {
                    let placed = piece.iter().map(|[x, y]| PlotPoint::new(*x, place(*y)));
                    Levels::new(placed.collect())
                })
                .collect()
        };
        let band = points
            .band
            .iter()
            .map(|[x, low, high]| [*x, place(*low), place(*high)])
            .filter(|band| band.iter().all(|value| value.is_finite()));
        Self {
            mean: pieces(&points.mean),
            raw: pieces(&points.raw),
            seeds: points.seeds.iter().flat_map(|seed| pieces(seed)).collect(),
            band: Levels::new(band.collect()),
            skipped: log && points.mean.iter().any(|point| point[1] <= 0.0),
        }
    }
}
