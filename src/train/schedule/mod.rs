//! How the learning rate changes while training; one file each.

mod constant;
mod cosine;
mod exponential;
mod warmup;

use std::fmt::Debug;

use crate::spec::{Choice, Spec};

/// A schedule of the registry.
pub trait ScheduleEntry: Sync {
    /// Its name, summary, formula, parameters and paper.
    fn spec(&self) -> &'static Spec;
    /// The schedule with these parameters.
    fn build(&self, choice: &Choice) -> Box<dyn Schedule>;
}

/// What the learning rate is multiplied with.
pub trait Schedule: Debug + Send + Sync {
    /// The factor at a point of training: `done` epochs (with a fraction) of `epochs`.
    fn factor(&self, done: f64, epochs: f64) -> f64;
}

/// All schedules, the plainest first.
pub static SCHEDULES: &[&dyn ScheduleEntry] = &[
    &constant::Constant,
    &cosine::Cosine,
    &exponential::Exponential,
    &warmup::Warmup,
];

/// The schedule of this id.
pub fn schedule(id: &str) -> Option<&'static dyn ScheduleEntry> {
    SCHEDULES
        .iter()
        .copied()
        .find(|entry| entry.spec().id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_start_and_end_where_the_formulas_say() {
        let factor = |id: &str, done| {
            schedule(id)
                .unwrap()
                .build(&Choice::named(id))
                .factor(done, 10.0)
        };
        assert_eq!(factor("constant", 7.0), 1.0);
        assert_eq!(factor("cosine", 0.0), 1.0);
        assert!((factor("cosine", 5.0) - 0.5).abs() < 1e-12);
        assert!(factor("cosine", 10.0).abs() < 1e-12);
        assert!((factor("exponential", 2.0) - 0.81).abs() < 1e-12);
        assert_eq!(factor("warmup", 0.5), 0.5);
        assert_eq!(factor("warmup", 3.0), 1.0);
    }
}
