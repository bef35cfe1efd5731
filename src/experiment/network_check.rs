//! Whether the networks of a plan can be built on its data, and fit in memory.

use super::draft::TrainingDraft;
use super::plan::Variant;
use crate::data::{Dataset, SequenceField};
use crate::error::Problem;
use crate::model::bottom::bottom;

/// The most weights of one network; with gradients and an optimizer's state they take 16 bytes each.
const MAX_WEIGHTS: usize = 500_000_000;

/// What is wrong with each variant's network.
pub(super) fn check_networks(
    variants: &[Variant],
    dataset: &Dataset,
    training: &TrainingDraft,
) -> Vec<Problem> {
    let mut problems = check_sizes(variants, dataset, training);
    problems.extend(check_widths(
        variants,
        &widths(dataset, training.embedding_dim),
    ));
    problems
}

/// A network beyond all memory would end the program without a word; here it is counted before it has any numbers.
fn check_sizes(variants: &[Variant], dataset: &Dataset, training: &TrainingDraft) -> Vec<Problem> {
    let problem = |(index, variant): (usize, &Variant)| {
        let network = variant.network(dataset, training).ok()?;
        let weights = network.num_parameters();
        (weights > MAX_WEIGHTS).then(|| {
            let place = format!("variants[{index}]");
            Problem::new(place, "the network does not fit in memory")
                .expected(format!("at most {MAX_WEIGHTS} weights"))
                .found(weights.to_string())
                .help("use narrower or fewer layers, fewer experts, or a smaller `embedding_dim`")
        })
    };
    variants.iter().enumerate().filter_map(problem).collect()
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
