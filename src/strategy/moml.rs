//! Weights that are a compromise of what the tasks would have after a trial step.

use burn::tensor::Tensor;
use nalgebra::{DMatrix, DVector};

use super::by_replica::by_replica;
use super::held_out::{LR, RATE, Shares};
use super::learned::known;
use super::needs::ON;
use super::solver::quadratic;
use super::{
    Balancing, Family, Look, Needs, Progress, Strategy, StrategyConfig, StrategyEntry,
    TaskGradients, Update,
};
use crate::error::Report;
use crate::spec::{Choice, Paper, Spec};

/// The shortest mean of slopes of length 1 that is not taken for rounding, which Adam would follow as far as any other.
const LEAST: f64 = 1e-4;

/// The entry `moml`.
///
/// As in the authors' code the slopes enter the shortest mean with one length.
#[derive(Debug)]
pub struct Moml;

static SPEC: Spec = Spec {
    id: "moml",
    label: "MOML",
    summary: "Learns the weights on held-out rows as Auto-λ does, along a direction that harms no task there",
    formula: "w = softmax(α), α ← Adam(shortest mean of a_s/‖a_s‖), a_s = ∂/∂α L_s(θ − η·Σ_t w_t·g_t)",
    paper: Some(Paper {
        citation: "F. Ye et al., Multi-Objective Meta Learning, NeurIPS 2021",
        url: "https://proceedings.neurips.cc/paper/2021/hash/b23975176653284f1f7356ba5539cfcb-Abstract.html",
    }),
    params: &[RATE, LR, ON],
};

impl StrategyEntry for Moml {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn family(&self) -> Family {
        Family::HeldOut
    }

    fn needs(&self, choice: &Choice) -> Needs {
        Look::Trial.on(choice, &SPEC)
    }

    fn build(&self, choice: &Choice, config: &StrategyConfig<'_>) -> Strategy {
        let shape = [config.seeds.len(), config.tasks.len()];
        Strategy::balancing(Running {
            shares: Shares::new(choice.number(&SPEC, "lr"), shape, config.device),
            rate: choice.number(&SPEC, "rate"),
            unsolved: vec![0; shape[0]],
        })
    }
}

#[derive(Debug)]
struct Running {
    shares: Shares,
    rate: f64,
    unsolved: Vec<u64>,
}

impl Balancing for Running {
    fn balance(
        &mut self,
        gradients: &TaskGradients,
        _losses: &Tensor<2>,
        progress: Progress,
    ) -> Result<Update, Report> {
        let [tried, judge] = gradients.in_parts()?;
        let known = known(&tried.norms());
        let weights = self.shares.weights() * known.clone();
        let weights = weights.unsqueeze_dim::<3>(2);
        let seen = Tensor::cat(vec![judge.products_with(tried), weights], 2);
        let rate = self.rate;
        let slope = by_replica(&seen, &mut self.unsolved, |unsolved, own| {
            let tasks = own.nrows();
            let (products, weights) = (own.columns(0, tasks), own.column(tasks));
            let slope = compromise(&(products * -rate), &weights.into_owned());
            *unsolved += u64::from(slope.is_none());
            slope.map_or_else(|| vec![0.0; tasks], |slope| slope.as_slice().to_vec())
        })?;
        self.shares.step(slope, &known, progress.step);
        Ok(Update::weighted(self.shares.weights()))
    }

    fn trial(&self) -> Option<Tensor<2>> {
        Some(self.shares.weights() * self.rate)
    }

    fn state(&mut self) -> Vec<&mut Tensor<2>> {
        self.shares.state()
    }

    fn unsolved(&self) -> &[u64] {
        &self.unsolved
    }
}

/// The slope by the weights whose slope by the logits is the shortest mean; `None` if none was found.
///
/// # Shapes
/// - slopes: `[judging task, weight]`
/// - weights: `[weight]`, 0 where a task takes no part
fn compromise(slopes: &DMatrix<f64>, weights: &DVector<f64>) -> Option<DVector<f64>> {
    if !slopes.iter().all(|slope| slope.is_finite()) {
        return None;
    }
    // ∂w/∂α of a softmax.
    let own = weights / weights.sum().max(1e-30);
    let turn = DMatrix::from_diagonal(weights) - weights * own.transpose();
    let by_logits = slopes * turn;
    let judging: Vec<usize> = (0..slopes.nrows())
        .filter(|&task| by_logits.row(task).norm() > 1e-30)
        .collect();
    if judging.is_empty() {
        return Some(DVector::zeros(weights.len()));
    }
    let mut units = by_logits.select_rows(&judging);
    let mut slopes = slopes.select_rows(&judging);
    for row in 0..judging.len() {
        let length = units.row(row).norm();
        units.row_mut(row).unscale_mut(length);
        slopes.row_mut(row).unscale_mut(length);
    }
    let least = vec![0.0; judging.len()];
    let mean = quadratic(&(&units * units.transpose()), &least, true)?;
    let harms_none = units.tr_mul(&mean).norm() > LEAST;
    Some(slopes.tr_mul(&mean) * f64::from(harms_none))
}
