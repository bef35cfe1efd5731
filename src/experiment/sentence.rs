//! The experiment in one plain sentence, as it stands above the run button.

use super::draft::Draft;
use super::registries::{Registries, entry};

/// What the sentence says of the data.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Facts {
    /// Rows to train on.
    pub rows: usize,
    /// Columns that are features.
    pub features: usize,
    /// Tasks.
    pub labels: usize,
}

/// Such as `Train on 20,000 rows, 12 features, 5 labels: shared bottom against 5 separate models, 1 weighting, 3 seeds = 6 runs`.
pub fn sentence(draft: &Draft, facts: Facts, registries: &Registries<'_>) -> String {
    let mut structures: Vec<String> = Vec::new();
    let mut weightings = Vec::new();
    for variant in &draft.variants {
        let name = structure_name(&variant.structure.name, facts.labels, registries);
        if !structures.contains(&name) {
            structures.push(name);
        }
        if !weightings.contains(&&variant.strategy) {
            weightings.push(&variant.strategy);
        }
    }
    let rows = count(facts.rows, "row");
    let features = count(facts.features, "feature");
    let labels = count(facts.labels, "label");
    let weightings = count(weightings.len(), "weighting");
    let seeds = count(draft.seeds.len(), "seed");
    let runs = count(draft.variants.len() * draft.seeds.len(), "run");
    let structures = against(&structures);
    format!("Train on {rows}, {features}, {labels}: {structures}, {weightings}, {seeds} = {runs}")
}

/// Separate models are counted, for each task has its own; every other structure is one network.
fn structure_name(id: &str, labels: usize, registries: &Registries<'_>) -> String {
    if id == "separate" {
        return count(labels, "separate model");
    }
    let label = entry(&registries.structures, id).map_or(id, |spec| spec.label);
    // An acronym such as MMoE keeps its capitals.
    let mut letters = label.chars();
    match (letters.next(), letters.next()) {
        (Some(first), Some(second)) if second.is_lowercase() || second == ' ' => {
            first.to_lowercase().chain(label.chars().skip(1)).collect()
        }
        _ => label.to_owned(),
    }
}

fn against(structures: &[String]) -> String {
    match structures {
        [] => "nothing to compare".to_owned(),
        [only] => only.clone(),
        [first, second] => format!("{first} against {second}"),
        [first, middle @ .., last] => format!("{first} against {} and {last}", middle.join(", ")),
    }
}

fn count(number: usize, noun: &str) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let ending = if number == 1 { "" } else { "s" };
    format!("{grouped} {noun}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::fixtures::{draft, registries};
    use crate::experiment::parse;

    #[test]
    fn the_example_reads_as_designed() {
        let facts = Facts {
            rows: 20_000,
            features: 12,
            labels: 5,
        };
        let mut draft = draft();
        draft.seeds = vec![1, 2, 3];
        let expected = "Train on 20,000 rows, 12 features, 5 labels: \
            shared bottom against 5 separate models, 1 weighting, 3 seeds = 6 runs";
        assert_eq!(sentence(&draft, facts, &registries()), expected);
    }

    #[test]
    fn one_of_each_has_no_plural() {
        let facts = Facts {
            rows: 1,
            features: 1,
            labels: 1,
        };
        let (draft, _) = parse(
            "seeds = [1]\nvariants = [{ structure = \"separate\" }]",
            "e.toml",
        );
        let expected =
            "Train on 1 row, 1 feature, 1 label: 1 separate model, 1 weighting, 1 seed = 1 run";
        assert_eq!(sentence(&draft, facts, &registries()), expected);
    }

    #[test]
    fn several_structures_and_weightings_are_counted_once() {
        let text = "seeds = [1, 2]\nvariants = [{ structure = \"mmoe\" }, { structure = \"shared_bottom\" }, \
            { structure = \"separate\" }, { structure = \"mmoe\", strategy = \"gradnorm\" }, { structure = \"odd\" }]";
        let (draft, _) = parse(text, "e.toml");
        let facts = Facts {
            rows: 1_234_567,
            features: 100,
            labels: 2,
        };
        let expected = "Train on 1,234,567 rows, 100 features, 2 labels: \
            MMoE against shared bottom, 2 separate models and odd, 2 weightings, 2 seeds = 10 runs";
        assert_eq!(sentence(&draft, facts, &registries()), expected);
    }
}
