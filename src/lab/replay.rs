//! Replays: an adaptive run once more, with the mean of its weights held fixed.
//!
//! This is the control that the `GradNorm` paper calls static: where the replay does as well, what helped were the weights
//! that the strategy arrived at, and a plain weighted sum has them at no cost; where it does not, it was their change.
//! A replay weighs whole losses, as [`manual` weights](crate::strategy) do, also where the strategy left the towers alone.

use std::collections::BTreeMap;

use crate::experiment::{Draft, VariantDraft};
use crate::model::structure::shares;
use crate::results::Results;
use crate::spec::{Choice, ParamValue};
use crate::strategy::{Family, strategy};
use crate::train::{Outcome, Status};

/// Why a variant cannot be replayed, for a sentence that names it.
pub type NoReplay = &'static str;

/// A variant with the mean weights of another's ended runs.
///
/// # Errors
/// A variant that weighs nothing or does so with fixed weights, or whose runs left no weights to hold.
pub fn replay(results: &Results, index: usize) -> Result<VariantDraft, NoReplay> {
    let draft = &results.draft;
    let Some(variant) = draft.variants.get(index) else {
        return Err("there is no such variant");
    };
    adapts(variant)?;
    let weights = mean_weights(results, index).ok_or("none of its runs has ended yet")?;
    if weights.values().any(|weight| *weight < 0.0) {
        return Err(
            "a task has a mean weight below 0, which held fixed would train its tower away from its labels",
        );
    }
    let strategy = Choice {
        name: "manual".to_owned(),
        params: BTreeMap::from([("weights".to_owned(), ParamValue::PerTask(weights))]),
    };
    let first = draft.variants.first();
    let bottom = || first.and_then(|first| first.bottom.clone());
    let towers = || first.and_then(|first| first.towers.clone());
    Ok(VariantDraft {
        name: format!("{}, replayed", variant.name),
        tasks: variant.tasks.clone(),
        structure: variant.structure.clone(),
        bottom: variant.bottom.clone().or_else(bottom),
        towers: variant.towers.clone().or_else(towers),
        strategy,
    })
}

/// Whether a variant's weights change while it trains, so that there would be something to hold.
pub fn is_adaptive(results: &Results, index: usize) -> bool {
    let variant = results.draft.variants.get(index);
    variant.is_some_and(|variant| adapts(variant).is_ok())
}

/// The experiment of these results with a replay behind each variant that has one, and why the other adaptive ones have none.
pub fn with_replays(results: &Results) -> (Draft, Vec<(String, NoReplay)>) {
    let mut draft = results.draft.clone();
    draft.variants.clear();
    let mut without = Vec::new();
    for (index, variant) in results.draft.variants.iter().enumerate() {
        draft.variants.push(variant.clone());
        match replay(results, index) {
            Ok(replayed) if !is_taken(&results.draft, &replayed.name) => {
                draft.variants.push(replayed);
            }
            Ok(_) => without.push((variant.name.clone(), "it has a replay already")),
            Err(reason) if is_adaptive(results, index) => {
                without.push((variant.name.clone(), reason));
            }
            Err(_) => {}
        }
    }
    (draft, without)
}

fn is_taken(draft: &Draft, name: &str) -> bool {
    draft.variants.iter().any(|variant| variant.name == name)
}

fn adapts(variant: &VariantDraft) -> Result<(), NoReplay> {
    match strategy(&variant.strategy.name).map(|entry| entry.family()) {
        None => return Err("its strategy is not known"),
        Some(Family::Fixed) => return Err("its weights are fixed already"),
        Some(Family::Fusion) => return Err("labels that become one target have no weights"),
        Some(_) => {}
    }
    if shares(&variant.structure) {
        Ok(())
    } else {
        Err("nothing is shared, so nothing is weighed")
    }
}

/// The mean over a variant's ended runs; `None` if there is none with weights.
fn mean_weights(results: &Results, variant: usize) -> Option<BTreeMap<String, f64>> {
    let usable = |outcome: &&Outcome| {
        matches!(outcome.status, Status::Finished | Status::Stopped)
            && !outcome.task_weights.is_empty()
            && outcome
                .task_weights
                .values()
                .all(|weight| weight.is_finite())
    };
    let runs = results.runs.iter().filter(|run| run.variant == variant);
    let ended: Vec<&Outcome> = runs
        .filter_map(|run| run.outcome.as_ref())
        .filter(usable)
        .collect();
    let count = ended.len() as f64;
    let mut sums: BTreeMap<String, f64> = BTreeMap::new();
    for (task, weight) in ended.iter().flat_map(|outcome| &outcome.task_weights) {
        *sums.entry(task.clone()).or_default() += weight;
    }
    let mean = |(task, sum): (String, f64)| (task, readable(sum / count));
    (!sums.is_empty()).then(|| sums.into_iter().map(mean).collect())
}

/// Six digits say all that matters and can be read in the experiment file.
fn readable(weight: f64) -> f64 {
    format!("{weight:.5e}").parse().unwrap_or(weight)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::TaskKind;
    use crate::results::{Run, TaskInfo};

    /// Two seeds of each: a fixed one, an adaptive one, separate models.
    fn results() -> Results {
        let mut results = Results {
            tasks: ["click", "like"]
                .map(|name| TaskInfo::new(name, TaskKind::Binary))
                .into(),
            ..Results::default()
        };
        let [shared, separate] = &Draft::default_variants()[..] else {
            panic!("two variants");
        };
        let adaptive = VariantDraft {
            name: "shared, gradnorm".to_owned(),
            strategy: Choice::named("gradnorm"),
            bottom: None,
            ..shared.clone()
        };
        let lonely = VariantDraft {
            strategy: Choice::named("gradnorm"),
            ..separate.clone()
        };
        results.draft.variants = vec![shared.clone(), adaptive, lonely];
        for variant in 0..3 {
            for (seed, click) in [(1, 0.5), (2, 0.8)] {
                let weights = [
                    ("click".to_owned(), click),
                    ("like".to_owned(), 2.0 - click),
                ];
                results.runs.push(Run {
                    variant,
                    seed,
                    outcome: Some(Outcome {
                        status: Status::Finished,
                        task_weights: weights.into(),
                        ..Outcome::default()
                    }),
                    ..Run::default()
                });
            }
        }
        results
    }

    fn weights(variant: &VariantDraft) -> &BTreeMap<String, f64> {
        match variant.strategy.params.get("weights") {
            Some(ParamValue::PerTask(weights)) => weights,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_replay_holds_the_mean_weights() {
        let results = results();
        let replayed = replay(&results, 1).unwrap();
        assert_eq!(replayed.name, "shared, gradnorm, replayed");
        assert_eq!(replayed.strategy.name, "manual");
        let expected = [("click".to_owned(), 0.65), ("like".to_owned(), 1.35)];
        assert_eq!(*weights(&replayed), expected.into());
        assert_eq!(replayed.bottom, results.draft.variants[0].bottom);
        assert_eq!(replayed.towers, results.draft.variants[1].towers);
    }

    #[test]
    fn what_cannot_be_replayed_says_why() {
        let mut results = results();
        assert_eq!(replay(&results, 0), Err("its weights are fixed already"));
        let why = "nothing is shared, so nothing is weighed";
        assert_eq!(replay(&results, 2), Err(why));
        for run in &mut results.runs {
            let outcome = run.outcome.as_mut().unwrap();
            outcome.task_weights.insert("click".to_owned(), -0.1);
        }
        assert!(replay(&results, 1).unwrap_err().contains("below 0"));
        for run in &mut results.runs {
            run.outcome.as_mut().unwrap().status = Status::Diverged;
        }
        assert_eq!(replay(&results, 1), Err("none of its runs has ended yet"));
    }

    #[test]
    fn every_adaptive_variant_gets_a_replay_beside_it() {
        let mut results = results();
        let (draft, without) = with_replays(&results);
        let names: Vec<&str> = draft.variants.iter().map(|it| it.name.as_str()).collect();
        let expected = [
            "shared, equal",
            "shared, gradnorm",
            "shared, gradnorm, replayed",
            "separate",
        ];
        assert_eq!(names, expected);
        assert_eq!(without, []);
        results.draft = draft;
        let (again, without) = with_replays(&results);
        assert_eq!(again.variants.len(), 4);
        assert_eq!(without.len(), 1);
    }
}
