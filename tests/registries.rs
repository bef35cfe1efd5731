//! Every registry: names and texts are in order, defaults lie in their ranges, entries are in the file's language.

use mtl_lab::data::TaskKind;
use mtl_lab::metrics::METRICS;
use mtl_lab::model::{ACTIVATIONS, BOTTOMS, STRUCTURES};
use mtl_lab::spec::{ParamKind, Spec};
use mtl_lab::strategy::STRATEGIES;
use mtl_lab::train::{OPTIMIZERS, SCHEDULES};

/// All registries by name.
fn registries() -> Vec<(&'static str, Vec<&'static Spec>)> {
    vec![
        (
            "structures",
            STRUCTURES.iter().map(|it| it.spec()).collect(),
        ),
        ("bottoms", BOTTOMS.iter().map(|it| it.spec()).collect()),
        (
            "activations",
            ACTIVATIONS.iter().map(|it| it.spec()).collect(),
        ),
        (
            "strategies",
            STRATEGIES.iter().map(|it| it.spec()).collect(),
        ),
        ("metrics", METRICS.iter().map(|it| it.spec()).collect()),
        (
            "optimizers",
            OPTIMIZERS.iter().map(|it| it.spec()).collect(),
        ),
        ("schedules", SCHEDULES.iter().map(|it| it.spec()).collect()),
    ]
}

fn is_snake_case(name: &str) -> bool {
    let is_plain = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '_';
    name.starts_with(|char: char| char.is_ascii_lowercase()) && name.chars().all(is_plain)
}

fn is_a_line(text: &str) -> bool {
    !text.is_empty() && !text.ends_with('.') && !text.contains('\n') && text.trim() == text
}

#[test]
fn ids_are_unique_and_snake_case() {
    for (registry, specs) in registries() {
        assert!(!specs.is_empty(), "{registry}");
        let mut ids: Vec<&str> = specs.iter().map(|spec| spec.id).collect();
        for id in &ids {
            assert!(is_snake_case(id), "{registry}: {id}");
        }
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), specs.len(), "{registry}: an id occurs twice");
    }
}

#[test]
fn texts_say_something_on_one_line() {
    for (registry, specs) in registries() {
        for spec in specs {
            let place = format!("{registry}: {}", spec.id);
            assert!(is_a_line(spec.label), "{place}: {:?}", spec.label);
            assert!(is_a_line(spec.summary), "{place}: {:?}", spec.summary);
            for param in spec.params {
                assert!(is_snake_case(param.name), "{place}: {}", param.name);
                assert!(is_a_line(param.meaning), "{place}: {:?}", param.meaning);
            }
        }
    }
}

#[test]
fn papers_have_a_link() {
    for (registry, specs) in registries() {
        for spec in specs {
            if let Some(paper) = &spec.paper {
                assert!(
                    paper.url.starts_with("https://"),
                    "{registry}: {}: {}",
                    spec.id,
                    paper.url
                );
                assert!(!paper.citation.is_empty(), "{registry}: {}", spec.id);
            }
        }
    }
}

#[test]
fn defaults_lie_in_their_ranges() {
    for (registry, specs) in registries() {
        for spec in specs {
            for param in spec.params {
                let fits = match param.kind {
                    ParamKind::Number { default, min, max }
                    | ParamKind::PerTask { default, min, max } => min <= default && default <= max,
                    ParamKind::Integer { default, min, max } => min <= default && default <= max,
                    ParamKind::Widths { default, min, max } => {
                        default.iter().all(|width| min <= *width && *width <= max)
                    }
                    ParamKind::Flag { .. } | ParamKind::Columns => true,
                    ParamKind::Task { kind } => TaskKind::ALL.iter().any(|it| it.id() == kind),
                    ParamKind::Choice { default, options } => options.contains(&default),
                };
                assert!(fits, "{registry}: {}: {}", spec.id, param.name);
            }
        }
    }
}
