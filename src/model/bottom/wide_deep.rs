//! Hidden layers, and a linear term beside them that goes past every tower.

use super::beside::Beside;
use super::{Bottom, BottomConfig, BottomEntry, UNITS};
use crate::model::mlp::Builder;
use crate::spec::{Choice, Paper, Spec};

/// The entry `wide_deep`.
#[derive(Debug)]
pub struct WideDeep;

static SPEC: Spec = Spec {
    id: "wide_deep",
    label: "Wide & Deep",
    summary: "Hidden layers, and a linear term of the features in each task's output",
    formula: "h = MLP([e_1 … e_F, d]);  ŷ_t += Σ_f w_t[x_f] + w_tᵀ·d",
    paper: Some(Paper {
        citation: "H.-T. Cheng et al., Wide & Deep Learning for Recommender Systems, DLRS 2016",
        url: "https://doi.org/10.1145/2988450.2988454",
    }),
    params: &[UNITS],
};

impl BottomEntry for WideDeep {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn is_wide(&self) -> bool {
        true
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
