//! Sweeping fixed weights: variants along the trade-off between two tasks.
//!
//! The two share the sum that equal weights give them, from one tenth and nine tenths to nine and one; every other
//! task keeps its weight. No adaptive strategy is worth its price unless it gets beyond the curve that these draw.

use std::collections::BTreeMap;

use super::command::Station;
use super::effect::Effect;
use super::state::Session;
use super::variants::{new_in, remove_variant, shares};
use crate::experiment::{Draft, VariantDraft};
use crate::spec::{Choice, ParamValue};

/// The strategy whose weights are swept.
const MANUAL: &str = "manual";
/// The first task's part of the two, in percent.
const PARTS: [u8; 5] = [10, 30, 50, 70, 90];

/// Two tasks and the variant whose weights are swept.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Sweep {
    /// The index of the variant.
    pub like: usize,
    /// The task that is weighted more and more.
    pub first: String,
    /// The task that is weighted less and less.
    pub second: String,
}

impl Sweep {
    /// A sweep over the first two tasks, of the first variant with manual weights, else of the first in which tasks
    /// share something; `None` without two tasks or such a variant.
    pub fn of(draft: &Draft, tasks: &[&str]) -> Option<Self> {
        let &[first, second, ..] = tasks else {
            return None;
        };
        let sharing = |variant: &VariantDraft| shares(&variant.structure.name);
        let manual = |variant: &VariantDraft| sharing(variant) && variant.strategy.name == MANUAL;
        let variants = || draft.variants.iter();
        let like = variants()
            .position(manual)
            .or_else(|| variants().position(sharing))?;
        Some(Self {
            like,
            first: first.to_owned(),
            second: second.to_owned(),
        })
    }

    /// Adds the variants, as far as there are none of their names yet; manual weights that were never set give way to them.
    pub fn add_to(&self, draft: &mut Draft) {
        let Some(like) = draft.variants.get(self.like).cloned() else {
            return;
        };
        let pair = format!("{}:{}", self.first, self.second);
        let stem = stem(&like, &pair);
        for part in PARTS {
            let name = format!("{stem}, {part}:{} {pair}", 100 - part);
            if !draft.variants.iter().any(|variant| variant.name == name) {
                draft.variants.push(VariantDraft {
                    name,
                    strategy: self.weights(&like.strategy, part),
                    ..like.clone()
                });
            }
        }
        if like.strategy == Choice::named(MANUAL) {
            remove_variant(draft, self.like);
        }
    }

    fn weights(&self, like: &Choice, part: u8) -> Choice {
        let mut choice = if like.name == MANUAL {
            like.clone()
        } else {
            Choice::named(MANUAL)
        };
        let mut weights = match choice.params.remove("weights") {
            Some(ParamValue::PerTask(weights)) => weights,
            _ => BTreeMap::new(),
        };
        // Two halves are the weights 1 and 1.
        let weight = |part: u8| f64::from(part) / 50.0;
        weights.insert(self.first.clone(), weight(part));
        weights.insert(self.second.clone(), weight(100 - part));
        let weights = ParamValue::PerTask(weights);
        choice.params.insert("weights".to_owned(), weights);
        choice
    }
}

impl Session {
    /// Adds a sweep to the draft; `None`: over the first two tasks.
    pub(super) fn sweep_weights(&mut self, sweep: Option<Sweep>) -> Vec<Effect> {
        if !self.text_problems.is_empty() {
            return self.nothing_yet("The experiment's text comes first, it cannot be read yet");
        }
        let Some(sweep) = sweep.or_else(|| Sweep::of(&self.draft, &self.tasks())) else {
            return self.nothing_yet("A sweep needs two tasks that share a network");
        };
        let mut draft = self.draft.clone();
        sweep.add_to(&mut draft);
        self.added = new_in(&draft, &self.draft).or_else(|| self.added.take());
        self.station = Station::Design;
        self.edit(draft)
    }
}

/// A variant's name without its strategy, or without its place in a sweep over the same pair.
fn stem<'a>(variant: &'a VariantDraft, pair: &str) -> &'a str {
    let strategy = variant.strategy.name.replace('_', " ");
    match variant.name.rsplit_once(", ") {
        Some((stem, last)) if last == strategy || last.ends_with(&format!(" {pair}")) => stem,
        _ => &variant.name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{add_strategy, remove_strategy};

    fn draft() -> Draft {
        Draft {
            variants: Draft::default_variants(),
            ..Draft::default()
        }
    }

    fn names(draft: &Draft) -> Vec<&str> {
        let variants = draft.variants.iter();
        variants.map(|variant| variant.name.as_str()).collect()
    }

    fn weight(draft: &Draft, variant: usize, task: &str) -> Option<f64> {
        match draft.variants[variant].strategy.params.get("weights") {
            Some(ParamValue::PerTask(weights)) => weights.get(task).copied(),
            _ => None,
        }
    }

    const TASKS: [&str; 3] = ["click", "finish", "like"];

    #[test]
    fn a_sweep_is_five_variants_that_sort_as_they_read() {
        let mut draft = draft();
        let sweep = Sweep::of(&draft, &TASKS).unwrap();
        sweep.add_to(&mut draft);
        let expected = [
            "shared, 10:90 click:finish",
            "shared, 30:70 click:finish",
            "shared, 50:50 click:finish",
            "shared, 70:30 click:finish",
            "shared, 90:10 click:finish",
        ];
        assert_eq!(names(&draft)[2..], expected);
        assert!(names(&draft)[2..].is_sorted());
        let pairs: Vec<_> = (2..7)
            .map(|at| (weight(&draft, at, "click"), weight(&draft, at, "finish")))
            .collect();
        let expected = [(0.2, 1.8), (0.6, 1.4), (1.0, 1.0), (1.4, 0.6), (1.8, 0.2)];
        assert_eq!(pairs, expected.map(|(a, b)| (Some(a), Some(b))));
        assert_eq!(weight(&draft, 2, "like"), None, "others keep weight 1");
        let before = draft.clone();
        sweep.add_to(&mut draft);
        assert_eq!(draft, before, "there already");
        Sweep::of(&draft, &TASKS).unwrap().add_to(&mut draft);
        assert_eq!(draft, before, "of a point of the sweep too");
    }

    #[test]
    fn untouched_manual_weights_give_way() {
        let mut draft = draft();
        add_strategy(&mut draft, MANUAL);
        remove_strategy(&mut draft, "equal");
        assert_eq!(names(&draft), ["separate", "shared, manual"]);
        Sweep::of(&draft, &TASKS).unwrap().add_to(&mut draft);
        assert_eq!(draft.variants.len(), 6);
        assert!(!names(&draft).contains(&"shared, manual"));
        assert!(draft.variants[0].bottom.is_some());
    }

    #[test]
    fn weights_that_were_set_are_kept() {
        let mut draft = draft();
        let like = ParamValue::PerTask([("like".to_owned(), 3.0)].into());
        draft.variants[0].strategy = Choice {
            name: MANUAL.to_owned(),
            params: [("weights".to_owned(), like)].into(),
        };
        draft.variants[0].name = "tuned".to_owned();
        Sweep::of(&draft, &TASKS).unwrap().add_to(&mut draft);
        assert_eq!(
            names(&draft)[..3],
            ["tuned", "separate", "tuned, 10:90 click:finish"]
        );
        assert_eq!(weight(&draft, 2, "like"), Some(3.0));
    }

    #[test]
    fn nothing_to_sweep_is_no_sweep() {
        let mut draft = draft();
        assert_eq!(Sweep::of(&draft, &["click"]), None);
        draft.variants.remove(0);
        assert_eq!(
            Sweep::of(&draft, &TASKS),
            None,
            "separate models share nothing"
        );
    }
}
