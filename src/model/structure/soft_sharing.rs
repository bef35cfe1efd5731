//! A bottom for each task, held near each other by a penalty.

use burn::tensor::Tensor;

use super::shared_embeddings::OwnNetworks;
use super::{Structure, StructureConfig, StructureEntry};
use crate::model::diagram::{Node, Owner, Part, Sketch};
use crate::model::input::Input;
use crate::model::layout::Slot;
use crate::model::mlp::Builder;
use crate::model::pass::Pass;
use crate::spec::{Choice, Paper, ParamKind, ParamSpec, Spec};

/// The entry `soft_sharing`: the L2-constrained pair of the MMoE paper for any number of tasks, over shared embeddings.
#[derive(Debug)]
pub struct SoftSharing;

static SPEC: Spec = Spec {
    id: "soft_sharing",
    label: "Soft sharing",
    summary: "A bottom for each task over shared embeddings, held near each other by a penalty",
    formula: "ŷ_t = tower_t(bottom_t(e(x)));  + α·Σ_{s<t} ‖θ_s − θ_t‖²",
    paper: Some(Paper {
        citation: "L. Duong, T. Cohn, S. Bird, P. Cook, Low Resource Dependency Parsing: Cross-lingual Parameter Sharing in a Neural Network Parser, ACL 2015",
        url: "https://aclanthology.org/P15-2139/",
    }),
    params: &[ParamSpec {
        name: "pull",
        meaning: "The weight of the squared distance between the bottoms of two tasks, α; 0 leaves them alone",
        kind: ParamKind::Number {
            default: 1e-3,
            min: 0.0,
            max: 1e3,
        },
    }],
};

impl StructureEntry for SoftSharing {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn lanes(&self, _choice: &Choice, _tasks: &[String]) -> Vec<String> {
        vec![String::new()]
    }

    fn diagram(&self, choice: &Choice, sketch: &mut Sketch<'_>) {
        let bottoms = sketch.own_bottoms();
        if bottoms.len() > 1 && choice.number(&SPEC, "pull") > 0.0 {
            sketch.column("pull");
            sketch.add(
                Node::new(Part::Product, "distance", Owner::Shared),
                &bottoms,
            );
        }
        sketch.towers_and_outputs(&bottoms);
    }

    fn build(
        &self,
        choice: &Choice,
        config: &StructureConfig<'_>,
        builder: &mut Builder,
    ) -> Box<dyn Structure> {
        let networks = OwnNetworks::of_all(config, builder);
        Box::new(Built {
            held: networks.bottom_slots(),
            networks,
            tasks: config.tasks.len(),
            pull: choice.number(&SPEC, "pull"),
        })
    }
}

#[derive(Debug)]
struct Built {
    networks: OwnNetworks,
    /// The parameters of the bottoms, a lane for each task.
    held: Vec<Slot>,
    tasks: usize,
    pull: f64,
}

impl Structure for Built {
    fn forward(&self, input: Input, pass: &Pass) -> Tensor<3> {
        self.networks.forward(input, pass)
    }

    fn penalty(&self, outputs: &Tensor<3>, pass: &Pass) -> Option<Tensor<3>> {
        if self.tasks < 2 || self.pull <= 0.0 {
            return None;
        }
        let [replicas, rows, _] = outputs.dims();
        let of_slot = |slot: &Slot| {
            let lanes = pass.parameter(*slot);
            let numbers = lanes.dims().iter().product::<usize>() / (replicas * self.tasks);
            let lanes = lanes.reshape([replicas, self.tasks, numbers]);
            // The squared distances of all pairs are those from the mean, as many times as there are tasks.
            let off = lanes.clone() - lanes.mean_dim(1);
            off.square().sum_dim(2).sum_dim(1)
        };
        let sum = self
            .held
            .iter()
            .map(of_slot)
            .reduce(|sum, next| sum + next)?;
        let sum = sum * (self.pull * self.tasks as f64);
        Some(sum.expand([replicas, rows, 1]))
    }
}
