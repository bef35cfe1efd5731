//! Embeddings and dense features side by side, through hidden layers.

use burn::tensor::Tensor;

use super::{Bottom, BottomConfig, BottomEntry, UNITS};
use crate::model::input::Input;
use crate::model::mlp::{Builder, Mlp};
use crate::model::pass::Pass;
use crate::spec::{Choice, Spec};

/// The entry `mlp`.
#[derive(Debug)]
pub struct MlpBottom;

static SPEC: Spec = Spec {
    id: "mlp",
    label: "MLP",
    summary: "Embeddings and dense features side by side, through hidden layers",
    formula: "h = MLP([e_1 … e_F, d])",
    paper: None,
    params: &[UNITS],
};

impl BottomEntry for MlpBottom {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn build(
        &self,
        choice: &Choice,
        config: &BottomConfig<'_>,
        builder: &mut Builder,
    ) -> Box<dyn Bottom> {
        let units = choice.widths(&SPEC, "units");
        let BottomConfig {
            role,
            lanes,
            input,
            hidden,
        } = *config;
        Box::new(Mlp::new(
            builder,
            role,
            lanes,
            input.width(),
            &units,
            hidden,
        ))
    }
}

impl Bottom for Mlp {
    fn forward(&self, input: Input, pass: &Pass) -> Tensor<3> {
        Self::forward(self, input, pass)
    }

    fn forward_alike(&self, input: Input, lanes: usize, pass: &Pass) -> Tensor<3> {
        let reads_at_once = self.num_layers() > 0;
        let lanes = if reads_at_once { 1 } else { lanes };
        Self::forward(self, input.spread(lanes), pass)
    }

    fn width(&self) -> usize {
        Self::width(self)
    }
}
