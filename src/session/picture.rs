//! Each variant's network as blocks with their trainable numbers, for the drawing on the Design screen.
//!
//! The blocks are counted on the network itself, built from the draft and the column facts without a tensor.

use std::collections::BTreeMap;

use super::facts::{LoadedData, role_of};
use crate::data::{ColumnSpec, Role, SequenceField, SparseField};
use crate::experiment::{Draft, TowersDraft, VariantDraft};
use crate::model::activation::activation;
use crate::model::bottom::bottom;
use crate::model::structure::structure;
use crate::model::{Network, NetworkConfig};
use crate::spec::ParamValue;

/// A variant's network.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Picture {
    /// The variant.
    pub variant: String,
    /// Sparse and sequence features.
    pub sparse: usize,
    /// Dense features.
    pub dense: usize,
    /// Networks that each have embeddings and bottom of their own: 1 if everything is shared.
    pub lanes: usize,
    /// The widths of the bottom.
    pub bottom: Vec<i64>,
    /// The task and widths of each tower.
    pub towers: Vec<(String, Vec<i64>)>,
    /// Embeddings, bottom, towers and whatever else the structure has.
    pub blocks: Vec<Block>,
}

impl Picture {
    /// All trainable numbers.
    pub fn parameters(&self) -> usize {
        self.blocks.iter().map(|block| block.parameters).sum()
    }

    /// The trainable numbers of a block, 0 if there is none of this name.
    pub fn block(&self, name: &str) -> usize {
        let block = self.blocks.iter().find(|block| block.name == name);
        block.map_or(0, |block| block.parameters)
    }
}

/// A part of a network.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Block {
    /// Such as `embeddings`, `bottom` or `towers.click`.
    pub name: String,
    /// Its trainable numbers.
    pub parameters: usize,
}

/// The towers of a variant: its own, else those of the first variant.
pub fn towers_of<'a>(draft: &'a Draft, variant: &'a VariantDraft) -> Option<&'a TowersDraft> {
    variant
        .towers
        .as_ref()
        .or_else(|| draft.variants.first()?.towers.as_ref())
}

/// The networks of all variants; a variant that names something unknown has no blocks.
pub fn pictures(
    draft: &Draft,
    loaded: &LoadedData,
    columns: &BTreeMap<String, ColumnSpec>,
) -> Vec<Picture> {
    draft
        .variants
        .iter()
        .map(|variant| picture(draft, variant, loaded, columns))
        .collect()
}

fn picture(
    draft: &Draft,
    variant: &VariantDraft,
    loaded: &LoadedData,
    columns: &BTreeMap<String, ColumnSpec>,
) -> Picture {
    let with_role = |role: Role| {
        loaded
            .columns
            .iter()
            .filter(move |column| role_of(columns, &column.name) == role)
    };
    let (sparse_fields, sequences) = fields(loaded, columns);
    let num_dense = with_role(Role::Dense)
        .map(|column| if column.missing > 0.0 { 2 } else { 1 })
        .sum();
    let tasks: Vec<String> = with_role(Role::Label)
        .map(|column| column.name.clone())
        .collect();
    let default_towers = VariantDraft::default_towers();
    let towers = towers_of(draft, variant).unwrap_or(&default_towers);
    let widths_of = |task: &String| towers.per_task.get(task).unwrap_or(&towers.default).clone();
    let named: Vec<(String, Vec<i64>)> = tasks
        .iter()
        .map(|task| (task.clone(), widths_of(task)))
        .collect();
    let default_bottom = VariantDraft::default_bottom();
    let first_bottom = draft
        .variants
        .first()
        .and_then(|first| first.bottom.as_ref());
    let bottom_choice = variant
        .bottom
        .as_ref()
        .or(first_bottom)
        .unwrap_or(&default_bottom);
    let bottom_entry = bottom(&bottom_choice.name);
    let bottom_widths = bottom_entry.map_or_else(Vec::new, |entry| {
        match bottom_choice.value(entry.spec(), "units") {
            Some(ParamValue::Widths(widths)) => widths,
            _ => Vec::new(),
        }
    });
    let mut picture = Picture {
        variant: variant.name.clone(),
        sparse: sparse_fields.len() + sequences.len(),
        dense: with_role(Role::Dense).count(),
        lanes: 1,
        bottom: bottom_widths,
        towers: named,
        blocks: Vec::new(),
    };
    let structure_entry = structure(&variant.structure.name);
    let activation = activation(&draft.training.activation);
    let (Some(structure), Some(bottom), Some(activation)) =
        (structure_entry, bottom_entry, activation)
    else {
        return picture;
    };
    let sane = |widths: &[i64]| widths.iter().all(|&width| width > 0 && width <= 65_536);
    let all_sane = picture.towers.iter().all(|(_, widths)| sane(widths)) && sane(&picture.bottom);
    if tasks.is_empty() || !all_sane {
        return picture;
    }
    let tower_units: Vec<Vec<usize>> = (picture.towers.iter())
        .map(|(_, widths)| widths.iter().map(|&width| width as usize).collect())
        .collect();
    let network = Network::new(&NetworkConfig {
        tasks: &tasks,
        sparse_fields: &sparse_fields,
        sequences: &sequences,
        num_dense,
        embedding_dim: draft.training.embedding_dim as usize,
        structure: (structure, &variant.structure),
        bottom: (bottom, bottom_choice),
        towers: &tower_units,
        activation,
        batch_norm: draft.training.batch_norm,
        dropout: draft.training.dropout,
    });
    picture.lanes = if structure.shares() {
        1
    } else {
        network.lanes.len().max(1)
    };
    let [embeddings, linear] = network.embeddings.counts();
    add(&mut picture.blocks, "embeddings", embeddings);
    if linear > 0 {
        add(&mut picture.blocks, "linear", linear);
    }
    for entry in network.layout.entries() {
        add(&mut picture.blocks, &block_name(&entry.role), entry.len());
    }
    picture
}

/// The sparse and the sequence features.
fn fields(
    loaded: &LoadedData,
    columns: &BTreeMap<String, ColumnSpec>,
) -> (Vec<SparseField>, Vec<SequenceField>) {
    let with_role = |role: Role| {
        loaded
            .columns
            .iter()
            .filter(move |column| role_of(columns, &column.name) == role)
    };
    let spec_of = |name: &str| columns.get(name).cloned().unwrap_or_default();
    let dim_of = |spec: &ColumnSpec| spec.embedding_dim.map(|dim| dim.clamp(1, 1024) as usize);
    let vocabulary = |distinct: usize, spec: &ColumnSpec| {
        spec.hash_buckets
            .map_or(distinct, |buckets| buckets as usize)
            + 2
    };
    let sparse_fields: Vec<SparseField> = with_role(Role::Sparse)
        .map(|column| {
            let spec = spec_of(&column.name);
            SparseField {
                name: column.name.clone(),
                vocabulary: vocabulary(column.distinct, &spec),
                embedding_dim: dim_of(&spec),
            }
        })
        .collect();
    let sequences: Vec<SequenceField> = with_role(Role::Sequence)
        .map(|column| {
            let spec = spec_of(&column.name);
            let place = |name: &String| sparse_fields.iter().position(|it| it.name == *name);
            SequenceField {
                name: column.name.clone(),
                target: spec.attends_to.as_ref().and_then(place),
                vocabulary: vocabulary(column.distinct, &spec),
                embedding_dim: dim_of(&spec),
                // The length changes no number of parameters.
                len: 1,
                pooling: spec.pooling.unwrap_or_default(),
            }
        })
        .collect();
    (sparse_fields, sequences)
}

/// `towers.click.0.weight` belongs to `towers.click`, everything else to its first word.
fn block_name(role: &str) -> String {
    let mut parts = role.split('.');
    let first = parts.next().unwrap_or(role);
    match parts.next() {
        Some(task) if first == "towers" => format!("{first}.{task}"),
        _ => first.to_owned(),
    }
}

fn add(blocks: &mut Vec<Block>, name: &str, parameters: usize) {
    match blocks.iter_mut().find(|block| block.name == name) {
        Some(block) => block.parameters += parameters,
        None => blocks.push(Block {
            name: name.to_owned(),
            parameters,
        }),
    }
}
