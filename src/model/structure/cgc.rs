//! Shared experts and experts of each task's own in one level.

use super::ple::{Extraction, OWN_EXPERTS, SHARED_EXPERTS, Sizes};
use super::{Structure, StructureConfig, StructureEntry};
use crate::model::diagram::Sketch;
use crate::model::mlp::Builder;
use crate::spec::{Choice, Paper, Spec};

/// The entry `cgc`: PLE of one level.
#[derive(Debug)]
pub struct Cgc;

static SPEC: Spec = Spec {
    id: "cgc",
    label: "CGC",
    summary: "Shared experts and experts of each task's own, mixed by a gate for each task",
    formula: "ŷ_t = tower_t(g_t(x)·[own_t(x), shared(x)]);  g_t(x) = softmax(W_t·x)",
    paper: Some(Paper {
        citation: "H. Tang et al., Progressive Layered Extraction (PLE): A Novel Multi-Task Learning Model for Personalized Recommendations, RecSys 2020",
        url: "https://doi.org/10.1145/3383313.3412236",
    }),
    params: &[SHARED_EXPERTS, OWN_EXPERTS, super::GATE_UNITS],
};

/// The levels and experts of a choice.
fn sizes(choice: &Choice) -> Sizes {
    Sizes {
        levels: 1,
        shared: super::count(choice, &SPEC, "shared_experts"),
        own: super::count(choice, &SPEC, "own_experts"),
        gate_units: choice.widths(&SPEC, "gate_units"),
    }
}

impl StructureEntry for Cgc {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn lanes(&self, _choice: &Choice, _tasks: &[String]) -> Vec<String> {
        vec![String::new()]
    }

    fn diagram(&self, choice: &Choice, sketch: &mut Sketch<'_>) {
        sizes(choice).diagram(sketch);
    }

    fn build(
        &self,
        choice: &Choice,
        config: &StructureConfig<'_>,
        builder: &mut Builder,
    ) -> Box<dyn Structure> {
        Box::new(Extraction::new(&sizes(choice), config, builder))
    }
}
