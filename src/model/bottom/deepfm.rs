//! The products of all pairs of embeddings beside hidden layers.

use burn::tensor::Tensor;

use super::beside::Beside;
use super::{Bottom, BottomConfig, BottomEntry, Fields, UNITS};
use crate::model::input::Input;
use crate::model::mlp::Builder;
use crate::model::pass::Pass;
use crate::spec::{Choice, Paper, Spec};

/// The entry `deepfm`.
#[derive(Debug)]
pub struct DeepFm;

static SPEC: Spec = Spec {
    id: "deepfm",
    label: "DeepFM",
    summary: "A factorization machine over the embeddings beside hidden layers, and a linear term in each task's output",
    formula: "h = [Σ_{f<g} e_f ⊙ e_g, MLP([e_1 … e_F, d])];  ŷ_t += Σ_f w_t[x_f] + w_tᵀ·d",
    paper: Some(Paper {
        citation: "H. Guo et al., DeepFM: A Factorization-Machine Based Neural Network for CTR Prediction, IJCAI 2017",
        url: "https://doi.org/10.24963/ijcai.2017/239",
    }),
    params: &[UNITS],
};

impl BottomEntry for DeepFm {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn is_wide(&self) -> bool {
        true
    }

    fn compares_fields(&self) -> bool {
        true
    }

    fn build(
        &self,
        choice: &Choice,
        config: &BottomConfig<'_>,
        builder: &mut Builder,
    ) -> Box<dyn Bottom> {
        let units = choice.widths(&SPEC, "units");
        let several = config.input.fields().filter(|fields| fields.number > 1);
        let pairs = several.map(|fields| Box::new(Pairs { fields }) as Box<dyn Bottom>);
        Box::new(Beside::new(pairs, &units, config, builder))
    }
}

/// `½·((Σ e_f)² − Σ e_f²)`, the sum over all pairs of fields, left a vector for the towers to weigh.
#[derive(Debug)]
struct Pairs {
    fields: Fields,
}

impl Bottom for Pairs {
    fn forward(&self, input: Input, _pass: &Pass) -> Tensor<3> {
        let input = input.whole();
        let embeddings = self.fields.of(&input);
        let square_of_sum = embeddings.clone().sum_dim(2).square();
        let sum_of_squares = embeddings.square().sum_dim(2);
        ((square_of_sum - sum_of_squares) * 0.5).squeeze_dim::<3>(2)
    }

    fn width(&self) -> usize {
        self.fields.dim
    }
}
