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
    /// Of each seed, how many points are taken in and the last of them.
    taken: Vec<(usize, Option<Sample>)>,
}

impl Merged {
    /// Takes in new points, or all of them anew if what was taken in before has changed.
    ///
    /// Seeds are brought together by their step: all runs of a variant take the same ones.
    pub fn update(&mut self, series: &[&[Sample]], clock: Clock, band: BandKind) {
        if !self.goes_on(series) {
            *self = Self {
                taken: vec![(0, None); series.len()],
                ..Self::default()
            };
        }
        let has_band = series.len() > 1 && band != BandKind::None;
        let mut values = Vec::with_capacity(series.len());
        let mut quantiles = vec![None; series.len() + 1];
        while let Some(step) = self.next_step(series) {
            values.clear();
            let mut x = 0.0;
            for (samples, (head, last)) in series.iter().zip(&mut self.taken) {
                while let Some(sample) = samples.get(*head).filter(|it| it.at.step == step) {
                    x += clock.read(&sample.at);
                    values.push(sample.value);
                    *head += 1;
                    *last = Some(*sample);
                }
            }
            self.xs.push(x / values.len() as f64);
            let moments = Moments::of(&values);
            let mean = moments.map_or(f64::NAN, |moments| moments.mean);
            self.means.push(mean);
            if has_band {
                let band = moments.map_or([f64::NAN; 2], |moments| {
                    band_of(band, &values, &moments, &mut quantiles)
                });
                self.bands.push(band);
            }
        }
    }

    /// The least step of a point that is not taken in.
    fn next_step(&self, series: &[&[Sample]]) -> Option<u64> {
        let heads = series.iter().zip(&self.taken);
        heads
            .filter_map(|(samples, (head, _))| Some(samples.get(*head)?.at.step))
            .min()
    }

    /// Whether all new points come after those that are taken in, and these are as they were.
    fn goes_on(&self, series: &[&[Sample]]) -> bool {
        let steps = self
            .taken
            .iter()
            .filter_map(|(_, last)| Some((*last)?.at.step));
        let is_same = |(samples, (head, last)): (&&[Sample], &(usize, Option<Sample>))| {
            let before = head.checked_sub(1).and_then(|at| samples.get(at));
            samples.len() >= *head && same(before, last.as_ref())
        };
        self.taken.len() == series.len()
            && series.iter().zip(&self.taken).all(is_same)
            && steps.max() < self.next_step(series).or(Some(u64::MAX))
    }
}

/// Whether two points are one, an undefined value being equal to itself.
fn same(a: Option<&Sample>, b: Option<&Sample>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.at == b.at && a.value.to_bits() == b.value.to_bits(),
        (None, None) => true,
        _ => false,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::At;

    fn sample(step: u64, value: f64) -> Sample {
        let at = At {
            step,
            epoch: step as f64 / 10.0,
            ..At::default()
        };
        Sample { at, value }
    }

    fn merged(series: &[&[Sample]]) -> Merged {
        let mut merged = Merged::default();
        merged.update(series, Clock::Epoch, BandKind::Interval);
        merged
    }

    #[test]
    fn growing_point_by_point_is_the_same_as_all_at_once() {
        let noise = |seed: u64, step: u64| ((seed * 31 + step * 17) % 13) as f64;
        let all: Vec<Vec<Sample>> = (0..3)
            .map(|seed| {
                (1..40)
                    .map(|step| sample(step, noise(seed, step)))
                    .collect()
            })
            .collect();
        let whole: Vec<&[Sample]> = all.iter().map(Vec::as_slice).collect();
        let expected = merged(&whole);
        // Together, one after another, and by turns of three.
        let orders: [Vec<[usize; 3]>; 3] = [
            (1..40).map(|len| [len; 3]).collect(),
            (0..118)
                .map(|len: usize| {
                    [
                        len.min(39),
                        len.saturating_sub(39).min(39),
                        len.saturating_sub(78),
                    ]
                })
                .collect(),
            (1..40).map(|len| [len, len / 3 * 3, len]).collect(),
        ];
        for order in orders {
            let mut grown = Merged::default();
            for lens in order {
                let series: Vec<&[Sample]> = all
                    .iter()
                    .zip(lens)
                    .map(|(samples, len)| &samples[..len])
                    .collect();
                grown.update(&series, Clock::Epoch, BandKind::Interval);
                assert_eq!(grown, merged(&series), "{lens:?}");
            }
            assert_eq!(grown, expected);
        }
    }

    #[test]
    fn what_a_resumed_run_repeats_replaces_what_was_there() {
        let before = [sample(1, 0.5), sample(2, 0.6), sample(3, 0.7)];
        let after = [
            sample(1, 0.5),
            sample(2, 0.1),
            sample(3, 0.2),
            sample(4, 0.3),
        ];
        let mut grown = merged(&[&before]);
        grown.update(&[&after], Clock::Epoch, BandKind::Interval);
        assert_eq!(grown, merged(&[&after]));
    }
}
