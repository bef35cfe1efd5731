//! `mtl-lab list`

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::output;
use crate::error::Report;
use crate::metrics::METRICS;
use crate::spec::Spec;
use crate::train::registries;

/// Arguments of `list`.
#[derive(Args, Debug)]
pub struct Arguments {
    /// Only this registry.
    registry: Option<Registry>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// A registry.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Registry {
    /// How tasks share a network.
    Structures,
    /// The network over the features.
    Bottoms,
    /// How the task losses become one update.
    Strategies,
    /// How good predictions are.
    Metrics,
    /// How a step is taken.
    Optimizers,
    /// How the learning rate changes.
    Schedules,
    /// The non-linearities.
    Activations,
}

impl Registry {
    fn specs(self) -> Vec<&'static Spec> {
        let all = registries();
        match self {
            Self::Structures => all.structures,
            Self::Bottoms => all.bottoms,
            Self::Strategies => all.strategies,
            Self::Metrics => METRICS.iter().map(|metric| metric.spec()).collect(),
            Self::Optimizers => all.optimizers,
            Self::Schedules => all.schedules,
            Self::Activations => all.activations,
        }
    }

    fn name(self) -> String {
        self.to_possible_value()
            .map_or_else(String::new, |value| value.get_name().to_owned())
    }
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Report> {
    let chosen = match arguments.registry {
        Some(registry) => vec![registry],
        None => Registry::value_variants().to_vec(),
    };
    if arguments.json {
        let entries = |registry: &Registry| {
            let specs = registry.specs();
            (
                registry.name(),
                Value::from(specs.into_iter().map(entry).collect::<Vec<_>>()),
            )
        };
        let value: serde_json::Map<String, Value> = chosen.iter().map(entries).collect();
        return output::print_json(&value);
    }
    let mut text = String::new();
    for registry in chosen {
        text.push_str(&format!("{}\n", registry.name()));
        for spec in registry.specs() {
            text.push_str(&format!("  {:<16} {}\n", spec.id, spec.summary));
            for param in spec.params {
                text.push_str(&format!(
                    "  {:<16}   {} = {} ({})  {}\n",
                    "",
                    param.name,
                    param.kind.default_text(),
                    param.kind.range_text(),
                    param.meaning
                ));
            }
            if let Some(paper) = spec.paper {
                text.push_str(&format!(
                    "  {:<16}   {} {}\n",
                    "", paper.citation, paper.url
                ));
            }
        }
    }
    output::print(&text)
}

fn entry(spec: &'static Spec) -> Value {
    let params = spec.params.iter().map(|param| {
        json!({
            "name": param.name,
            "meaning": param.meaning,
            "default": param.kind.default_text(),
            "range": param.kind.range_text(),
        })
    });
    json!({
        "name": spec.id,
        "label": spec.label,
        "summary": spec.summary,
        "formula": spec.formula,
        "paper": spec.paper.map(|paper| json!({ "citation": paper.citation, "url": paper.url })),
        "parameters": params.collect::<Vec<_>>(),
    })
}
