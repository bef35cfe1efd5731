//! Cross layers with a matrix each, whole or of low rank, beside hidden layers.

use burn::tensor::Tensor;

use super::beside::Beside;
use super::dcn::LAYERS;
use super::{Bottom, BottomConfig, BottomEntry, UNITS};
use crate::model::dense::Dense;
use crate::model::input::Input;
use crate::model::layout::{Init, Slot};
use crate::model::mlp::Builder;
use crate::model::pass::Pass;
use crate::spec::{Choice, Paper, ParamKind, ParamSpec, Spec};

/// The entry `dcn_v2`.
#[derive(Debug)]
pub struct DcnV2;

static SPEC: Spec = Spec {
    id: "dcn_v2",
    label: "DCN-V2",
    summary: "Cross layers that multiply each feature with a weighted sum of its own, beside hidden layers",
    formula: "x_{l+1} = x_0 ⊙ (W_l·x_l + b_l) + x_l, of low rank W_l = U_l·V_lᵀ;  h = [x_L, MLP(x_0)]",
    paper: Some(Paper {
        citation: "R. Wang et al., DCN V2: Improved Deep & Cross Network and Practical Lessons for Web-scale Learning to Rank Systems, WWW 2021",
        url: "https://doi.org/10.1145/3442381.3450078",
    }),
    params: &[
        LAYERS,
        ParamSpec {
            name: "rank",
            meaning: "The rank of each cross matrix; 0: the whole matrix",
            kind: ParamKind::Integer {
                default: 0,
                min: 0,
                max: 4096,
            },
        },
        UNITS,
    ],
};

impl BottomEntry for DcnV2 {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn build(
        &self,
        choice: &Choice,
        config: &BottomConfig<'_>,
        builder: &mut Builder,
    ) -> Box<dyn Bottom> {
        let width = config.input.width();
        let rank = choice.integer(&SPEC, "rank").max(0) as usize;
        let lanes = config.lanes;
        let layers = (0..choice.integer(&SPEC, "layers")).map(|layer| {
            let role = format!("{}.cross.{layer}", config.role);
            let layout = &mut builder.layout;
            if rank == 0 {
                return Layer {
                    narrow: None,
                    matrix: Dense::new(layout, &role, lanes, width, width),
                };
            }
            let init = Init::Uniform { fan_in: width };
            let narrow = layout.add(format!("{role}.v.weight"), lanes, [width, rank], init);
            Layer {
                narrow: Some(narrow),
                matrix: Dense::new(layout, &format!("{role}.u"), lanes, rank, width),
            }
        });
        let layers = layers.collect();
        let units = choice.widths(&SPEC, "units");
        let cross = Box::new(Cross { width, layers });
        Box::new(Beside::new(Some(cross), &units, config, builder))
    }
}

/// The cross layers in turn.
#[derive(Debug)]
struct Cross {
    width: usize,
    layers: Vec<Layer>,
}

#[derive(Debug)]
struct Layer {
    /// `V`, `[in, rank]`, if the matrix is of low rank.
    narrow: Option<Slot>,
    /// `W`, or `U` of low rank, with the bias.
    matrix: Dense,
}

impl Bottom for Cross {
    fn forward(&self, input: Input, pass: &Pass) -> Tensor<3> {
        let input = input.whole();
        self.layers.iter().fold(input.clone(), |x, layer| {
            let narrow = match layer.narrow {
                Some(slot) => x.clone().matmul(pass.parameter(slot)),
                None => x.clone(),
            };
            input.clone() * layer.matrix.forward(narrow, pass) + x
        })
    }

    fn width(&self) -> usize {
        self.width
    }
}
