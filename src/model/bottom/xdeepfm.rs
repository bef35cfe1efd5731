//! A compressed interaction network over the embeddings beside hidden layers.

use burn::tensor::{Tensor, activation};

use super::beside::Beside;
use super::{Bottom, BottomConfig, BottomEntry, Fields, UNITS};
use crate::model::dense::Dense;
use crate::model::input::Input;
use crate::model::mlp::Builder;
use crate::model::pass::Pass;
use crate::spec::{Choice, Paper, ParamKind, ParamSpec, Spec};

/// The entry `xdeepfm`.
#[derive(Debug)]
pub struct XDeepFm;

static SPEC: Spec = Spec {
    id: "xdeepfm",
    label: "xDeepFM",
    summary: "Products of whole embeddings, layer upon layer, beside hidden layers, and a linear term in each task's output",
    formula: "X^k_h = φ(Σ_ij W^{k,h}_ij·(X^{k−1}_i ⊙ X^0_j) + b^k_h);  h = [Σ_dim X^1 … Σ_dim X^K, MLP([e_1 … e_F, d])];  ŷ_t += Σ_f w_t[x_f] + w_tᵀ·d",
    paper: Some(Paper {
        citation: "J. Lian et al., xDeepFM: Combining Explicit and Implicit Feature Interactions for Recommender Systems, KDD 2018",
        url: "https://doi.org/10.1145/3219819.3220023",
    }),
    params: &[
        ParamSpec {
            name: "maps",
            meaning: "The number of feature maps in each interaction layer",
            kind: ParamKind::Widths {
                default: &[128, 64],
                min: 1,
                max: 1024,
            },
        },
        ParamSpec {
            name: "split_half",
            meaning: "Whether half of a layer's maps go on to the next and only the others to the output",
            kind: ParamKind::Flag { default: true },
        },
        ParamSpec {
            name: "map_activation",
            meaning: "The non-linearity φ of the feature maps; the paper has none",
            kind: ParamKind::Choice {
                default: "relu",
                options: &["relu", "none"],
            },
        },
        UNITS,
    ],
};

impl BottomEntry for XDeepFm {
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
        let maps = choice.widths(&SPEC, "maps");
        let fields = config.input.fields().filter(|_| !maps.is_empty());
        let maps = fields.map(|fields| {
            let maps = FeatureMaps::new(choice, &maps, fields, config, builder);
            Box::new(maps) as Box<dyn Bottom>
        });
        let units = choice.widths(&SPEC, "units");
        Box::new(Beside::new(maps, &units, config, builder))
    }
}

/// The interaction layers in turn, each summed over the embedding's axis.
#[derive(Debug)]
struct FeatureMaps {
    fields: Fields,
    layers: Vec<Layer>,
    is_linear: bool,
}

#[derive(Debug)]
struct Layer {
    weights: Dense,
    /// Its first maps, which the next layer reads.
    onward: usize,
    /// The maps that the output reads, from `maps.end − output` on.
    output: usize,
    maps: usize,
}

impl FeatureMaps {
    fn new(
        choice: &Choice,
        maps: &[usize],
        fields: Fields,
        config: &BottomConfig<'_>,
        builder: &mut Builder,
    ) -> Self {
        let splits = choice.flag(&SPEC, "split_half");
        let mut below = fields.number;
        let mut layers = Vec::with_capacity(maps.len());
        for (index, &maps_here) in maps.iter().enumerate() {
            let is_last = index + 1 == maps.len();
            let onward = match (is_last, splits) {
                (true, _) => 0,
                // A single map cannot be split; it does both.
                (false, true) if maps_here > 1 => maps_here / 2,
                (false, _) => maps_here,
            };
            let output = if onward < maps_here {
                maps_here - onward
            } else {
                maps_here
            };
            let role = format!("{}.maps.{index}", config.role);
            layers.push(Layer {
                weights: Dense::new(
                    &mut builder.layout,
                    &role,
                    config.lanes,
                    below * fields.number,
                    maps_here,
                ),
                onward,
                output,
                maps: maps_here,
            });
            below = onward;
        }
        Self {
            fields,
            layers,
            is_linear: choice.word(&SPEC, "map_activation") == "none",
        }
    }
}

impl Bottom for FeatureMaps {
    fn forward(&self, input: Input, pass: &Pass) -> Tensor<3> {
        let input = input.whole();
        let Fields { number, dim } = self.fields;
        let [planes, batch, _] = input.dims();
        // A row for each number of an embedding, so that the maps are a dense layer over pairs of fields.
        let rows = batch * dim;
        let embeddings = self.fields.of(&input).swap_dims(2, 3);
        let first = embeddings.reshape([planes, rows, 1, number]);
        let mut x = first.clone().reshape([planes, rows, number]);
        let mut outputs = Vec::with_capacity(self.layers.len());
        for layer in &self.layers {
            let below = x.dims()[2];
            let pairs = x.reshape([planes, rows, below, 1]) * first.clone();
            let maps = pairs.reshape([planes, rows, below * number]);
            let maps = layer.weights.forward(maps, pass);
            let maps = if self.is_linear {
                maps
            } else {
                activation::relu(maps)
            };
            let output = maps
                .clone()
                .narrow(2, layer.maps - layer.output, layer.output)
                .reshape([planes, batch, dim, layer.output]);
            outputs.push(output.sum_dim(2).squeeze_dim::<3>(2));
            if layer.onward == 0 {
                break;
            }
            x = maps.narrow(2, 0, layer.onward);
        }
        Tensor::cat(outputs, 2)
    }

    fn width(&self) -> usize {
        self.layers.iter().map(|layer| layer.output).sum()
    }
}
