//! Between 0 and 1.

use burn::tensor::{Tensor, activation};

use super::Activation;
use crate::spec::Spec;

/// Sigmoid.
#[derive(Debug)]
pub struct Sigmoid;

static SPEC: Spec = Spec {
    id: "sigmoid",
    label: "Sigmoid",
    summary: "Between 0 and 1",
    formula: "σ(x) = 1 / (1 + e^−x)",
    paper: None,
    params: &[],
};

impl Activation for Sigmoid {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn forward(&self, input: Tensor<3>) -> Tensor<3> {
        activation::sigmoid(input)
    }
}
