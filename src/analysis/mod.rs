//! Judging: pairs of equal seeds, intervals, verdicts, trade-offs. All numbers are computed on all runs, shown or not.

mod comparison;
mod pairing;
mod pareto;
mod summary;

pub use comparison::{Comparison, Verdict};
pub use pairing::{FEWEST_PAIRS, RunScore, compare, compare_all, differences, explain, seeds_needed};
pub use pareto::pareto;
pub use summary::{Summary, summarize, t_quantile};
