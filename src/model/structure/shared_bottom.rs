//! Hard sharing: one bottom for all tasks.

use burn::tensor::Tensor;

use super::{Structure, StructureConfig, StructureEntry, Towers};
use crate::model::bottom::Bottom;
use crate::model::diagram::{Owner, Sketch};
use crate::model::input::Input;
use crate::model::mlp::Builder;
use crate::model::pass::Pass;
use crate::spec::{Choice, Paper, Spec};

/// The entry `shared_bottom`.
#[derive(Debug)]
pub struct SharedBottom;

static SPEC: Spec = Spec {
    id: "shared_bottom",
    label: "Shared bottom",
    summary: "Hard sharing: one bottom network for all tasks, one tower each",
    formula: "h = bottom(x);  ŷ_t = tower_t(h)",
    paper: Some(Paper {
        citation: "R. Caruana, Multitask Learning, Machine Learning 28, 1997",
        url: "https://doi.org/10.1023/A:1007379606734",
    }),
    params: &[],
};

impl StructureEntry for SharedBottom {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn lanes(&self, _choice: &Choice, _tasks: &[String]) -> Vec<String> {
        vec![String::new()]
    }

    fn diagram(&self, _choice: &Choice, sketch: &mut Sketch<'_>) {
        sketch.column("bottom");
        let features = sketch.input(0);
        let bottom = sketch.bottom("bottom", Owner::Shared, "bottom".to_owned(), features);
        sketch.towers_and_outputs(&vec![bottom; sketch.config.tasks.len()]);
    }

    fn build(
        &self,
        _choice: &Choice,
        config: &StructureConfig<'_>,
        builder: &mut Builder,
    ) -> Box<dyn Structure> {
        let bottom =
            builder.shared(|builder| config.build_bottom("bottom", &[String::new()], builder));
        let towers = config.build_towers(bottom.width(), builder);
        Box::new(Built { bottom, towers })
    }
}

#[derive(Debug)]
struct Built {
    bottom: Box<dyn Bottom>,
    towers: Towers,
}

impl Structure for Built {
    fn forward(&self, input: Input, pass: &Pass) -> Tensor<3> {
        let shared = self.bottom.forward(input, pass);
        self.towers.on_shared(shared, pass)
    }
}
