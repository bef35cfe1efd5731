//! Cross layers with a vector each, beside hidden layers.

use burn::tensor::Tensor;

use super::beside::Beside;
use super::{Bottom, BottomConfig, BottomEntry, UNITS};
use crate::model::input::Input;
use crate::model::layout::{Init, Slot};
use crate::model::mlp::Builder;
use crate::model::pass::Pass;
use crate::spec::{Choice, Paper, ParamKind, ParamSpec, Spec};

/// The entry `dcn`.
#[derive(Debug)]
pub struct Dcn;

static SPEC: Spec = Spec {
    id: "dcn",
    label: "DCN",
    summary: "Cross layers that multiply all features with one weighted sum of them, beside hidden layers",
    formula: "x_{l+1} = x_0·(x_lᵀ·w_l) + b_l + x_l;  h = [x_L, MLP(x_0)]",
    paper: Some(Paper {
        citation: "R. Wang, B. Fu, G. Fu and M. Wang, Deep & Cross Network for Ad Click Predictions, ADKDD 2017",
        url: "https://doi.org/10.1145/3124749.3124754",
    }),
    params: &[LAYERS, UNITS],
};

/// The depth of a cross network.
pub(super) const LAYERS: ParamSpec = ParamSpec {
    name: "layers",
    meaning: "The number of cross layers",
    kind: ParamKind::Integer {
        default: 2,
        min: 1,
        max: 16,
    },
};

impl BottomEntry for Dcn {
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
        let layers = (0..choice.integer(&SPEC, "layers")).map(|layer| {
            let name = |part: &str| format!("{}.cross.{layer}.{part}", config.role);
            let weight = Init::Uniform { fan_in: width };
            let layout = &mut builder.layout;
            Layer {
                weight: layout.add(name("weight"), config.lanes, [width, 1], weight),
                bias: layout.add(name("bias"), config.lanes, [1, width], Init::Constant(0.0)),
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
    /// `[in, 1]`.
    weight: Slot,
    /// `[1, in]`.
    bias: Slot,
}

impl Bottom for Cross {
    fn forward(&self, input: Input, pass: &Pass) -> Tensor<3> {
        let input = input.whole();
        self.layers.iter().fold(input.clone(), |x, layer| {
            let sum = x.clone().matmul(pass.parameter(layer.weight));
            input.clone() * sum + pass.parameter(layer.bias) + x
        })
    }

    fn width(&self) -> usize {
        self.width
    }
}
