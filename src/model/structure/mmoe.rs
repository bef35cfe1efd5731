//! Experts for all tasks, mixed by a gate for each.

use burn::tensor::Tensor;

use super::{Structure, StructureConfig, StructureEntry, Towers};
use crate::model::diagram::{GateNode, Owner, Sketch};
use crate::model::experts::{Experts, Gate, GateConfig, GateNames, Outputs};
use crate::model::input::Input;
use crate::model::mlp::Builder;
use crate::model::pass::Pass;
use crate::spec::{Choice, Paper, Spec};

/// The entry `mmoe`.
///
/// Each expert has the shape of the variant's bottom and starts from numbers of its own; equal ones would stay equal.
#[derive(Debug)]
pub struct Mmoe;

static SPEC: Spec = Spec {
    id: "mmoe",
    label: "MMoE",
    summary: "Several experts of the bottom's shape for all tasks, mixed by a gate for each task",
    formula: "ŷ_t = tower_t(Σ_e g_t(x)_e·f_e(x));  g_t(x) = softmax(W_t·x)",
    paper: Some(Paper {
        citation: "J. Ma et al., Modeling Task Relationships in Multi-task Learning with Multi-gate Mixture-of-Experts, KDD 2018",
        url: "https://doi.org/10.1145/3219819.3220007",
    }),
    params: &[super::EXPERTS, super::GATE_UNITS],
};

impl StructureEntry for Mmoe {
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
        let units = choice.widths(&SPEC, "gate_units");
        sketch.column("gates");
        let mut gates = Vec::with_capacity(sketch.config.tasks.len());
        for task in sketch.config.tasks {
            let gate = GateNode {
                label: "gate",
                owner: Owner::task(task),
                role: format!("gates.{task}"),
                units: &units,
            };
            gates.push(sketch.gate(gate, &experts, &[features]));
        }
        sketch.towers_and_outputs(&gates);
    }

    fn build(
        &self,
        choice: &Choice,
        config: &StructureConfig<'_>,
        builder: &mut Builder,
    ) -> Box<dyn Structure> {
        let number = super::count(choice, &SPEC, "experts");
        let units = choice.widths(&SPEC, "gate_units");
        let experts = builder
            .shared(|builder| Experts::new(builder, "experts", number, config.input, config));
        let gate = |task: &String| {
            let names = GateNames {
                tasks: vec![task.clone()],
                experts: experts.names().collect(),
            };
            let gate = GateConfig {
                names,
                inputs: config.input.width(),
                units: &units,
                has_bias: false,
                hidden: config.hidden,
            };
            Gate::new(builder, &format!("gates.{task}"), gate)
        };
        let gates = config.tasks.iter().map(gate).collect();
        let towers = config.build_towers(experts.width(), builder);
        Box::new(Built {
            experts,
            gates,
            towers,
        })
    }
}

#[derive(Debug)]
struct Built {
    experts: Experts,
    /// One for each task.
    gates: Vec<Gate>,
    towers: Towers,
}

impl Structure for Built {
    fn forward(&self, input: Input, pass: &Pass) -> Tensor<3> {
        let experts = self.experts.forward(input.clone(), pass);
        // The features that a gate reads are shared too: they come from the embeddings.
        let tasks = self.towers.number();
        let views = Outputs::fork_with(vec![experts], vec![input], tasks, pass);
        let tasks = self.gates.iter().zip(views);
        let mixtures = tasks.filter_map(|(gate, (experts, features))| {
            let features = features.into_iter().next()?;
            Some(gate.mix(features, &experts, pass))
        });
        self.towers.on_each(mixtures, pass)
    }
}
