//! The network of a variant, as it is trained on the data.

use super::draft::TrainingDraft;
use super::plan::Variant;
use crate::data::{Dataset, SequenceField};
use crate::error::Problem;
use crate::model::activation::activation;
use crate::model::bottom::bottom;
use crate::model::structure::structure;
use crate::model::{Network, NetworkConfig};

impl Variant {
    /// Its network on these data.
    ///
    /// # Errors
    /// A name that no registry has.
    pub fn network(&self, dataset: &Dataset, training: &TrainingDraft) -> Result<Network, Problem> {
        let own = self.trained.iter().map(|&task| &dataset.tasks[task]);
        let tasks: Vec<String> = own.map(|task| task.name.clone()).collect();
        let towers = self.trained.iter().map(|&task| &self.towers[task]);
        let towers: Vec<Vec<usize>> = towers.cloned().collect();
        let sequences = dataset.sequences.iter().map(|list| list.field.clone());
        let sequences: Vec<SequenceField> = sequences.collect();
        let unknown = |what: &str, name: &str| Problem::new(name, format!("unknown {what}"));
        let name = &self.structure.name;
        let structure = structure(name).ok_or_else(|| unknown("structure", name))?;
        let name = &self.bottom.name;
        let bottom = bottom(name).ok_or_else(|| unknown("bottom", name))?;
        let name = &training.activation;
        let activation = activation(name).ok_or_else(|| unknown("activation", name))?;
        Ok(Network::new(&NetworkConfig {
            tasks: &tasks,
            sparse_fields: &dataset.sparse_fields,
            sequences: &sequences,
            dense_names: &dataset.dense_names,
            embedding_dim: training.embedding_dim as usize,
            structure: (structure, &self.structure),
            bottom: (bottom, &self.bottom),
            towers: &towers,
            activation,
            batch_norm: training.batch_norm,
            dropout: training.dropout,
        }))
    }
}
