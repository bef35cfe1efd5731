//! Hidden layers over features among which lists are weighed by what they have to do with their target.

use super::beside::Beside;
use super::{Bottom, BottomConfig, BottomEntry, UNITS};
use crate::model::attention::AttentionConfig;
use crate::model::mlp::Builder;
use crate::spec::{Choice, Paper, ParamKind, ParamSpec, Spec};

/// The entry `din`.
#[derive(Debug)]
pub struct Din;

static SPEC: Spec = Spec {
    id: "din",
    label: "DIN",
    summary: "Hidden layers over features among which histories are weighed by what they have to do with their target",
    formula: "s = Σ_i MLP_Dice([q, k_i, q − k_i, q ⊙ k_i])·k_i;  h = MLP([e_1 … e_F, s_1 … s_S, d])",
    paper: Some(Paper {
        citation: "G. Zhou et al., Deep Interest Network for Click-Through Rate Prediction, KDD 2018",
        url: "https://doi.org/10.1145/3219819.3219823",
    }),
    params: &[
        ParamSpec {
            name: "attention_units",
            meaning: "The width of each hidden layer that weighs an item",
            kind: ParamKind::Widths {
                default: &[64, 16],
                min: 1,
                max: 1024,
            },
        },
        ParamSpec {
            name: "softmax",
            meaning: "Whether the weights of a history are made to add up to 1; the paper keeps them as they are",
            kind: ParamKind::Flag { default: false },
        },
        UNITS,
    ],
};

impl BottomEntry for Din {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn attention(&self, choice: &Choice) -> Option<AttentionConfig> {
        Some(AttentionConfig {
            units: choice.widths(&SPEC, "attention_units"),
            is_normalized: choice.flag(&SPEC, "softmax"),
        })
    }

    fn build(
        &self,
        choice: &Choice,
        config: &BottomConfig<'_>,
        builder: &mut Builder,
    ) -> Box<dyn Bottom> {
        let units = choice.widths(&SPEC, "units");
        Box::new(Beside::new(None, &units, config, builder))
    }
}
