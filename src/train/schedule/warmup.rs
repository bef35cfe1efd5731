//! Rises from zero to the full learning rate, then stays.

use super::{Schedule, ScheduleEntry};
use crate::spec::{Choice, ParamKind, ParamSpec, Spec};

/// The entry `warmup`.
#[derive(Debug)]
pub struct Warmup;

static SPEC: Spec = Spec {
    id: "warmup",
    label: "Linear warm-up",
    summary: "Rises from zero to the full learning rate, then stays",
    formula: "factor = min(1, done/epochs_up)",
    paper: None,
    params: &[ParamSpec {
        name: "epochs_up",
        meaning: "Epochs until the full learning rate",
        kind: ParamKind::Number {
            default: 1.0,
            min: 0.001,
            max: 1000.0,
        },
    }],
};

impl ScheduleEntry for Warmup {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn build(&self, choice: &Choice) -> Box<dyn Schedule> {
        Box::new(Rule {
            epochs_up: choice.number(&SPEC, "epochs_up"),
        })
    }
}

#[derive(Debug)]
struct Rule {
    epochs_up: f64,
}

impl Schedule for Rule {
    fn factor(&self, done: f64, _epochs: f64) -> f64 {
        (done / self.epochs_up).min(1.0)
    }
}
