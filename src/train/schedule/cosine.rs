//! Falls along half a cosine to a floor at the last epoch.

use super::{Schedule, ScheduleEntry};
use crate::spec::{Choice, Paper, ParamKind, ParamSpec, Spec};

/// The entry `cosine`.
#[derive(Debug)]
pub struct Cosine;

static SPEC: Spec = Spec {
    id: "cosine",
    label: "Cosine",
    summary: "Falls along half a cosine to a floor at the last epoch",
    formula: "factor = floor + (1 − floor)·(1 + cos(π·done/epochs))/2",
    paper: Some(Paper {
        citation: "I. Loshchilov, F. Hutter, SGDR: Stochastic Gradient Descent with Warm Restarts, ICLR 2017",
        url: "https://arxiv.org/abs/1608.03983",
    }),
    params: &[ParamSpec {
        name: "floor",
        meaning: "The factor at the end",
        kind: ParamKind::Number {
            default: 0.0,
            min: 0.0,
            max: 1.0,
        },
    }],
};

impl ScheduleEntry for Cosine {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn build(&self, choice: &Choice) -> Box<dyn Schedule> {
        Box::new(Rule {
            floor: choice.number(&SPEC, "floor"),
        })
    }
}

#[derive(Debug)]
struct Rule {
    floor: f64,
}

impl Schedule for Rule {
    fn factor(&self, done: f64, epochs: f64) -> f64 {
        let share = (done / epochs.max(1.0)).min(1.0);
        let fallen = f64::midpoint(1.0, (std::f64::consts::PI * share).cos());
        self.floor + (1.0 - self.floor) * fallen
    }
}
