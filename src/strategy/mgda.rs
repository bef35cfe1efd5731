//! The point of the gradients' convex hull that is nearest to zero.

use nalgebra::DVector;

use super::Family;
use super::gram::{GramEntry, GramRule, Seen};
use super::needs::ON;
use super::solver::quadratic;
use crate::spec::{Paper, ParamKind, ParamSpec, Spec};

static SPEC: Spec = Spec {
    id: "mgda",
    label: "MGDA",
    summary: "The shortest mean of the gradients, along which no loss grows",
    formula: "w = argmin_{w ∈ Δ} ‖Σ_t w_t·g_t‖²",
    paper: Some(Paper {
        citation: "O. Sener, V. Koltun, Multi-Task Learning as Multi-Objective Optimization, NeurIPS 2018",
        url: "https://arxiv.org/abs/1810.04650",
    }),
    params: &[
        ParamSpec {
            name: "normalize",
            meaning: "What each gradient is divided by first: nothing, its length (l2), its loss, or both (loss+)",
            kind: ParamKind::Choice {
                default: "none",
                options: &["none", "l2", "loss", "loss+"],
            },
        },
        ON,
    ],
};

/// The entry `mgda`.
///
/// The smallest gradient has the largest weight, so a task that is nearly learned can hold the others up; gradients may
/// be brought to comparable lengths first. The mean is then one of the divided gradients, which still harms no task.
pub static MGDA: GramEntry<Rule> = GramEntry {
    spec: &SPEC,
    family: Family::Directions,
    rule: |choice, _| {
        let by = choice.word(&SPEC, "normalize");
        Rule {
            by_length: by == "l2" || by == "loss+",
            by_loss: by == "loss" || by == "loss+",
        }
    },
};

/// Its rule.
#[derive(Clone, Debug)]
pub struct Rule {
    by_length: bool,
    by_loss: bool,
}

impl GramRule for Rule {
    fn solve(&mut self, seen: &Seen<'_>) -> Option<DVector<f64>> {
        let tasks = seen.gram.nrows();
        let factor = |task: usize| {
            let length = if self.by_length {
                seen.gram[(task, task)].max(0.0).sqrt()
            } else {
                1.0
            };
            let loss = if self.by_loss { seen.losses[task] } else { 1.0 };
            (length * loss).max(1e-12).recip()
        };
        let factors = DVector::from_fn(tasks, |task, _| factor(task));
        let divided = seen.gram.component_mul(&(&factors * factors.transpose()));
        let mean = quadratic(&(&divided / divided.trace()), &vec![0.0; tasks], true)?;
        Some(mean.component_mul(&factors))
    }
}
