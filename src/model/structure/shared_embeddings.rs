//! Embeddings for all tasks, everything above them for each task alone.

use std::ops::Range;

use burn::tensor::Tensor;

use super::{Structure, StructureConfig, StructureEntry, Towers};
use crate::model::bottom::Bottom;
use crate::model::diagram::Sketch;
use crate::model::input::Input;
use crate::model::lanes;
use crate::model::layout::Slot;
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

    fn diagram(&self, _choice: &Choice, sketch: &mut Sketch<'_>) {
        let bottoms = sketch.own_bottoms();
        sketch.towers_and_outputs(&bottoms);
    }

    fn build(
        &self,
        _choice: &Choice,
        config: &StructureConfig<'_>,
        builder: &mut Builder,
    ) -> Box<dyn Structure> {
        Box::new(OwnNetworks::of_all(config, builder))
    }
}

/// A bottom and a tower for each of some tasks.
#[derive(Debug)]
pub(super) struct OwnNetworks {
    /// One bottom with a lane for each task.
    bottoms: Box<dyn Bottom>,
    /// The places of the bottoms' parameters.
    places: Range<usize>,
    towers: Towers,
}

impl OwnNetworks {
    pub fn new(tasks: &[usize], config: &StructureConfig<'_>, builder: &mut Builder) -> Self {
        let lanes = super::task_lanes(config.tasks);
        let lanes: Vec<String> = tasks.iter().map(|&task| lanes[task].clone()).collect();
        let first = builder.layout.entries().len();
        let bottoms = config.build_bottom("bottom", &lanes, builder);
        let places = first..builder.layout.entries().len();
        let width = bottoms.width();
        Self {
            towers: Towers::new(tasks, width, config, builder),
            bottoms,
            places,
        }
    }

    /// The networks of all tasks.
    pub fn of_all(config: &StructureConfig<'_>, builder: &mut Builder) -> Self {
        let all: Vec<usize> = (0..config.tasks.len()).collect();
        Self::new(&all, config, builder)
    }

    /// How many tasks there are.
    pub fn num_tasks(&self) -> usize {
        self.towers.number()
    }

    /// The parameters of the bottoms.
    pub fn bottom_slots(&self) -> Vec<Slot> {
        self.places.clone().map(Slot).collect()
    }

    /// From what each of the tasks sees to its output.
    ///
    /// # Shapes
    /// - views: for each task `[plane, batch, in]`
    /// - output: `[plane, batch, task]`
    pub fn outputs(&self, views: Vec<Tensor<3>>, pass: &Pass) -> Tensor<3> {
        let views = lanes::side_by_side(views).into();
        let represented = self.bottoms.forward(views, pass);
        self.towers.on_lanes(represented, pass)
    }
}

impl Structure for OwnNetworks {
    fn forward(&self, input: Input, pass: &Pass) -> Tensor<3> {
        let tasks = self.towers.number();
        if pass.reads_alike() {
            let represented = self.bottoms.forward_alike(input, tasks, pass);
            return self.towers.on_lanes(represented, pass);
        }
        self.outputs(pass.fork(input.whole(), tasks), pass)
    }
}
