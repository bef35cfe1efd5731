//! Held-out losses that fall while the weighted loss stays near the least that its weights allow.

use burn::tensor::Tensor;
use nalgebra::DMatrix;

use super::by_replica::by_replica;
use super::held_out::{LR, RATE, Shares};
use super::learned::{known, positive};
use super::needs::ON;
use super::solver::quadratic_above;
use super::{
    Balancing, Family, Look, Needs, Progress, Strategy, StrategyConfig, StrategyEntry,
    TaskGradients, Update,
};
use crate::error::Report;
use crate::spec::{Choice, Paper, ParamKind, ParamSpec, Spec};

/// The entry `forum`.
///
/// `f = Σ_t w_t·L_t` on the first half of the batch is to come within reach of its least value over the network,
/// `q = f(θ) − min f → 0`, while the losses of the second half fall. The least value is that after one plain step of rate `η`.
/// To the first order in `η` the step lowers each loss by
///
/// ```text
/// b_t = L_t(θ) − L_t(θ − η·Σ_s w_s·g_s) ≈ η·g_t·Σ_s w_s·g_s      ∂q/∂w = b      ∂q/∂θ = Σ_t w_t·g_t
/// ```
///
/// so the second half is judged where the network is and there is no trial. With `u_s` the unit gradients of the
/// second half and `π_s = φ − u_s·∂q/‖∂q‖²`
///
/// ```text
/// min ‖Σ_s λ_s·u_s + ν·∂q‖² − ν·φ·‖∂q‖²,  λ ∈ Δ, ν ≥ max(0, Σ_s λ_s·π_s)
/// ```
///
/// gives `λ`, of which a running mean is kept that moves by `(epoch + 1)^(−3/4)`. The network follows
/// `Σ_s λ_s·u_s + ν·Σ_t w_t·g_t`, both sums over the whole batch, and the weights follow `ν·∂q/∂α`. A task that has a
/// gradient in one half only takes no part.
#[derive(Debug)]
pub struct Forum;

static SPEC: Spec = Spec {
    id: "forum",
    label: "FORUM",
    summary: "Lowers all losses of held-out rows while the weighted loss stays near what a step could make of it",
    formula: "d = Σ_s λ_s·g_s/‖g_s‖ + ν·Σ_t w_t·g_t, ν = max(0, Σ_s λ_s·π_s), w = softmax(α), α ← Adam(ν·∂q/∂α)",
    paper: Some(Paper {
        citation: "F. Ye et al., A First-Order Multi-Gradient Algorithm for Multi-Objective Bi-Level Optimization, ECAI 2024",
        url: "https://arxiv.org/abs/2401.09257",
    }),
    params: &[
        ParamSpec {
            name: "phi",
            meaning: "How much of the gap to the least weighted loss each step is to close",
            kind: ParamKind::Number {
                default: 0.1,
                min: 0.0,
                max: 10.0,
            },
        },
        RATE,
        LR,
        ON,
    ],
};

impl StrategyEntry for Forum {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn family(&self) -> Family {
        Family::HeldOut
    }

    fn needs(&self, choice: &Choice) -> Needs {
        Look::Parts(2).on(choice, &SPEC)
    }

    fn build(&self, choice: &Choice, config: &StrategyConfig<'_>) -> Strategy {
        let shape = [config.seeds.len(), config.tasks.len()];
        Strategy::balancing(Running {
            shares: Shares::new(choice.number(&SPEC, "lr"), shape, config.device),
            usual: Tensor::zeros(shape, config.device),
            phi: choice.number(&SPEC, "phi"),
            rate: choice.number(&SPEC, "rate"),
            unsolved: vec![0; shape[0]],
        })
    }
}

#[derive(Debug)]
struct Running {
    shares: Shares,
    /// `[replica, task]`: the running mean of λ.
    usual: Tensor<2>,
    phi: f64,
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
        let [inner, outer] = gradients.in_parts()?;
        let lengths = outer.norms();
        let known = known(&inner.norms()) * known(&lengths);
        let lengths = positive(&lengths, &known);
        let weights = self.shares.weights() * known.clone();
        let weights = weights.clone() / weights.sum_dim(1).clamp_min(1e-30);
        let along = |products: Tensor<3>| {
            let weights = weights.clone().unsqueeze_dim::<3>(2);
            products.matmul(weights).squeeze_dim::<2>(2)
        };

        let to_sum = along(inner.gram());
        let gap = to_sum.clone() * self.rate;
        let mean_gap = (weights.clone() * gap.clone()).sum_dim(1);
        let by_logits = weights.clone() * (gap.clone() - mean_gap);
        let square = by_logits.square().sum_dim(1) + (weights.clone() * to_sum).sum_dim(1);
        let length = square.clamp_min(1e-30).sqrt();
        let cosines = along(outer.products_with(inner)) / lengths.clone() / length.clone();
        let bound = cosines.clone().neg() + length.clone() * self.phi;

        let sides = lengths.clone().unsqueeze_dim::<3>(1) * lengths.clone().unsqueeze_dim::<3>(2);
        let wanted = (length.clone() * self.phi).expand(known.dims());
        let columns = [&cosines, &bound, &wanted, &known, &self.usual];
        let columns = columns.map(|column| column.clone().unsqueeze_dim::<3>(2));
        let mut seen = vec![outer.gram() / sides];
        seen.extend(columns);
        let seen = Tensor::cat(seen, 2);
        let shares = by_replica(&seen, &mut self.unsolved, |unsolved, seen| {
            let found = held_out_shares(seen);
            *unsolved += u64::from(found.is_none());
            found.unwrap_or_else(|| seen.column(seen.ncols() - 1).iter().copied().collect())
        })?;

        let follow = f64::from(progress.epoch + 1).powf(-0.75);
        self.usual = self.usual.clone() * (1.0 - follow) + shares * follow;
        let nu = (self.usual.clone() * bound).sum_dim(1).clamp_min(0.0) / length;
        self.shares.step(gap * nu.clone(), &known, progress.step);
        Ok(Update::weighted(
            self.usual.clone() * known / lengths + weights * nu,
        ))
    }

    fn state(&mut self) -> Vec<&mut Tensor<2>> {
        let mut state = self.shares.state();
        state.push(&mut self.usual);
        state
    }

    fn unsolved(&self) -> &[u64] {
        &self.unsolved
    }
}

/// λ of one replica, 0 where a task takes no part; `None` if none was found.
///
/// # Shapes
/// - seen: `[task, task + 5]`: the cosines of the second half, then their cosines with `∂q`, the bounds `‖∂q‖·π`, `φ·‖∂q‖`,
///   1 for the tasks that take part, and what λ usually is
fn held_out_shares(seen: &DMatrix<f64>) -> Option<Vec<f64>> {
    let tasks = seen.nrows();
    let column = |place: usize| seen.column(tasks + place);
    let heard: Vec<usize> = (0..tasks).filter(|&task| column(3)[task] > 0.0).collect();
    let mut shares = vec![0.0; tasks];
    let Some(&first) = heard.first() else {
        return Some(shares);
    };
    if !seen.iter().all(|number| number.is_finite()) {
        return None;
    }
    // The last unknown is ν·‖∂q‖.
    let last = heard.len();
    let of_heard = |place: usize| column(place).select_rows(&heard);
    let mut products = DMatrix::identity(last + 1, last + 1);
    let cosines = seen.select_rows(&heard).select_columns(&heard);
    products.view_mut((0, 0), (last, last)).copy_from(&cosines);
    products
        .view_mut((0, last), (last, 1))
        .copy_from(&of_heard(0));
    products
        .view_mut((last, 0), (1, last))
        .copy_from(&of_heard(0).transpose());
    let found = quadratic_above(&products, -0.5 * column(2)[first], of_heard(1).as_slice())?;
    for (&task, &share) in heard.iter().zip(found.iter()) {
        shares[task] = share;
    }
    Some(shares)
}
