//! Whether the networks of a plan can be built on its data, and fit in memory.

use super::plan::Variant;
use crate::data::{Dataset, Sequence, SequenceField};
use crate::error::Problem;
use crate::model::ACTIVATIONS;
use crate::model::bottom::{BottomConfig, InputShape, bottom};
use crate::model::mlp::{Builder, HiddenConfig};

/// The most weights of one network; with gradients and an optimizer's state they take 16 bytes each.
const MAX_WEIGHTS: usize = 500_000_000;

/// What is wrong with each variant's network.
pub(super) fn check_networks(
    variants: &[Variant],
    dataset: &Dataset,
    embedding_dim: u32,
) -> Vec<Problem> {
    let widths = widths(dataset, embedding_dim);
    let mut problems = check_sizes(variants, dataset, &widths);
    problems.extend(check_widths(variants, &widths));
    problems
}

/// A network beyond all memory would end the program without a word.
fn check_sizes(variants: &[Variant], dataset: &Dataset, widths: &[usize]) -> Vec<Problem> {
    let of_fields = dataset.sparse_fields.iter().map(|field| field.vocabulary);
    let own = |list: &Sequence| match list.field.target {
        Some(_) => 0,
        None => list.field.vocabulary,
    };
    let ids = of_fields.chain(dataset.sequences.iter().map(own));
    let table: usize = ids.zip(widths).map(|(ids, dim)| ids * dim).sum();
    let input = InputShape::new(widths, dataset.dense_names.len());
    let mut problems = Vec::new();
    for (index, variant) in variants.iter().enumerate() {
        let Some(entry) = bottom(&variant.bottom.name) else {
            continue;
        };
        let config = BottomConfig {
            role: "bottom",
            lanes: &[String::new()],
            input,
            hidden: HiddenConfig {
                activation: ACTIVATIONS[0],
                batch_norm: false,
                dropout: 0.0,
            },
        };
        let mut builder = Builder::default();
        let built = entry.build(&variant.bottom, &config, &mut builder);
        let towers = variant.towers.iter();
        let towers = towers.map(|tower| num_weights(built.width(), tower));
        // At least so many: each structure has these once or several times.
        let weights = table + builder.layout.len() + towers.sum::<usize>();
        if weights > MAX_WEIGHTS {
            let place = format!("variants[{index}]");
            problems.push(
                Problem::new(place, "the network does not fit in memory")
                    .expected(format!("at most {MAX_WEIGHTS} weights"))
                    .found(format!("at least {weights}"))
                    .help("use narrower or fewer layers, or a smaller `embedding_dim`"),
            );
        }
    }
    problems
}

/// The width of what each sparse field and each list has in the end.
fn widths(dataset: &Dataset, embedding_dim: u32) -> Vec<usize> {
    let or_all = |own: Option<usize>| own.unwrap_or(embedding_dim as usize);
    let fields = &dataset.sparse_fields;
    let lists = dataset.sequences.iter().map(|list| &list.field);
    let of_list = |list: &SequenceField| match list.target {
        Some(target) => or_all(fields[target].embedding_dim),
        None => or_all(list.embedding_dim),
    };
    let of_fields = fields.iter().map(|field| or_all(field.embedding_dim));
    of_fields.chain(lists.map(of_list)).collect()
}

/// Bottoms that compare embeddings with each other cannot have them of several widths.
fn check_widths(variants: &[Variant], widths: &[usize]) -> Vec<Problem> {
    let mut widths = widths.to_vec();
    widths.sort_unstable();
    widths.dedup();
    if widths.len() < 2 {
        return Vec::new();
    }
    let compares = |variant: &Variant| {
        bottom(&variant.bottom.name).is_some_and(|entry| entry.compares_fields())
    };
    let found: Vec<String> = widths.iter().map(ToString::to_string).collect();
    let problem = |(index, variant): (usize, &Variant)| {
        let message = format!(
            "`{}` compares embeddings with each other",
            variant.bottom.name
        );
        Problem::new(format!("variants[{index}].bottom"), message)
            .expected("embeddings of one width")
            .found(found.join(", "))
            .help("leave `embedding_dim` to the training settings, or take another bottom")
    };
    let variants = variants.iter().enumerate();
    variants
        .filter(|(_, variant)| compares(variant))
        .map(problem)
        .collect()
}

fn num_weights(inputs: usize, widths: &[usize]) -> usize {
    let inputs = std::iter::once(inputs).chain(widths.iter().copied());
    inputs.zip(widths).map(|(from, to)| (from + 1) * to).sum()
}
