//! Shares that follow an unbiased slope of the shortest mean, one step a batch.

use nalgebra::{DMatrix, DVector};

use super::needs::ON;
use super::parts::{PartEntry, PartRule};
use super::solver::onto_simplex;
use crate::spec::{Paper, ParamKind, ParamSpec, Spec};

static SPEC: Spec = Spec {
    id: "modo",
    label: "MoDo",
    summary: "Approaches the shortest mean of the gradients, with two parts of the batch to weigh and a third to follow",
    formula: "λ ← Π_Δ(λ − γ·(J₁·J₂ᵀ·λ + ρ·λ)), d = J₃ᵀ·λ, with the rows of J_i the gradients of part i",
    paper: Some(Paper {
        citation: "L. Chen et al., Three-Way Trade-Off in Multi-Objective Learning: Optimization, Generalization and \
                   Conflict-Avoidance, NeurIPS 2023",
        url: "https://openreview.net/forum?id=yPkbdJxQ0o",
    }),
    params: &[
        ParamSpec {
            name: "gamma",
            meaning: "How fast the shares follow",
            kind: ParamKind::Number {
                default: 0.001,
                min: 0.0,
                max: 100.0,
            },
        },
        ParamSpec {
            name: "rho",
            meaning: "How strongly the shares are pulled together",
            kind: ParamKind::Number {
                default: 0.1,
                min: 0.0,
                max: 100.0,
            },
        },
        ON,
    ],
};

/// The entry `modo`.
pub static MODO: PartEntry<Rule> = PartEntry {
    spec: &SPEC,
    rule: |choice| Rule {
        gamma: choice.number(&SPEC, "gamma"),
        rho: choice.number(&SPEC, "rho"),
    },
};

/// Its rule.
#[derive(Debug)]
pub struct Rule {
    gamma: f64,
    rho: f64,
}

impl PartRule for Rule {
    fn next(&self, products: &DMatrix<f64>, shares: DVector<f64>) -> DVector<f64> {
        let slope = products * &shares + &shares * self.rho;
        onto_simplex(&(shares - slope * self.gamma))
    }
}
