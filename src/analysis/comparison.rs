//! What is said of a variant beside the baseline, task by task.

use serde::{Deserialize, Serialize};

/// One variant against the baseline on one task and metric, in pairs of equal seeds.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Comparison {
    /// The variant that is compared with.
    pub baseline: String,
    /// The variant that is judged.
    pub variant: String,
    /// The task.
    pub task: String,
    /// The metric's id.
    pub metric: String,
    /// The mean over pairs of variant minus baseline; `None` without a pair.
    pub mean_difference: Option<f64>,
    /// The 95 % interval of that mean; `None` below two pairs.
    pub interval: Option<[f64; 2]>,
    /// The two-sided sign-flip p-value, corrected for the number of comparisons (Holm); `None` without a pair.
    pub p_value: Option<f64>,
    /// Seeds that both have.
    pub pairs: usize,
    /// In a word.
    pub verdict: Verdict,
    /// The difference of each pair, in order of the seeds; a file has the scores that they come from.
    #[serde(skip)]
    pub differences: Vec<f64>,
}

/// The judgment in a word.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The variant beats the baseline.
    Better,
    /// The baseline beats the variant.
    Worse,
    /// The difference lies inside the margin.
    Same,
    /// The runs do not tell.
    Undecided,
}
