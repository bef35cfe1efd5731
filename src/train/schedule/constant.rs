//! The same learning rate all the way.

use super::{Schedule, ScheduleEntry};
use crate::spec::{Choice, Spec};

/// The entry `constant`.
#[derive(Debug)]
pub struct Constant;

static SPEC: Spec = Spec {
    id: "constant",
    label: "Constant",
    summary: "The same learning rate all the way",
    formula: "factor = 1",
    paper: None,
    params: &[],
};

impl ScheduleEntry for Constant {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn build(&self, _choice: &Choice) -> Box<dyn Schedule> {
        Box::new(Rule)
    }
}

#[derive(Debug)]
struct Rule;

impl Schedule for Rule {
    fn factor(&self, _done: f64, _epochs: f64) -> f64 {
        1.0
    }
}
