//! A variant's network: the input, a structure over it, and where everything lies.

use burn::tensor::Tensor;

use super::activation::Activation;
use super::bottom::{BottomEntry, InputShape};
use super::embedding::EmbeddingLayout;
use super::lanes;
use super::layout::Layout;
use super::mlp::{Builder, HiddenConfig};
use super::pass::Pass;
use super::structure::{Structure, StructureConfig, StructureEntry};
use crate::data::SparseField;
use crate::spec::Choice;

/// What a network is built from.
#[derive(Clone, Copy)]
pub struct NetworkConfig<'a> {
    /// The tasks' names.
    pub tasks: &'a [String],
    /// The sparse fields.
    pub sparse_fields: &'a [SparseField],
    /// The number of dense features.
    pub num_dense: usize,
    /// The width of every embedding.
    pub embedding_dim: usize,
    /// The structure's entry and its parameters.
    pub structure: (&'static dyn StructureEntry, &'a Choice),
    /// The bottom's entry and its parameters.
    pub bottom: (&'static dyn BottomEntry, &'a Choice),
    /// The widths of each task's tower.
    pub towers: &'a [Vec<usize>],
    /// The non-linearity.
    pub activation: &'static dyn Activation,
    /// Whether each hidden layer is batch-normalized.
    pub batch_norm: bool,
    /// The share of activations dropped.
    pub dropout: f64,
}

/// A network without its numbers: those are a flat tensor that comes with each pass.
#[derive(Debug)]
pub struct Network {
    /// What is trained besides the embeddings.
    pub layout: Layout,
    /// The running statistics of batch norm.
    pub statistics: Layout,
    /// The embedding tables.
    pub embeddings: EmbeddingLayout,
    /// The lanes that have embeddings of their own, by name.
    pub lanes: Vec<String>,
    num_tasks: usize,
    structure: Box<dyn Structure>,
}

impl Network {
    /// Builds the network.
    pub fn new(config: &NetworkConfig<'_>) -> Self {
        let (entry, choice) = config.structure;
        let lanes = entry.lanes(choice, config.tasks);
        let embeddings =
            EmbeddingLayout::new(config.sparse_fields, config.embedding_dim, lanes.len());
        let structure_config = StructureConfig {
            tasks: config.tasks,
            input: InputShape {
                fields: config.sparse_fields.len(),
                embedding_dim: config.embedding_dim,
                dense: config.num_dense,
            },
            bottom: config.bottom,
            towers: config.towers,
            hidden: HiddenConfig {
                activation: config.activation,
                batch_norm: config.batch_norm,
                dropout: config.dropout,
            },
        };
        let mut builder = Builder::default();
        let structure = entry.build(choice, &structure_config, &mut builder);
        let Builder { layout, statistics } = builder;
        Self {
            layout,
            statistics,
            embeddings,
            lanes,
            num_tasks: config.tasks.len(),
            structure,
        }
    }

    /// From features to one output for each task.
    ///
    /// # Shapes
    /// - embedded: `[replica · copy · lane, batch, field · dim]`, if there are sparse fields
    /// - dense: `[replica · copy, batch, num_dense]`, if there are dense features
    /// - output: `[replica, batch, task]`
    pub fn forward(
        &self,
        embedded: Option<Tensor<3>>,
        dense: Option<Tensor<3>>,
        pass: &Pass,
    ) -> Tensor<3> {
        let dense = dense.map(|dense| lanes::spread(dense, self.lanes.len()));
        let parts: Vec<Tensor<3>> = embedded.into_iter().chain(dense).collect();
        let input = Tensor::cat(parts, 2);
        Tensor::cat(self.structure.forward(input, pass), 2)
    }

    /// See [`Structure::penalty`].
    pub fn penalty(&self, outputs: &Tensor<3>, pass: &Pass) -> Option<Tensor<3>> {
        self.structure.penalty(outputs, pass)
    }

    /// Whether the tasks have anything in common: dense parameters, or embeddings alone.
    pub fn shares(&self) -> bool {
        let embeddings = self.lanes.len() == 1 && !self.embeddings.is_empty();
        embeddings || self.layout.num_shared() > 0
    }

    /// The number of outputs.
    pub fn num_tasks(&self) -> usize {
        self.num_tasks
    }

    /// The networks that have nothing in common: 1 if the tasks share anything.
    pub fn num_networks(&self) -> usize {
        if self.shares() { 1 } else { self.lanes.len() }
    }

    /// Trainable numbers of one replica.
    pub fn num_parameters(&self) -> usize {
        self.layout.len() + self.embeddings.len()
    }

    /// Trainable numbers by block: `embeddings`, `bottom`, each tower, …
    pub fn parameters_by_block(&self) -> Vec<(String, usize)> {
        let mut blocks: Vec<(String, usize)> = Vec::new();
        if !self.embeddings.is_empty() {
            blocks.push(("embeddings".to_owned(), self.embeddings.len()));
        }
        for entry in self.layout.entries() {
            let block = block_name(&entry.role);
            match blocks.iter_mut().find(|(name, _)| name == block) {
                Some((_, count)) => *count += entry.len(),
                None => blocks.push((block.to_owned(), entry.len())),
            }
        }
        blocks
    }
}

/// `bottom` of `bottom.0.weight`, `towers.click` of `towers.click.1.bias`.
fn block_name(role: &str) -> &str {
    let layer = |part: &str| part == "*" || part.bytes().all(|byte| byte.is_ascii_digit());
    let mut end = role.len();
    let mut from = 0;
    while let Some(dot) = role[from..].find('.') {
        let next = from + dot + 1;
        let part = role[next..].split('.').next().unwrap_or("");
        if layer(part) {
            end = from + dot;
            break;
        }
        from = next;
    }
    &role[..end]
}
