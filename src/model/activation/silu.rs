//! Smooth, a little below zero for small negative inputs.

use burn::tensor::{Tensor, activation};

use super::Activation;
use crate::spec::Spec;

/// `SiLU`.
#[derive(Debug)]
pub struct Silu;

static SPEC: Spec = Spec {
    id: "silu",
    label: "SiLU",
    summary: "Smooth, a little below zero for small negative inputs",
    formula: "x·σ(x)",
    paper: None,
    params: &[],
};

impl Activation for Silu {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn forward(&self, input: Tensor<3>) -> Tensor<3> {
        activation::silu(input)
    }
}
