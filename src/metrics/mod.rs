//! How good a task's predictions are: one metric a file, on plain slices, exact under ties.
//!
//! A metric that the rows do not define (AUC of one class, R² of a constant label, no rows at all) is `None`, never a made-up number.
//! Rows whose label is missing must be left out by the caller; a prediction that is not finite makes every metric undefined.

mod auc;
mod calibration;
mod conditional_auc;
mod gauc;
mod log_loss;
mod mae;
mod pr_auc;
mod r2;
mod ranking;
mod rmse;
mod xauc;

use std::cell::OnceCell;

use rayon::slice::ParallelSliceMut as _;

use crate::data::TaskKind;
use crate::spec::Spec;

/// Whether more is better.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Direction {
    /// Such as AUC.
    HigherIsBetter,
    /// Such as log loss.
    LowerIsBetter,
    /// Such as calibration, best at 1.
    ClosestToOne,
}

/// What a metric looks at: one entry per labeled row. What several metrics need of it is made once.
#[derive(Debug)]
pub struct Scored<'a> {
    truth: &'a [f32],
    predicted: &'a [f32],
    groups: Option<&'a [u32]>,
    before: Option<Before<'a>>,
    is_sound: OnceCell<bool>,
    ranked: OnceCell<Vec<u64>>,
}

/// A label that comes before another, on the same rows.
#[derive(Clone, Copy, Debug)]
pub struct Before<'a> {
    /// Its labels: 0 or 1, NaN where missing.
    pub truth: &'a [f32],
    /// Its predictions.
    pub predicted: &'a [f32],
}

/// One metric of the registry.
pub trait Metric: Sync {
    /// Its name, summary, formula and paper.
    fn spec(&self) -> &'static Spec;
    /// Which tasks it can judge.
    fn applies_to(&self, kind: TaskKind) -> bool;
    /// Whether more is better.
    fn direction(&self) -> Direction;
    /// The score, or `None` where it is undefined.
    fn score(&self, scored: &Scored<'_>) -> Option<f64>;
}

impl Direction {
    /// Whether `a` beats `b`; undefined values beat nothing.
    pub fn is_better(self, a: f64, b: f64) -> bool {
        self.quality(a) > self.quality(b)
    }

    /// How good a value is; higher is better whatever the metric.
    pub fn quality(self, value: f64) -> f64 {
        match self {
            Self::HigherIsBetter => value,
            Self::LowerIsBetter => -value,
            Self::ClosestToOne => -(value - 1.0).abs(),
        }
    }
}

impl<'a> Scored<'a> {
    /// Labels, 0 or 1 where they are binary and else on their own scale, with their predictions: probabilities, or on the
    /// label's scale.
    pub fn new(truth: &'a [f32], predicted: &'a [f32]) -> Self {
        Self {
            truth,
            predicted,
            groups: None,
            before: None,
            is_sound: OnceCell::new(),
            ranked: OnceCell::new(),
        }
    }

    /// With the group of each row, if a column is marked as group.
    #[must_use]
    pub fn in_groups(self, groups: Option<&'a [u32]>) -> Self {
        Self { groups, ..self }
    }

    /// With the label that comes before this one, if a column says so.
    #[must_use]
    pub fn after(self, before: Option<Before<'a>>) -> Self {
        Self { before, ..self }
    }

    /// Whether there is something to judge: rows, equal lengths, finite numbers.
    fn is_sound(&self) -> bool {
        *self.is_sound.get_or_init(|| {
            let finite = |values: &[f32]| values.iter().all(|value| value.is_finite());
            !self.truth.is_empty()
                && self.truth.len() == self.predicted.len()
                && self
                    .groups
                    .is_none_or(|groups| groups.len() == self.truth.len())
                && self.before.is_none_or(|before| {
                    before.truth.len() == self.truth.len()
                        && before.predicted.len() == self.truth.len()
                        && finite(before.predicted)
                })
                && finite(self.truth)
                && finite(self.predicted)
        })
    }

    /// Labels and predictions row by row.
    fn rows(&self) -> impl Iterator<Item = (f64, f64)> {
        self.truth
            .iter()
            .zip(self.predicted)
            .map(|(&y, &p)| (f64::from(y), f64::from(p)))
    }

    /// The rows as [`ranking`] has them, from the lowest score to the highest.
    fn ranked(&self) -> &[u64] {
        self.ranked.get_or_init(|| {
            let rows = self.truth.iter().zip(self.predicted);
            let mut keys: Vec<u64> = rows
                .map(|(&truth, &score)| ranking::key(score, truth))
                .collect();
            keys.par_sort_unstable();
            keys
        })
    }
}

/// All metrics in the order of the tables.
pub static METRICS: &[&dyn Metric] = &[
    &auc::Auc,
    &gauc::Gauc,
    &conditional_auc::ConditionalAuc,
    &pr_auc::PrAuc,
    &log_loss::LogLoss,
    &rmse::Rmse,
    &mae::Mae,
    &r2::R2,
    &xauc::Xauc,
    &calibration::Calibration,
];

/// The metric of this id.
pub fn metric(id: &str) -> Option<&'static dyn Metric> {
    METRICS
        .iter()
        .copied()
        .find(|metric| metric.spec().id == id)
}

/// The metrics that can judge a kind of task.
pub fn metrics_for(kind: TaskKind) -> impl Iterator<Item = &'static dyn Metric> {
    METRICS
        .iter()
        .copied()
        .filter(move |metric| metric.applies_to(kind))
}

/// The metric that is shown first and chooses the epoch.
pub fn primary(kind: TaskKind) -> &'static dyn Metric {
    match kind {
        TaskKind::Binary => &auc::Auc,
        TaskKind::Regression => &rmse::Rmse,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(id: &str, truth: &[f32], predicted: &[f32], groups: Option<&[u32]>) -> Option<f64> {
        let scored = Scored::new(truth, predicted).in_groups(groups);
        metric(id).unwrap().score(&scored)
    }

    const Y: [f32; 10] = [0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0];
    const P: [f32; 10] = [0.1, 0.4, 0.35, 0.8, 0.4, 0.4, 0.2, 0.9, 0.1, 0.7];
    const GROUPS: [u32; 10] = [1, 1, 1, 2, 2, 2, 2, 3, 3, 3];

    // import numpy as np
    // from sklearn.metrics import *
    // y = np.array([0,0,1,1,0,1,0,1,1,0]); p = np.array([.1,.4,.35,.8,.4,.4,.2,.9,.1,.7], dtype=np.float32)
    // print(roc_auc_score(y, p), log_loss(y, p.astype(float)), average_precision_score(y, p), p.sum(dtype=float)/y.sum())
    // g = np.array([1,1,1,2,2,2,2,3,3,3])
    // print(np.average([roc_auc_score(y[g==k], p[g==k]) for k in (1,2,3)], weights=[3,4,3]))
    // t = np.array([3.,-.5,2.,7.,4.2]); q = np.array([2.5,0.,2.1,7.8,4.2], dtype=np.float32)
    // print(mean_squared_error(t, q)**.5, mean_absolute_error(t, q), r2_score(t, q), q.sum(dtype=float)/t.sum())
    // from scipy.stats import somersd
    // u = np.array([2.5,2.6,2.1,4.2,4.2]); print([(somersd(t, s).statistic + 1) / 2 for s in (q, u)])
    #[test]
    fn scores_are_those_of_scikit_learn() {
        let t = [3.0, -0.5, 2.0, 7.0, 4.2];
        let q = [2.5, 0.0, 2.1, 7.8, 4.2];
        let u = [2.5, 2.6, 2.1, 4.2, 4.2];
        let found = [
            ("auc", score("auc", &Y, &P, None), 0.62),
            (
                "log_loss",
                score("log_loss", &Y, &P, None),
                0.715_133_011_949_899_8,
            ),
            (
                "pr_auc",
                score("pr_auc", &Y, &P, None),
                0.714_285_714_285_714_2,
            ),
            (
                "calibration",
                score("calibration", &Y, &P, None),
                0.869_999_998_807_907_1,
            ),
            ("gauc", score("gauc", &Y, &P, Some(&GROUPS)), 0.65),
            ("rmse", score("rmse", &t, &q, None), 0.479_583_211_987_737_7),
            ("mae", score("mae", &t, &q, None), 0.380_000_057_220_459_04),
            ("r2", score("r2", &t, &q, None), 0.962_408_463_451_147_1),
            ("xauc", score("xauc", &t, &q, None), 1.0),
            ("xauc", score("xauc", &t, &u, None), 0.75),
        ];
        for (id, found, expected) in found {
            let found = found.unwrap();
            // The labels are single precision here and double there.
            assert!((found - expected).abs() < 1e-6, "{id}: {found} {expected}");
        }
    }

    // import numpy as np
    // from sklearn.metrics import *
    // state = 7
    // def draw():
    //     global state
    //     state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
    //     return state >> 33
    // rows = ([d % 5 == 0, d // 5 % 16, d // 80 % 40] for d in (draw() for _ in range(2000)))
    // truth, level, group = np.array(list(rows)).T
    // p = np.minimum(level + 2 * truth, 15) / 16
    // print(roc_auc_score(truth, p), average_precision_score(truth, p))
    // print(log_loss(truth, np.clip(p, 1e-7, 1 - 1e-7)), p.sum() / truth.sum())
    // groups = [group == g for g in range(40)]
    // mixed = [g for g in groups if 0 < truth[g].sum() < g.sum()]
    // print(np.average([roc_auc_score(truth[g], p[g]) for g in mixed], weights=[g.sum() for g in mixed]))
    // t = level * 3.5 - 20; q = t + (group - 20) / 4
    // print(mean_squared_error(t, q)**.5, mean_absolute_error(t, q), r2_score(t, q), q.sum() / t.sum())
    // from scipy.stats import somersd; print((somersd(t, q).statistic + 1) / 2)
    #[test]
    fn many_rows_with_heavy_ties_score_as_in_scikit_learn() {
        let mut state = 7_u64;
        let rows: Vec<[u32; 3]> = (0..2000)
            .map(|_| {
                state = state
                    .wrapping_mul(6364136223846793005)
                    .wrapping_add(1442695040888963407);
                let drawn = (state >> 33) as u32;
                [
                    u32::from(drawn.is_multiple_of(5)),
                    drawn / 5 % 16,
                    drawn / 80 % 40,
                ]
            })
            .collect();
        // Sixteenths and quarters are exact in single precision.
        let of = |value: fn(&[u32; 3]) -> f32| rows.iter().map(value).collect::<Vec<f32>>();
        let truth = of(|row| row[0] as f32);
        let predicted = of(|row| (row[1] + 2 * row[0]).min(15) as f32 / 16.0);
        let groups: Vec<u32> = rows.iter().map(|row| row[2]).collect();
        let seconds = of(|row| row[1] as f32 * 3.5 - 20.0);
        let guessed = of(|row| row[1] as f32 * 3.5 - 20.0 + (row[2] as f32 - 20.0) / 4.0);
        let found = [
            (
                "auc",
                score("auc", &truth, &predicted, None),
                0.637_215_215_257_159_3,
            ),
            (
                "pr_auc",
                score("pr_auc", &truth, &predicted, None),
                0.328_731_932_241_813_5,
            ),
            (
                "log_loss",
                score("log_loss", &truth, &predicted, None),
                0.789_747_922_356_701_5,
            ),
            (
                "calibration",
                score("calibration", &truth, &predicted, None),
                2.299_970_518_867_924_7,
            ),
            (
                "gauc",
                score("gauc", &truth, &predicted, Some(&groups)),
                0.637_226_169_634_028_7,
            ),
            (
                "rmse",
                score("rmse", &seconds, &guessed, None),
                2.893_948_427_322_09,
            ),
            ("mae", score("mae", &seconds, &guessed, None), 2.505),
            (
                "r2",
                score("r2", &seconds, &guessed, None),
                0.967_230_065_251_619,
            ),
            (
                "xauc",
                score("xauc", &seconds, &guessed, None),
                0.968_426_894_047_526_9,
            ),
            (
                "calibration",
                score("calibration", &seconds, &guessed, None),
                0.987_196_596_880_473_8,
            ),
        ];
        for (id, found, expected) in found {
            let found = found.unwrap_or(f64::NAN);
            assert!((found - expected).abs() < 1e-12, "{id}: {found} {expected}");
        }
    }

    // from math import log; print((-log(1e-7) - log(1 - 1e-7)) / 2)
    #[test]
    fn a_sure_and_wrong_prediction_costs_no_more_than_the_clip() {
        let found = score("log_loss", &[1.0, 0.0], &[0.0, 0.0], None).unwrap();
        assert!((found - 8.059_047_875_479_163).abs() < 1e-12, "{found}");
        let sure = score("log_loss", &[1.0, 0.0], &[1.0, 0.0], None).unwrap();
        assert!(sure > 0.0 && sure < 1.1e-7, "{sure}");
    }

    #[test]
    fn each_direction_knows_which_is_better() {
        assert!(Direction::HigherIsBetter.is_better(0.7, 0.6));
        assert!(Direction::LowerIsBetter.is_better(0.6, 0.7));
        assert!(Direction::ClosestToOne.is_better(1.1, 0.8));
        assert!(!Direction::ClosestToOne.is_better(0.8, 1.1));
        assert!(!Direction::HigherIsBetter.is_better(f64::NAN, 0.1));
    }

    #[test]
    fn what_the_rows_do_not_define_is_undefined() {
        assert_eq!(score("auc", &[1.0, 1.0], &[0.2, 0.3], None), None);
        assert_eq!(score("pr_auc", &[0.0, 0.0], &[0.2, 0.3], None), None);
        assert_eq!(score("gauc", &Y, &P, None), None);
        assert_eq!(score("gauc", &[1.0, 0.0], &[0.2, 0.3], Some(&[1, 2])), None);
        assert_eq!(score("r2", &[2.0, 2.0], &[1.0, 3.0], None), None);
        assert_eq!(score("calibration", &[0.0, 0.0], &[0.2, 0.3], None), None);
        for metric in METRICS {
            let id = metric.spec().id;
            assert_eq!(score(id, &[], &[], Some(&[])), None, "{id}");
            assert_eq!(
                score(id, &[1.0, 0.0], &[f32::NAN, 0.5], Some(&[1, 1])),
                None,
                "{id}"
            );
            assert_eq!(score(id, &[1.0, 0.0], &[0.5], None), None, "{id}");
        }
    }

    #[test]
    fn groups_of_one_class_are_left_out() {
        let truth = [1.0, 0.0, 1.0, 1.0];
        let predicted = [0.9, 0.1, 0.3, 0.2];
        assert_eq!(
            score("gauc", &truth, &predicted, Some(&[1, 1, 2, 2])),
            Some(1.0)
        );
    }

    #[test]
    fn ties_count_half_whatever_their_order() {
        let predicted = [0.5; 6];
        assert_eq!(
            score("auc", &[1.0, 0.0, 0.0, 1.0, 0.0, 1.0], &predicted, None),
            Some(0.5)
        );
        assert_eq!(
            score("auc", &[1.0, 1.0, 1.0, 0.0, 0.0, 0.0], &predicted, None),
            Some(0.5)
        );
        let negative_zero = score("auc", &[1.0, 0.0], &[0.0, -0.0], None);
        assert_eq!(negative_zero, Some(0.5));
    }

    // import numpy as np; from sklearn.metrics import roc_auc_score
    // y = np.array([0,0,1,1,0,1,0,0]); p = np.array([.1,.4,.35,.8,.4,.4,.2,.3]); x = np.array([1,1,1,1,1,1,0,0]); q = np.array([.5,.9,.6,.9,.5,.4,.7,.9])
    // print(roc_auc_score(y[x == 1], (p / q)[x == 1]), roc_auc_score(y[x == 1], p[x == 1]))
    #[test]
    fn a_label_after_another_is_ranked_among_its_rows() {
        let (y, p) = (
            [0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0],
            [0.1, 0.4, 0.35, 0.8, 0.4, 0.4, 0.2, 0.3],
        );
        let q = [0.5, 0.9, 0.6, 0.9, 0.5, 0.4, 0.7, 0.9];
        let score = |before: [f32; 8]| {
            let before = Before {
                truth: &before,
                predicted: &q,
            };
            let scored = Scored::new(&y, &p).after(Some(before));
            metric("conditional_auc").unwrap().score(&scored).unwrap()
        };
        let x = [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0];
        assert!((score(x) - 0.888_888_888_888_889).abs() < 1e-9);
        // Known only where the one before is yes, a label was learned there.
        let x = [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, f32::NAN, f32::NAN];
        assert!((score(x) - 0.666_666_666_666_666_7).abs() < 1e-9);
        assert_eq!(self::score("conditional_auc", &Y, &P, None), None);
    }
}
