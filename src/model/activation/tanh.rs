//! Between −1 and 1.

use burn::tensor::{Tensor, activation};

use super::Activation;
use crate::spec::Spec;

/// Tanh.
#[derive(Debug)]
pub struct Tanh;

static SPEC: Spec = Spec {
    id: "tanh",
    label: "Tanh",
    summary: "Between −1 and 1",
    formula: "tanh x",
    paper: None,
    params: &[],
};

impl Activation for Tanh {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn forward(&self, input: Tensor<3>) -> Tensor<3> {
        activation::tanh(input)
    }
}
