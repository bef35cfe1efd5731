//! Shrinks by the same factor each epoch.

use super::{Schedule, ScheduleEntry};
use crate::spec::{Choice, ParamKind, ParamSpec, Spec};

/// The entry `exponential`.
#[derive(Debug)]
pub struct Exponential;

static SPEC: Spec = Spec {
    id: "exponential",
    label: "Exponential",
    summary: "Shrinks by the same factor each epoch",
    formula: "factor = gamma^done",
    paper: None,
    params: &[ParamSpec {
        name: "gamma",
        meaning: "The factor of one epoch",
        kind: ParamKind::Number {
            default: 0.9,
            min: 0.0,
            max: 1.0,
        },
    }],
};

impl ScheduleEntry for Exponential {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn build(&self, choice: &Choice) -> Box<dyn Schedule> {
        Box::new(Rule {
            gamma: choice.number(&SPEC, "gamma"),
        })
    }
}

#[derive(Debug)]
struct Rule {
    gamma: f64,
}

impl Schedule for Rule {
    fn factor(&self, done: f64, _epochs: f64) -> f64 {
        self.gamma.powf(done)
    }
}
