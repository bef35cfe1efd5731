//! Experts for all tasks in several levels.

use super::ple::{Extraction, LEVELS, Sizes};
use super::{Structure, StructureConfig, StructureEntry};
use crate::model::diagram::Sketch;
use crate::model::mlp::Builder;
use crate::spec::{Choice, Paper, Spec};

/// The entry `ml_mmoe`: PLE in which no task has experts of its own.
#[derive(Debug)]
pub struct MultiLevelMmoe;

static SPEC: Spec = Spec {
    id: "ml_mmoe",
    label: "Multi-level MMoE",
    summary: "Experts for all tasks in several levels, each level mixed for the next and for each task",
    formula: "g_t^j = softmax(W_t^j·g_t^{j−1})·f^j(g_s^{j−1});  g_s^j = softmax(W_s^j·g_s^{j−1})·f^j(g_s^{j−1});  ŷ_t = tower_t(g_t^L)",
    paper: Some(Paper {
        citation: "H. Tang et al., Progressive Layered Extraction (PLE): A Novel Multi-Task Learning Model for Personalized Recommendations, RecSys 2020",
        url: "https://doi.org/10.1145/3383313.3412236",
    }),
    params: &[LEVELS, super::EXPERTS, super::GATE_UNITS],
};

/// The levels and experts of a choice.
fn sizes(choice: &Choice) -> Sizes {
    Sizes {
        levels: super::count(choice, &SPEC, "levels"),
        shared: super::count(choice, &SPEC, "experts"),
        own: 0,
        gate_units: choice.widths(&SPEC, "gate_units"),
    }
}

impl StructureEntry for MultiLevelMmoe {
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
