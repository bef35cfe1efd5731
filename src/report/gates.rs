//! What the gates of a mixture gave to each expert, variant by variant: charts over time, and how it ended.

use minijinja::context;
use minijinja::value::Value;

use super::chart::ChartLine;
use super::facets::{Facet, Facets};
use super::group::Group;
use super::palette::{ChartColors, VARIANTS_LIGHT};
use crate::analysis::{Gate, experts_of, gates_of};
use crate::model::experts::shown_name;
use crate::results::{Results, SeriesKey};
use crate::train::{GATE, Part};

/// The section of the report; empty if no variant has gates.
pub(super) fn gates(results: &Results) -> Vec<Value> {
    let of_variant = |(index, variant): (usize, &crate::experiment::VariantDraft)| {
        let gates = gates_of(results, index);
        let experts = experts_of(&gates);
        let numbers: Vec<usize> = (0..experts.len()).collect();
        // No color comes twice in a chart.
        let groups = numbers.chunks(VARIANTS_LIGHT.len());
        let groups = groups.filter_map(|numbers| group(results, index, &gates, &experts, numbers));
        let groups: Vec<Value> = groups.collect();
        let row = |gate: &Gate| {
            let cells = experts.iter().map(|name| last(results, index, gate, name));
            context! { title => gate.title(), cells => cells.collect::<Vec<String>>() }
        };
        let rows: Vec<Value> = gates.iter().map(row).collect();
        let name = &variant.name;
        (!groups.is_empty()).then(|| context! { name, groups, experts, rows })
    };
    let variants = results.draft.variants.iter().enumerate();
    variants.filter_map(of_variant).collect()
}

fn key(gate: &Gate, expert: &str) -> SeriesKey {
    SeriesKey {
        run: 0,
        task: gate.task.clone(),
        metric: GATE.to_owned(),
        other: Some(expert.to_owned()),
        split: Part::Train,
    }
}

/// The charts of all gates with these of the experts; `None` if they have no point.
fn group(
    results: &Results,
    variant: usize,
    gates: &[Gate],
    names: &[String],
    numbers: &[usize],
) -> Option<Value> {
    let line = |gate: &Gate, expert: &String| {
        let name = shown_name(expert).1;
        let number = numbers.iter().find(|&&number| names[number] == name)?;
        let group = Group::of(results, variant, &key(gate, expert));
        (group.runs > 0).then(|| ChartLine {
            label: name,
            color: color(*number),
            dashed: false,
            points: group.means(),
            band: group.band(),
        })
    };
    let chart = |gate: &Gate| {
        let lines = gate.experts.iter().filter_map(|expert| line(gate, expert));
        Facet {
            title: gate.title(),
            lines: lines.collect(),
        }
    };
    let drawn = Facets {
        charts: gates.iter().map(chart).collect(),
        below_zero: None,
    };
    let svgs = drawn.svgs(&ChartColors::PAGE).into_iter();
    let svgs: Vec<Value> = svgs.map(Value::from_safe_string).collect();
    let entry = |&number: &usize| context! { name => &names[number], color => color(number) };
    let legend: Vec<Value> = numbers.iter().map(entry).collect();
    (!svgs.is_empty()).then(|| context! { legend, svgs })
}

fn color(number: usize) -> String {
    format!("var(--v{})", number % VARIANTS_LIGHT.len())
}

/// The mean over seeds of the last share; empty where the gate does not mix that expert.
fn last(results: &Results, variant: usize, gate: &Gate, name: &str) -> String {
    let expert = gate.experts.iter().find(|it| shown_name(it).1 == name);
    let share = expert.and_then(|expert| {
        let means = Group::of(results, variant, &key(gate, expert)).means();
        means.last().map(|(_, share)| *share)
    });
    share.map_or_else(String::new, |share| format!("{share:.3}"))
}

#[cfg(test)]
mod tests {
    use super::super::fixtures;
    use super::*;
    use crate::results::Sample;
    use crate::train::At;

    #[test]
    fn each_gate_has_a_chart_and_a_row() {
        let mut results = fixtures::results();
        assert!(gates(&results).is_empty());
        for (run, task, expert, share) in [
            (2, "click", "experts.0", 0.25),
            (3, "click", "experts.0", 0.5),
            (2, "click", "experts.1", 0.75),
            (3, "click", "experts.1", 0.5),
        ] {
            let gate = Gate {
                task: task.to_owned(),
                level: None,
                experts: Vec::new(),
            };
            let key = SeriesKey {
                run,
                ..key(&gate, expert)
            };
            let at = At {
                step: 10,
                epoch: 1.0,
                samples: 800,
                seconds: 1.0,
            };
            results
                .series
                .insert(key, vec![Sample { at, value: share }]);
        }
        let found = gates(&results);
        assert_eq!(found.len(), 1);
        let row = found[0]
            .get_attr("rows")
            .unwrap()
            .get_item_by_index(0)
            .unwrap();
        let cells = row.get_attr("cells").unwrap();
        let cells: Vec<String> = cells.try_iter().unwrap().map(|it| it.to_string()).collect();
        assert_eq!(cells, ["0.375", "0.625"]);
        let groups = found[0].get_attr("groups").unwrap();
        assert_eq!(groups.len(), Some(1));
    }
}
