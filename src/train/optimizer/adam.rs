//! Adam.

use super::{ByRule, Optimizer, OptimizerEntry, Rule, StepSize};
use crate::model::formula::{Formula, Real};
use crate::spec::{Choice, Paper, ParamKind, ParamSpec, Spec};

/// The entry `adam`.
#[derive(Debug)]
pub struct Adam;

/// The learning rate.
pub(super) const LR: ParamSpec = number("lr", "The learning rate", 1e-3, [1e-8, 10.0]);
/// How much of the mean gradient is kept.
pub(super) const BETA1: ParamSpec = number(
    "beta1",
    "How much of the mean gradient is kept each step",
    0.9,
    [0.0, 0.999_999],
);
/// How much of the mean squared gradient is kept.
pub(super) const BETA2: ParamSpec = number(
    "beta2",
    "How much of the mean squared gradient is kept each step",
    0.999,
    [0.0, 0.999_999_9],
);
/// Added to the root.
pub(super) const EPS: ParamSpec = number(
    "eps",
    "Added to the root so that no step is divided by zero",
    1e-8,
    [1e-16, 1.0],
);

const fn number(
    name: &'static str,
    meaning: &'static str,
    default: f64,
    [min, max]: [f64; 2],
) -> ParamSpec {
    ParamSpec {
        name,
        meaning,
        kind: ParamKind::Number { default, min, max },
    }
}

static SPEC: Spec = Spec {
    id: "adam",
    label: "Adam",
    summary: "Steps scaled by running means of the gradient and of its square",
    formula: "m ← β1·m + (1−β1)·g;  v ← β2·v + (1−β2)·g²;  x ← x − lr·m̂/(√v̂ + ε)",
    paper: Some(Paper {
        citation: "D. Kingma, J. Ba, Adam: A Method for Stochastic Optimization, ICLR 2015",
        url: "https://arxiv.org/abs/1412.6980",
    }),
    params: &[LR, BETA1, BETA2, EPS],
};

impl OptimizerEntry for Adam {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn build(&self, choice: &Choice) -> Box<dyn Optimizer> {
        Box::new(ByRule(AdamRule::new(&SPEC, choice)))
    }
}

/// The update of Adam; `AdamW` adds its decay to it.
#[derive(Clone, Copy, Debug)]
pub struct AdamRule {
    /// How much of the mean gradient is kept.
    pub beta1: f64,
    /// How much of the mean squared gradient is kept.
    pub beta2: f64,
    /// Added to the root.
    pub eps: f64,
}

impl AdamRule {
    /// The rule of an entry that has [`BETA1`], [`BETA2`] and [`EPS`] among its parameters.
    pub(super) fn new(spec: &'static Spec, choice: &Choice) -> Self {
        let number = |param: &ParamSpec| choice.number(spec, param.name);
        Self {
            beta1: number(&BETA1),
            beta2: number(&BETA2),
            eps: number(&EPS),
        }
    }
}

impl Rule<2> for AdamRule {
    #[expect(refining_impl_trait, reason = "`AdamW` adds to this very formula")]
    fn at(&self, size: StepSize) -> AdamStep {
        let steps = i32::try_from(size.step).unwrap_or(i32::MAX);
        AdamStep {
            rule: *self,
            lr_over_bias: size.lr / (1.0 - self.beta1.powi(steps)),
            root_scale: 1.0 / (1.0 - self.beta2.powi(steps)).sqrt(),
        }
    }
}

/// A step of Adam, with the bias of both means.
#[derive(Clone, Copy, Debug)]
pub struct AdamStep {
    rule: AdamRule,
    lr_over_bias: f64,
    root_scale: f64,
}

impl Formula<2> for AdamStep {
    #[inline(always)]
    fn change<R: Real>(&self, _number: &R, gradient: R, [mean, square]: &mut [R; 2]) -> R {
        let AdamRule { beta1, beta2, eps } = self.rule;
        *mean = mean.clone() * beta1 + gradient.clone() * (1.0 - beta1);
        *square = square.clone() * beta2 + gradient.square() * (1.0 - beta2);
        let root = square.clone().sqrt() * self.root_scale + eps;
        mean.clone() * self.lr_over_bias / root
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Tensor, TensorData};

    use super::*;
    use crate::train::optimizer::Stepped;

    #[test]
    fn long_rows_on_the_host_follow_the_formula() {
        let rule = ByRule(AdamRule {
            beta1: 0.9,
            beta2: 0.999,
            eps: 1e-8,
        });
        let len = 16_384 + 3;
        let row = |scale: f32| -> Vec<f32> {
            (0..len)
                .map(|place| scale * ((place * 37 % 101) as f32 - 50.0))
                .collect()
        };
        let tensor = |values: Vec<f32>| {
            Tensor::<2>::from_data(TensorData::new(values, [1, len]), &Device::flex())
        };
        let mut moments = [tensor(row(0.0)), tensor(row(0.0))];
        let (mut mean, mut square) = (vec![0.0_f64; len], vec![0.0_f64; len]);
        for step in 1..4_u64 {
            let gradient = row(0.01 * step as f32);
            // From 0, so that what is left is the change.
            let mut numbers = tensor(row(0.0));
            let stepped = Stepped {
                numbers: &mut numbers,
                moments: &mut moments,
                gradient: tensor(gradient.clone()),
                rows: None,
                frozen: None,
            };
            rule.step(stepped, StepSize { lr: 0.01, step });
            let found: Vec<f32> = numbers.into_data().try_to_vec().unwrap();
            let [mean_bias, square_bias] =
                [0.9_f64, 0.999].map(|beta| 1.0 - beta.powi(step as i32));
            for place in 0..len {
                let slope = f64::from(gradient[place]);
                mean[place] = 0.9 * mean[place] + 0.1 * slope;
                square[place] = 0.999 * square[place] + 0.001 * slope * slope;
                let root = (square[place] / square_bias).sqrt() + 1e-8;
                let expected = 0.01 * mean[place] / mean_bias / root;
                let found = -f64::from(found[place]);
                assert!((found - expected).abs() < 1e-6, "{found} {expected}");
            }
        }
    }
}
