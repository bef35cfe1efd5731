//! A network for each task: embeddings, bottom and tower of its own.

use burn::tensor::Tensor;

use super::{Structure, StructureConfig, StructureEntry, Towers};
use crate::model::bottom::Bottom;
use crate::model::diagram::Sketch;
use crate::model::input::Input;
use crate::model::mlp::Builder;
use crate::model::pass::Pass;
use crate::spec::{Choice, Spec};

/// The entry `separate`.
#[derive(Debug)]
pub struct Separate;

static SPEC: Spec = Spec {
    id: "separate",
    label: "Separate models",
    summary: "A model for each task with nothing shared, the yardstick of every sharing",
    formula: "ŷ_t = tower_t(bottom_t(x_t))",
    paper: None,
    params: &[],
};

impl StructureEntry for Separate {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn shares(&self) -> bool {
        false
    }

    fn lanes(&self, _choice: &Choice, tasks: &[String]) -> Vec<String> {
        super::task_lanes(tasks)
    }

    fn diagram(&self, _choice: &Choice, sketch: &mut Sketch<'_>) {
        let bottoms = sketch.own_bottoms();
        sketch.towers_and_outputs(&bottoms);
    }

    fn build(
        &self,
        choice: &Choice,
        config: &StructureConfig<'_>,
        builder: &mut Builder,
    ) -> Box<dyn Structure> {
        let bottoms = config.build_bottom("bottom", &self.lanes(choice, config.tasks), builder);
        let towers = config.build_towers(bottoms.width(), builder);
        Box::new(Built { bottoms, towers })
    }
}

#[derive(Debug)]
struct Built {
    /// One bottom with a lane for each task.
    bottoms: Box<dyn Bottom>,
    towers: Towers,
}

impl Structure for Built {
    fn forward(&self, input: Input, pass: &Pass) -> Tensor<3> {
        let represented = self.bottoms.forward(input, pass);
        self.towers.on_lanes(represented, pass)
    }
}
