//! Gradient vaccine: gradients are turned towards the angles they usually have.

use nalgebra::{DMatrix, DVector};

use super::Family;
use super::gram::{GramEntry, GramRule, Seen};
use super::needs::ON;
use super::surgery::{in_order, others};
use crate::spec::{Paper, ParamKind, ParamSpec, Spec};

static SPEC: Spec = Spec {
    id: "gradvac",
    label: "GradVac",
    summary: "Turns gradients towards each other until their angle is at least its running mean",
    formula: "g_t ← g_t + ‖g_t‖·(ρ√(1−φ²) − φ√(1−ρ²)) / (‖g_s‖·√(1−ρ²))·g_s where φ < ρ;  ρ ← (1−β)·ρ + β·φ",
    paper: Some(Paper {
        citation: "Z. Wang et al., Gradient Vaccine: Investigating and Improving Multi-task Optimization in Massively Multilingual Models, ICLR 2021",
        url: "https://arxiv.org/abs/2010.05874",
    }),
    params: &[
        ParamSpec {
            name: "beta",
            meaning: "How fast the running angles follow",
            kind: ParamKind::Number {
                default: 0.5,
                min: 0.0,
                max: 1.0,
            },
        },
        ON,
    ],
};

/// The entry `gradvac`.
///
/// One angle for each pair over all that is shared. With ρ = 0 for ever it would be `pcgrad`.
pub static GRADVAC: GramEntry<Rule> = GramEntry {
    spec: &SPEC,
    family: Family::Surgery,
    rule: |choice, config| Rule {
        beta: choice.number(&SPEC, "beta"),
        usual: DMatrix::zeros(config.tasks.len(), config.tasks.len()),
    },
};

/// Its rule.
#[derive(Clone, Debug)]
pub struct Rule {
    beta: f64,
    /// `[task, task]`: the running cosine ρ of each pair.
    usual: DMatrix<f64>,
}

impl GramRule for Rule {
    fn solve(&mut self, seen: &Seen<'_>) -> Option<DVector<f64>> {
        let order = in_order(seen);
        Some(self.turn(seen, |task| others(&order, task)))
    }

    fn state(&self) -> Vec<f32> {
        self.usual.iter().map(|&cosine| cosine as f32).collect()
    }

    fn restore(&mut self, state: &[f32]) {
        for (own, kept) in self.usual.iter_mut().zip(state) {
            *own = f64::from(*kept);
        }
    }
}

impl Rule {
    fn turn(&mut self, seen: &Seen<'_>, others: impl Fn(usize) -> Vec<usize>) -> DVector<f64> {
        let gram = seen.gram;
        let tasks = gram.nrows();
        let mut sum = DVector::zeros(tasks);
        for task in 0..tasks {
            let mut own = DVector::zeros(tasks);
            own[task] = 1.0;
            for other in others(task) {
                let norm = own.dot(&(gram * &own)).max(0.0).sqrt();
                let other_norm = gram[(other, other)].max(0.0).sqrt();
                if norm <= 0.0 || other_norm <= 0.0 {
                    continue;
                }
                let cosine = (gram.row(other).tr_dot(&own) / (norm * other_norm)).clamp(-1.0, 1.0);
                let pair = (seen.tasks[task], seen.tasks[other]);
                let usual = self.usual[pair];
                if cosine < usual {
                    let (sine, usual_sine) =
                        ((1.0 - cosine * cosine).sqrt(), (1.0 - usual * usual).sqrt());
                    own[other] += norm * (usual * sine - cosine * usual_sine)
                        / (other_norm * usual_sine + 1e-8);
                }
                self.usual[pair] = (1.0 - self.beta) * usual + self.beta * cosine;
            }
            sum += own;
        }
        sum
    }
}
