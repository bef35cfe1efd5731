//! Which gates a variant has, and whom each mixes.

use std::collections::BTreeSet;

use crate::model::experts::shown_name;
use crate::results::Results;
use crate::train::GATE;

/// A gate of a variant.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Gate {
    /// The task that it mixes for.
    pub task: String,
    /// The level that it stands in, where there are several.
    pub level: Option<usize>,
    /// The experts that it mixes, as their series name them.
    pub experts: Vec<String>,
}

impl Gate {
    /// The task, and the level where there are several.
    pub fn title(&self) -> String {
        match self.level {
            Some(level) => format!("{}, level {level}", self.task),
            None => self.task.clone(),
        }
    }
}

/// The gates of a variant in the order of the tasks, level by level.
pub fn gates_of(results: &Results, variant: usize) -> Vec<Gate> {
    // Level, task, stem and number put `experts.2` before `experts.10`.
    let mut found: BTreeSet<(Option<usize>, usize, String, usize, String)> = BTreeSet::new();
    let is_of = |run: usize| {
        results
            .runs
            .get(run)
            .is_some_and(|it| it.variant == variant)
    };
    for key in results.series.keys() {
        let task = results.tasks.iter().position(|task| task.name == key.task);
        let (Some(task), Some(expert)) = (task, &key.other) else {
            continue;
        };
        if key.metric == GATE && is_of(key.run) {
            let (stem, number) = expert.rsplit_once('.').unwrap_or((expert, ""));
            let place = (stem.to_owned(), number.parse().unwrap_or(0));
            let level = shown_name(expert).0;
            found.insert((level, task, place.0, place.1, expert.clone()));
        }
    }
    let has_levels = found
        .iter()
        .any(|(level, ..)| level.is_some_and(|it| it > 1));
    let mut gates: Vec<Gate> = Vec::new();
    for (level, task, _, _, expert) in found {
        let level = level.filter(|_| has_levels);
        let task = &results.tasks[task].name;
        match gates.last_mut() {
            Some(gate) if gate.level == level && gate.task == *task => gate.experts.push(expert),
            _ => gates.push(Gate {
                task: task.clone(),
                level,
                experts: vec![expert],
            }),
        }
    }
    gates
}

/// What the experts of some gates are called, each name once; its place is the color of its line.
pub fn experts_of(gates: &[Gate]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for expert in gates.iter().flat_map(|gate| &gate.experts) {
        let name = shown_name(expert).1;
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::TaskKind;
    use crate::results::{Run, SeriesKey, TaskInfo};
    use crate::train::Part;

    fn results(experts: &[&str]) -> Results {
        let mut results = Results {
            tasks: ["watch", "click"]
                .map(|name| TaskInfo::new(name, TaskKind::Binary))
                .into(),
            runs: vec![Run::default()],
            ..Results::default()
        };
        for task in ["click", "watch"] {
            for expert in experts {
                let key = SeriesKey {
                    run: 0,
                    task: task.to_owned(),
                    metric: GATE.to_owned(),
                    other: Some((*expert).to_owned()),
                    split: Part::Train,
                };
                results.series.insert(key, Vec::new());
            }
        }
        results
    }

    #[test]
    fn experts_are_in_the_order_of_their_numbers() {
        let gates = gates_of(&results(&["experts.10", "experts.2"]), 0);
        let titles: Vec<String> = gates.iter().map(Gate::title).collect();
        assert_eq!(titles, ["watch", "click"]);
        assert_eq!(gates[0].experts, ["experts.2", "experts.10"]);
        assert_eq!(experts_of(&gates), ["expert 3", "expert 11"]);
        assert_eq!(gates_of(&results(&["experts.0"]), 1), []);
    }

    #[test]
    fn a_single_level_is_not_named() {
        let one = gates_of(&results(&["level1.shared.0", "level1.own.click.0"]), 0);
        assert_eq!(one[1].title(), "click");
        let two = gates_of(&results(&["level1.shared.0", "level2.shared.0"]), 0);
        let titles: Vec<String> = two.iter().map(Gate::title).collect();
        let expected = [
            "watch, level 1",
            "click, level 1",
            "watch, level 2",
            "click, level 2",
        ];
        assert_eq!(titles, expected);
        assert_eq!(experts_of(&two), ["shared 1"]);
    }
}
