//! Embeddings for all tasks, everything above them for each task alone.

use burn::tensor::Tensor;

use super::{Structure, StructureConfig, StructureEntry, Tower};
use crate::model::bottom::Bottom;
use crate::model::lanes;
use crate::model::mlp::Builder;
use crate::model::pass::Pass;
use crate::spec::{Choice, Spec};

/// The entry `shared_embeddings`.
#[derive(Debug)]
pub struct SharedEmbeddings;

static SPEC: Spec = Spec {
    id: "shared_embeddings",
    label: "Shared embeddings",
    summary: "The embeddings for all tasks, a bottom and a tower of its own for each",
    formula: "ŷ_t = tower_t(bottom_t(e(x)))",
    paper: None,
    params: &[],
};

impl StructureEntry for SharedEmbeddings {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn lanes(&self, _choice: &Choice, _tasks: &[String]) -> Vec<String> {
        vec![String::new()]
    }

    fn build(
        &self,
        _choice: &Choice,
        config: &StructureConfig<'_>,
        builder: &mut Builder,
    ) -> Box<dyn Structure> {
        Box::new(OwnNetworks::new(config, builder))
    }
}

/// A bottom and a tower for each task.
#[derive(Debug)]
pub(super) struct OwnNetworks {
    /// One bottom with a lane for each task.
    bottoms: Box<dyn Bottom>,
    towers: Vec<Tower>,
}

impl OwnNetworks {
    pub fn new(config: &StructureConfig<'_>, builder: &mut Builder) -> Self {
        let bottoms = config.build_bottom("bottom", &super::task_lanes(config.tasks), builder);
        let towers = config.build_towers(bottoms.width(), builder);
        Self { bottoms, towers }
    }
}

impl Structure for OwnNetworks {
    fn forward(&self, input: Tensor<3>, pass: &Pass) -> Vec<Tensor<3>> {
        let tasks = self.towers.len();
        let views = lanes::side_by_side(pass.fork(input, tasks));
        let own = lanes::apart(self.bottoms.forward(views, pass), tasks);
        let towers = self.towers.iter().zip(own);
        towers
            .map(|(tower, own)| tower.forward(own, pass))
            .collect()
    }
}
