//! Adam.

use burn::tensor::Tensor;
use rayon::iter::{IndexedParallelIterator as _, ParallelIterator as _};
use rayon::slice::ParallelSliceMut as _;

use super::{Optimizer, OptimizerEntry, StepSize};
use crate::model::host;
use crate::spec::{Choice, Paper, ParamKind, ParamSpec, Spec};

/// The entry `adam`.
#[derive(Debug)]
pub struct Adam;

static SPEC: Spec = Spec {
    id: "adam",
    label: "Adam",
    summary: "Steps scaled by running means of the gradient and of its square",
    formula: "m ← β1·m + (1−β1)·g;  v ← β2·v + (1−β2)·g²;  x ← x − lr·m̂/(√v̂ + ε)",
    paper: Some(Paper {
        citation: "D. Kingma, J. Ba, Adam: A Method for Stochastic Optimization, ICLR 2015",
        url: "https://arxiv.org/abs/1412.6980",
    }),
    params: &[
        ParamSpec {
            name: "lr",
            meaning: "The learning rate",
            kind: ParamKind::Number {
                default: 1e-3,
                min: 1e-8,
                max: 10.0,
            },
        },
        ParamSpec {
            name: "beta1",
            meaning: "How much of the mean gradient is kept each step",
            kind: ParamKind::Number {
                default: 0.9,
                min: 0.0,
                max: 0.999_999,
            },
        },
        ParamSpec {
            name: "beta2",
            meaning: "How much of the mean squared gradient is kept each step",
            kind: ParamKind::Number {
                default: 0.999,
                min: 0.0,
                max: 0.999_999_9,
            },
        },
        ParamSpec {
            name: "eps",
            meaning: "Added to the root so that no step is divided by zero",
            kind: ParamKind::Number {
                default: 1e-8,
                min: 1e-16,
                max: 1.0,
            },
        },
    ],
};

impl OptimizerEntry for Adam {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn build(&self, choice: &Choice) -> Box<dyn Optimizer> {
        Box::new(AdamRule {
            beta1: choice.number(&SPEC, "beta1"),
            beta2: choice.number(&SPEC, "beta2"),
            eps: choice.number(&SPEC, "eps"),
        })
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

impl Optimizer for AdamRule {
    fn num_moments(&self) -> usize {
        2
    }

    fn step(
        &self,
        _parameters: &Tensor<2>,
        gradient: Tensor<2>,
        moments: &mut [Tensor<2>],
        at: StepSize,
    ) -> Tensor<2> {
        let [mean, square] = moments else {
            return gradient.zeros_like();
        };
        let steps = i32::try_from(at.step).unwrap_or(i32::MAX);
        let mean_bias = 1.0 - self.beta1.powi(steps);
        let square_bias = 1.0 - self.beta2.powi(steps);
        if host::is_host(&gradient.device()) {
            let mut change = gradient;
            host::in_one_pass([&mut change, mean, square], |numbers| {
                self.step_on_host(numbers, at.lr / mean_bias, 1.0 / square_bias.sqrt());
            });
            return change;
        }
        *mean = mean.clone() * self.beta1 + gradient.clone() * (1.0 - self.beta1);
        *square = square.clone() * self.beta2 + gradient.square() * (1.0 - self.beta2);
        let root = square.clone().sqrt() * (1.0 / square_bias.sqrt()) + self.eps;
        mean.clone() * (at.lr / mean_bias) / root
    }
}

/// Numbers that a core changes at a time.
const CHUNK: usize = 16_384;

impl AdamRule {
    /// The same formula number by number; the change takes the place of the gradient.
    fn step_on_host(
        &self,
        [change, mean, square]: [&mut [f32]; 3],
        lr_over_bias: f64,
        root_scale: f64,
    ) {
        let (beta1, beta2) = (self.beta1 as f32, self.beta2 as f32);
        let (rest1, rest2) = ((1.0 - self.beta1) as f32, (1.0 - self.beta2) as f32);
        let (lr, root_scale) = (lr_over_bias as f32, root_scale as f32);
        let eps = self.eps as f32;
        let each = change
            .par_chunks_mut(CHUNK)
            .zip(mean.par_chunks_mut(CHUNK))
            .zip(square.par_chunks_mut(CHUNK));
        each.for_each(|((change, mean), square)| {
            host::vectorized(|| {
                for ((change, mean), square) in change.iter_mut().zip(mean).zip(square) {
                    let gradient = *change;
                    *mean = *mean * beta1 + gradient * rest1;
                    *square = *square * beta2 + gradient * gradient * rest2;
                    *change = *mean * lr / (square.sqrt() * root_scale + eps);
                }
            });
        });
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, TensorData};

    use super::*;

    #[test]
    fn the_loop_on_the_host_is_the_formula_on_tensors() {
        let rule = AdamRule {
            beta1: 0.9,
            beta2: 0.999,
            eps: 1e-8,
        };
        let len = CHUNK + 3;
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
            let at = StepSize { lr: 0.01, step };
            let change = rule.step(
                &moments[0].clone(),
                tensor(gradient.clone()),
                &mut moments,
                at,
            );
            let change: Vec<f32> = change.into_data().try_to_vec().unwrap();
            let [mean_bias, square_bias] =
                [0.9_f64, 0.999].map(|beta| 1.0 - beta.powi(step as i32));
            for place in 0..len {
                let slope = f64::from(gradient[place]);
                mean[place] = 0.9 * mean[place] + 0.1 * slope;
                square[place] = 0.999 * square[place] + 0.001 * slope * slope;
                let root = (square[place] / square_bias).sqrt() + 1e-8;
                let expected = 0.01 * mean[place] / mean_bias / root;
                let found = f64::from(change[place]);
                assert!((found - expected).abs() < 1e-6, "{found} {expected}");
            }
        }
    }
}
