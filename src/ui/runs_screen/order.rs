//! Which runs the table shows, and in which order.

use std::cmp::Ordering;

use super::table::{score, seconds, share, status_word};
use crate::results::{Results, Run};

/// What the runs are sorted by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum By {
    /// Waiting, running, finished, …
    State,
    /// The variants in the order of the experiment.
    Variant,
    /// The seed.
    Seed,
    /// The share of the steps taken.
    Progress,
    /// The primary metric of the task at this place.
    Score(usize),
    /// Seconds of training.
    Time,
}

/// What the user wants to see of the runs.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Order {
    /// Each of these words has to be found in the state or the variant, or to be the seed.
    pub words: String,
    /// The column, and whether the greatest comes first; `None`: as the runs are trained.
    pub by: Option<(By, bool)>,
}

impl Order {
    /// The next order by a column: the usual way, then the other one, then as the runs are trained.
    pub fn click(&mut self, column: By) {
        let greatest_first = matches!(column, By::Score(_) | By::Progress | By::Time);
        self.by = match self.by {
            Some((by, descending)) if by == column && descending == greatest_first => {
                Some((by, !descending))
            }
            Some((by, _)) if by == column => None,
            _ => Some((column, greatest_first)),
        };
    }

    /// The runs that are shown, by index.
    pub fn rows(&self, results: &Results) -> Vec<usize> {
        let words = self.words.to_lowercase();
        let words: Vec<&str> = words.split_whitespace().collect();
        let wanted = |&index: &usize| {
            let variant = results.variant_name(index).to_lowercase();
            let has = |run: &Run, word: &&str| {
                variant.contains(word)
                    || status_word(run.status).contains(word)
                    || run.seed.to_string() == **word
            };
            let run = results.runs.get(index);
            run.is_some_and(|run| words.iter().all(|word| has(run, word)))
        };
        let mut rows: Vec<usize> = (0..results.runs.len()).filter(wanted).collect();
        let Some((by, descending)) = self.by else {
            return rows;
        };
        // A run without a number comes last either way.
        let keys: Vec<Option<f64>> = (0..results.runs.len())
            .map(|index| key(results, index, by).filter(|key| !key.is_nan()))
            .collect();
        rows.sort_by(|&a, &b| match (keys[a], keys[b]) {
            (Some(a), Some(b)) if descending => b.total_cmp(&a),
            (Some(a), Some(b)) => a.total_cmp(&b),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        });
        rows
    }
}

fn key(results: &Results, index: usize, by: By) -> Option<f64> {
    let run = results.runs.get(index)?;
    match by {
        By::State => Some(run.status as u8 as f64),
        By::Variant => Some(run.variant as f64),
        By::Seed => Some(run.seed as f64),
        By::Progress => Some(f64::from(share(run))),
        By::Score(task) => score(results, index, results.tasks.get(task)?).map(|score| score.value),
        By::Time => seconds(run),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::TaskKind;
    use crate::experiment::VariantDraft;
    use crate::results::{Sample, SeriesKey, TaskInfo};
    use crate::train::{At, Part, Status};

    /// Two variants with three seeds each; run `i` has the score `0.5 + i / 10`, but for run 1, which has none.
    fn results() -> Results {
        let mut results = Results {
            tasks: vec![TaskInfo::new("click", TaskKind::Binary)],
            ..Results::default()
        };
        for (variant, name) in ["Shared", "mmoe"].into_iter().enumerate() {
            results.draft.variants.push(VariantDraft {
                name: name.to_owned(),
                ..VariantDraft::default()
            });
            for seed in [1, 2, 12] {
                let run = results.runs.len();
                let status = if seed == 12 {
                    Status::Queued
                } else {
                    Status::Finished
                };
                results.runs.push(Run {
                    variant,
                    seed,
                    status,
                    ..Run::default()
                });
                let key = SeriesKey {
                    run,
                    task: "click".into(),
                    metric: "auc".into(),
                    other: None,
                    split: Part::Validation,
                };
                if run != 1 {
                    let sample = Sample {
                        at: At::default(),
                        value: 0.5 + run as f64 / 10.0,
                    };
                    results.series.insert(key, vec![sample]);
                }
            }
        }
        results
    }

    fn shown(words: &str, by: Option<(By, bool)>) -> Vec<usize> {
        let words = words.to_owned();
        Order { words, by }.rows(&results())
    }

    #[test]
    fn every_word_narrows_the_choice() {
        assert_eq!(shown("", None), [0, 1, 2, 3, 4, 5]);
        assert_eq!(shown("shared", None), [0, 1, 2]);
        assert_eq!(shown("MMO fin", None), [3, 4]);
        assert_eq!(shown("2", None), [1, 4]);
        assert_eq!(shown("waiting 12", None), [2, 5]);
        assert!(shown("ple", None).is_empty());
    }

    #[test]
    fn runs_are_sorted_and_those_without_a_score_come_last() {
        assert_eq!(shown("", Some((By::Score(0), true))), [5, 4, 3, 2, 0, 1]);
        assert_eq!(shown("", Some((By::Score(0), false))), [0, 2, 3, 4, 5, 1]);
        assert_eq!(shown("", Some((By::Seed, false))), [0, 3, 1, 4, 2, 5]);
        assert_eq!(shown("", Some((By::State, false))), [2, 5, 0, 1, 3, 4]);
    }

    #[test]
    fn the_third_click_brings_back_the_order_of_training() {
        let mut order = Order::default();
        let clicks = [(); 4].map(|()| {
            order.click(By::Score(0));
            order.by.map(|(_, descending)| descending)
        });
        assert_eq!(clicks, [Some(true), Some(false), None, Some(true)]);
        order.click(By::Seed);
        assert_eq!(order.by, Some((By::Seed, false)));
    }
}
