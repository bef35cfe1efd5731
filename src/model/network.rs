//! A variant's network: the input, a structure over it, and where everything lies.

use burn::tensor::Tensor;

use super::activation::Activation;
use super::bottom::{BottomEntry, InputShape};
use super::embedding::EmbeddingLayout;
use super::layout::Layout;
use super::mlp::{Builder, HiddenConfig};
use super::pass::Pass;
use super::structure::{Structure, StructureConfig, StructureEntry};
use super::wide::Wide;
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
    /// The linear term of each task, if the bottom has one.
    wide: Option<Wide>,
}

impl Network {
    /// Builds the network.
    pub fn new(config: &NetworkConfig<'_>) -> Self {
        let (entry, choice) = config.structure;
        let lanes = entry.lanes(choice, config.tasks);
        let is_wide = config.bottom.0.is_wide();
        let terms = Wide::terms(config.tasks.len(), lanes.len());
        let widths = vec![config.embedding_dim; config.sparse_fields.len()];
        let fields = config.sparse_fields.iter().cloned();
        let fields: Vec<_> = fields.zip(widths.iter().copied()).collect();
        let embeddings =
            EmbeddingLayout::new(&fields, if is_wide { terms } else { 0 }, lanes.len());
        let structure_config = StructureConfig {
            tasks: config.tasks,
            input: InputShape::new(&widths, config.num_dense),
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
        let wide = is_wide.then(|| {
            let layout = &mut builder.layout;
            Wide::new(layout, config.tasks, lanes.len(), config.num_dense)
        });
        let Builder { layout, statistics } = builder;
        Self {
            layout,
            statistics,
            embeddings,
            lanes,
            num_tasks: config.tasks.len(),
            structure,
            wide,
        }
    }

    /// From features to one output for each task.
    ///
    /// # Shapes
    /// - found: `[replica · copy · lane, batch, width]`, what the rows find in the tables, if there are sparse fields
    /// - dense: `[replica · copy, batch, num_dense]`, if there are dense features
    /// - output: `[replica, batch, task]`
    pub fn forward(
        &self,
        found: Option<Tensor<3>>,
        dense: Option<Tensor<3>>,
        pass: &Pass,
    ) -> Tensor<3> {
        let (embedded, linear) = match found {
            Some(found) => {
                let (embedded, linear) = self.embeddings.split(found);
                (Some(embedded), linear)
            }
            None => (None, None),
        };
        let spread = dense.clone().map(|dense| self.spread_over_lanes(dense));
        let parts: Vec<Tensor<3>> = embedded.into_iter().chain(spread).collect();
        let input = Tensor::cat(parts, 2);
        let outputs = Tensor::cat(self.structure.forward(input, pass), 2);
        let wide = self.wide.as_ref();
        match wide.and_then(|wide| wide.forward(linear, dense, pass)) {
            Some(wide) => outputs + wide,
            None => outputs,
        }
    }

    fn spread_over_lanes(&self, dense: Tensor<3>) -> Tensor<3> {
        let [replicas, batch, width] = dense.dims();
        let lanes = self.lanes.len();
        if lanes == 1 {
            return dense;
        }
        dense
            .reshape([replicas, 1, batch, width])
            .expand([replicas, lanes, batch, width])
            .reshape([replicas * lanes, batch, width])
    }

    /// The number of outputs.
    pub fn num_tasks(&self) -> usize {
        self.num_tasks
    }

    /// Whether each task has a linear term of the features.
    pub fn is_wide(&self) -> bool {
        self.wide.is_some()
    }

    /// Trainable numbers of one replica.
    pub fn num_parameters(&self) -> usize {
        self.layout.len() + self.embeddings.len()
    }

    /// Trainable numbers by block: `embeddings`, `bottom`, each tower, …
    pub fn parameters_by_block(&self) -> Vec<(String, usize)> {
        let mut blocks: Vec<(String, usize)> = Vec::new();
        let [embeddings, linear] = self.embeddings.counts();
        let of_tables = [("embeddings", embeddings), ("linear", linear)];
        let of_layout = self.layout.entries().iter();
        let of_layout = of_layout.map(|entry| (block_name(&entry.role), entry.len()));
        let counted = of_tables.into_iter().chain(of_layout);
        for (block, numbers) in counted.filter(|&(_, numbers)| numbers > 0) {
            match blocks.iter_mut().find(|(name, _)| name == block) {
                Some((_, count)) => *count += numbers,
                None => blocks.push((block.to_owned(), numbers)),
            }
        }
        blocks
    }
}

/// `bottom` of `bottom.0.weight`, `towers.click` of `towers.click.1.bias`, `linear` of all linear terms.
fn block_name(role: &str) -> &str {
    if role.starts_with("linear.") {
        return "linear";
    }
    let layer = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
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
