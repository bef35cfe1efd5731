//! Judging: pairs of equal seeds, intervals, verdicts, trade-offs. All numbers are computed on all runs, shown or not.

mod comparison;
mod gates;
mod pairing;
mod pareto;
mod sign_flip;
mod summary;
mod verdict;

pub use comparison::{Comparison, Verdict};
pub use gates::{Gate, experts_of, gates_of};
pub use pairing::{RunScore, compare, compare_all, differences, distances};
pub use pareto::pareto;
pub use summary::{Moments, Summary, summarize, t_quantile};
pub use verdict::{FEWEST_PAIRS, explain, fewest_pairs, margin, seeds_needed};
