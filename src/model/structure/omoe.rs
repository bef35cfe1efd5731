//! Experts for all tasks, mixed by one gate.

use burn::tensor::Tensor;

use super::{Structure, StructureConfig, StructureEntry, Towers};
use crate::model::diagram::{GateNode, Owner, Sketch};
use crate::model::experts::{Experts, Gate, GateConfig, GateNames};
use crate::model::input::Input;
use crate::model::mlp::Builder;
use crate::model::pass::Pass;
use crate::spec::{Choice, Paper, Spec};

/// The entry `omoe`.
#[derive(Debug)]
pub struct Omoe;

static SPEC: Spec = Spec {
    id: "omoe",
    label: "OMoE",
    summary: "Several experts of the bottom's shape, mixed alike for all tasks by one gate",
    formula: "ŷ_t = tower_t(Σ_e g(x)_e·f_e(x));  g(x) = softmax(W·x)",
    paper: Some(Paper {
        citation: "J. Ma et al., Modeling Task Relationships in Multi-task Learning with Multi-gate Mixture-of-Experts, KDD 2018",
        url: "https://doi.org/10.1145/3219819.3220007",
    }),
    params: &[super::EXPERTS, super::GATE_UNITS],
};

impl StructureEntry for Omoe {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn lanes(&self, _choice: &Choice, _tasks: &[String]) -> Vec<String> {
        vec![String::new()]
    }

    fn diagram(&self, choice: &Choice, sketch: &mut Sketch<'_>) {
        let features = sketch.input(0);
        let number = super::count(choice, &SPEC, "experts");
        sketch.column("experts");
        let experts = sketch.experts(("expert", &Owner::Shared), "experts", number, features);
        sketch.column("gate");
        let gate = GateNode {
            label: "gate",
            owner: Owner::Shared,
            role: "gate".to_owned(),
            units: &choice.widths(&SPEC, "gate_units"),
        };
        let gate = sketch.gate(gate, &experts, &[features]);
        sketch.towers_and_outputs(&vec![gate; sketch.config.tasks.len()]);
    }

    fn build(
        &self,
        choice: &Choice,
        config: &StructureConfig<'_>,
        builder: &mut Builder,
    ) -> Box<dyn Structure> {
        let number = super::count(choice, &SPEC, "experts");
        let units = choice.widths(&SPEC, "gate_units");
        let (experts, gate) = builder.shared(|builder| {
            let experts = Experts::new(builder, "experts", number, config.input, config);
            let names = GateNames {
                tasks: config.tasks.to_vec(),
                experts: experts.names().collect(),
            };
            let gate = GateConfig {
                names,
                inputs: config.input.width(),
                units: &units,
                has_bias: false,
                hidden: config.hidden,
            };
            (experts, Gate::new(builder, "gate", gate))
        });
        let towers = config.build_towers(experts.width(), builder);
        Box::new(Built {
            experts,
            gate,
            towers,
        })
    }
}

#[derive(Debug)]
struct Built {
    experts: Experts,
    gate: Gate,
    towers: Towers,
}

impl Structure for Built {
    fn forward(&self, input: Input, pass: &Pass) -> Tensor<3> {
        let experts = self.experts.forward(input.clone(), pass);
        let mixture = self.gate.mix(input, &[experts], pass);
        self.towers.on_shared(mixture, pass)
    }
}
