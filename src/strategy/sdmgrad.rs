//! The shortest mean of the gradients, held near their plain mean.

use burn::tensor::Tensor;
use nalgebra::{DMatrix, DVector};

use super::needs::ON;
use super::parts::{PartEntry, PartRule};
use super::solver::onto_simplex;
use crate::spec::{Paper, ParamKind, ParamSpec, Spec};

/// Of the descent within a step, as in the authors' code.
const LEARNING_RATE: f64 = 5.0;
const MOMENTUM: f64 = 0.5;

static SPEC: Spec = Spec {
    id: "sdmgrad",
    label: "SDMGrad",
    summary: "Looks for the shortest mean of the gradients near their plain mean, with a third of the batch to follow",
    formula: "w = argmin_{w ∈ Δ} ½·wᵀ·G·w + λ·wᵀ·G·1/T, G = J₁·J₂ᵀ;  d = J₃ᵀ·(w + λ·1/T)/(1 + λ)",
    paper: Some(Paper {
        citation: "P. Xiao, H. Ban, K. Ji, Direction-oriented Multi-objective Learning: Simple and Provable Stochastic \
                   Algorithms, NeurIPS 2023",
        url: "https://openreview.net/forum?id=4Ks8RPcXd9",
    }),
    params: &[
        ParamSpec {
            name: "lambda",
            meaning: "How close to the mean gradient the update stays; 0 is the shortest mean",
            kind: ParamKind::Number {
                default: 0.3,
                min: 0.0,
                max: 100.0,
            },
        },
        ParamSpec {
            name: "rounds",
            meaning: "The descents of the shares in each step",
            kind: ParamKind::Integer {
                default: 20,
                min: 1,
                max: 1000,
            },
        },
        ON,
    ],
};

/// The entry `sdmgrad`.
///
/// As in the authors' code the products are divided by the squared mean length of the gradients, and the shares
/// begin each step where the last one left them. Where the two parts agree on no task at all there is no such length; then the shares stay.
pub static SDMGRAD: PartEntry<Rule> = PartEntry {
    spec: &SPEC,
    rule: |choice| Rule {
        lambda: choice.number(&SPEC, "lambda"),
        rounds: choice.integer(&SPEC, "rounds"),
    },
};

/// Its rule.
#[derive(Debug)]
pub struct Rule {
    lambda: f64,
    rounds: i64,
}

impl PartRule for Rule {
    fn next(&self, products: &DMatrix<f64>, mut shares: DVector<f64>) -> DVector<f64> {
        let lengths = products.diagonal().map(|square| square.max(0.0).sqrt());
        let length = lengths.mean();
        if length <= 0.0 {
            return shares;
        }
        let products = products / (length * length + 1e-8);
        let to_mean = products.column_mean();
        let mut velocity = DVector::zeros(shares.len());
        for _ in 0..self.rounds {
            let slope = &products * &shares + &to_mean * self.lambda;
            velocity = velocity * MOMENTUM + slope;
            shares = onto_simplex(&(shares - &velocity * LEARNING_RATE));
        }
        shares
    }

    fn weights(&self, shares: Tensor<2>) -> Tensor<2> {
        let tasks = shares.dims()[1] as f64;
        (shares + self.lambda / tasks) / (1.0 + self.lambda)
    }
}
