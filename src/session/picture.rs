//! Each variant's network as boxes and arrows with their trainable numbers, for the Design screen.
//!
//! They are counted on the network itself, built from the draft and the column facts without a tensor.

use std::collections::BTreeMap;

use super::facts::{LoadedData, role_of};
use crate::data::{ColumnSpec, Role, SequenceField, SparseField};
use crate::experiment::{Draft, TowersDraft, VariantDraft};
use crate::model::activation::activation;
use crate::model::bottom::bottom;
use crate::model::structure::structure;
use crate::model::{Diagram, Network, NetworkConfig};
use crate::spec::ParamValue;

/// A variant's network.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Picture {
    /// The widths of the bottom.
    pub bottom: Vec<i64>,
    /// The trainable numbers by block: embeddings, bottom, towers and whatever else the structure has.
    pub blocks: Vec<(String, usize)>,
    /// The network as boxes and arrows; empty as long as it cannot be built.
    pub diagram: Diagram,
}

impl Picture {
    /// All trainable numbers.
    pub fn parameters(&self) -> usize {
        self.blocks.iter().map(|(_, parameters)| parameters).sum()
    }

    /// The trainable numbers of a block, 0 if there is none of this name.
    pub fn block(&self, name: &str) -> usize {
        let block = self.blocks.iter().find(|(block, _)| block == name);
        block.map_or(0, |(_, parameters)| *parameters)
    }
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
    let dense_names: Vec<String> = with_role(Role::Dense)
        .flat_map(|column| dense_names(&column.name, column.missing > 0.0))
        .collect();
    let is_trained = |task: &String| variant.tasks.as_ref().is_none_or(|own| own.contains(task));
    let tasks: Vec<String> = with_role(Role::Label)
        .map(|column| column.name.clone())
        .filter(is_trained)
        .collect();
    let default_towers = VariantDraft::default_towers();
    let towers = towers_of(draft, variant).unwrap_or(&default_towers);
    let widths_of = |task: &String| towers.per_task.get(task).unwrap_or(&towers.default).clone();
    let tower_widths: Vec<Vec<i64>> = tasks.iter().map(widths_of).collect();
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
    let unbuilt = Picture {
        bottom: bottom_widths,
        ..Picture::default()
    };
    let structure_entry = structure(&variant.structure.name);
    let activation = activation(&draft.training.activation);
    let (Some(structure), Some(bottom), Some(activation)) =
        (structure_entry, bottom_entry, activation)
    else {
        return unbuilt;
    };
    let sane = |widths: &[i64]| widths.iter().all(|&width| width > 0 && width <= 65_536);
    let all_sane = tower_widths.iter().all(|widths| sane(widths)) && sane(&unbuilt.bottom);
    if tasks.is_empty() || !all_sane {
        return unbuilt;
    }
    let tower_units: Vec<Vec<usize>> = (tower_widths.iter())
        .map(|widths| widths.iter().map(|&width| width as usize).collect())
        .collect();
    let config = NetworkConfig {
        tasks: &tasks,
        sparse_fields: &sparse_fields,
        sequences: &sequences,
        dense_names: &dense_names,
        embedding_dim: draft.training.embedding_dim as usize,
        structure: (structure, &variant.structure),
        bottom: (bottom, bottom_choice),
        towers: &tower_units,
        activation,
        batch_norm: draft.training.batch_norm,
        dropout: draft.training.dropout,
    };
    let network = Network::new(&config);
    Picture {
        blocks: network.parameters_by_block(),
        diagram: Diagram::of(&config, &network),
        ..unbuilt
    }
}

/// The numbers of a dense column: its own, and where values are missing an indicator.
fn dense_names(column: &str, misses: bool) -> impl Iterator<Item = String> {
    let indicator = misses.then(|| format!("{column}_missing"));
    std::iter::once(column.to_owned()).chain(indicator)
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
