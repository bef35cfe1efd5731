//! Self-attention between the embeddings beside hidden layers.

use burn::tensor::{Tensor, activation};

use super::beside::Beside;
use super::{Bottom, BottomConfig, BottomEntry, Fields, UNITS};
use crate::model::input::Input;
use crate::model::layout::{Init, Slot};
use crate::model::mlp::Builder;
use crate::model::pass::Pass;
use crate::spec::{Choice, Paper, ParamKind, ParamSpec, Spec};

/// The entry `autoint`.
#[derive(Debug)]
pub struct AutoInt;

static SPEC: Spec = Spec {
    id: "autoint",
    label: "AutoInt",
    summary: "Self-attention between the embeddings beside hidden layers",
    formula: "e'_f = relu([Σ_g softmax_g((Q_h·e_f)ᵀ·(K_h·e_g))·V_h·e_g]_h + R·e_f);  h = [e'_1 … e'_F, MLP([e_1 … e_F, d])]",
    paper: Some(Paper {
        citation: "W. Song et al., AutoInt: Automatic Feature Interaction Learning via Self-Attentive Neural Networks, CIKM 2019",
        url: "https://doi.org/10.1145/3357384.3357925",
    }),
    params: &[
        ParamSpec {
            name: "layers",
            meaning: "The number of attention layers",
            kind: ParamKind::Integer {
                default: 3,
                min: 1,
                max: 16,
            },
        },
        ParamSpec {
            name: "heads",
            meaning: "The heads of each layer, which divide the embedding's width among them",
            kind: ParamKind::Integer {
                default: 2,
                min: 1,
                max: 64,
            },
        },
        ParamSpec {
            name: "residual",
            meaning: "Whether a linear map of a layer's input is added to its output",
            kind: ParamKind::Flag { default: true },
        },
        ParamSpec {
            name: "scaled",
            meaning: "Whether the products are divided by the square root of a head's width; the paper does not",
            kind: ParamKind::Flag { default: false },
        },
        UNITS,
    ],
};

impl BottomEntry for AutoInt {
    fn spec(&self) -> &'static Spec {
        &SPEC
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
        let attention = config.input.fields().map(|fields| {
            let attention = Attention::new(choice, fields, config, builder);
            Box::new(attention) as Box<dyn Bottom>
        });
        let units = choice.widths(&SPEC, "units");
        Box::new(Beside::new(attention, &units, config, builder))
    }
}

/// The attention layers in turn, the fields side by side at the end.
#[derive(Debug)]
struct Attention {
    fields: Fields,
    layers: Vec<Layer>,
    heads: usize,
    /// The width of a head.
    head: usize,
    is_scaled: bool,
}

/// Maps from a field to all heads side by side, `[in, head · width]`.
#[derive(Debug)]
struct Layer {
    query: Slot,
    key: Slot,
    value: Slot,
    residual: Option<Slot>,
}

impl Attention {
    fn new(
        choice: &Choice,
        fields: Fields,
        config: &BottomConfig<'_>,
        builder: &mut Builder,
    ) -> Self {
        let is_set = |name| choice.flag(&SPEC, name);
        let heads = choice.integer(&SPEC, "heads").max(1) as usize;
        let head = fields.dim.div_ceil(heads);
        let mut inputs = fields.dim;
        let mut layers = Vec::new();
        for layer in 0..choice.integer(&SPEC, "layers") {
            let mut add = |part: &str| {
                let role = format!("{}.attention.{layer}.{part}.weight", config.role);
                let init = Init::Uniform { fan_in: inputs };
                let size = [inputs, heads * head];
                builder.layout.add(role, config.lanes, size, init)
            };
            layers.push(Layer {
                query: add("query"),
                key: add("key"),
                value: add("value"),
                residual: is_set("residual").then(|| add("residual")),
            });
            inputs = heads * head;
        }
        Self {
            fields,
            layers,
            heads,
            head,
            is_scaled: is_set("scaled"),
        }
    }

    /// # Shapes
    /// - x: `[replica · lane, batch · field, in]`
    /// - output: `[replica · lane, batch · field, head · width]`
    fn layer(&self, layer: &Layer, x: Tensor<3>, pass: &Pass) -> Tensor<3> {
        let [planes, rows, _] = x.dims();
        let fields = self.fields.number;
        let (heads, head) = (self.heads, self.head);
        let by_head = |slot: Slot| {
            let all = x.clone().matmul(pass.parameter(slot));
            all.reshape([planes * rows / fields, fields, heads, head])
                .swap_dims(1, 2)
        };
        let products = by_head(layer.query).matmul(by_head(layer.key).swap_dims(2, 3));
        let products = if self.is_scaled {
            products / (head as f64).sqrt()
        } else {
            products
        };
        let seen = activation::softmax(products, 3).matmul(by_head(layer.value));
        let seen = seen.swap_dims(1, 2).reshape([planes, rows, heads * head]);
        activation::relu(match layer.residual {
            Some(residual) => seen + x.matmul(pass.parameter(residual)),
            None => seen,
        })
    }
}

impl Bottom for Attention {
    fn forward(&self, input: Input, pass: &Pass) -> Tensor<3> {
        let input = input.whole();
        let [planes, batch, _] = input.dims();
        let Fields { number, dim } = self.fields;
        let mut x = self
            .fields
            .of(&input)
            .reshape([planes, batch * number, dim]);
        for layer in &self.layers {
            x = self.layer(layer, x, pass);
        }
        x.reshape([planes, batch, self.width()])
    }

    fn width(&self) -> usize {
        self.fields.number * self.heads * self.head
    }
}
