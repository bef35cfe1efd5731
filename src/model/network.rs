//! A variant's network: the input, a structure over it, and where everything lies.

use std::ops::Range;

use burn::tensor::{Device, Tensor};

use super::activation::Activation;
use super::attention::AttentionUnit;
use super::bottom::{BottomEntry, InputShape};
use super::dropout::DropoutKey;
use super::embedding::{EmbeddingLayout, PlainField};
use super::host::is_host;
use super::input::{Input, RepeatedRows};
use super::lanes;
use super::layout::Layout;
use super::mlp::{Builder, HiddenConfig};
use super::pass::{Fork, Pass};
use super::sequence::SequencePool;
use super::structure::{Structure, StructureConfig, StructureEntry};
use super::wide::Wide;
use crate::data::{SequenceField, SparseField};
use crate::spec::Choice;

/// What a network is built from.
#[derive(Clone, Copy)]
pub struct NetworkConfig<'a> {
    /// The tasks' names.
    pub tasks: &'a [String],
    /// The sparse fields.
    pub sparse_fields: &'a [SparseField],
    /// The lists of ids.
    pub sequences: &'a [SequenceField],
    /// The names of the dense features.
    pub dense_names: &'a [String],
    /// The width of every embedding without one of its own.
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

impl<'a> NetworkConfig<'a> {
    /// What the structure over these features is built from.
    pub(super) fn of_structure<'b>(
        &self,
        input: InputShape,
        columns: &'b [(String, Range<usize>)],
    ) -> StructureConfig<'b>
    where
        'a: 'b,
    {
        StructureConfig {
            tasks: self.tasks,
            input,
            columns,
            bottom: self.bottom,
            towers: self.towers,
            hidden: HiddenConfig {
                activation: self.activation,
                batch_norm: self.batch_norm,
                dropout: self.dropout,
            },
        }
    }
}

/// What a network reads of rows of the data.
#[derive(Clone, Debug, Default)]
pub struct Features {
    /// `[replica · copy · lane, batch, width]`: what the rows find in the tables, if there are sparse fields or lists; the
    /// dense features may follow it, see [`Network::behind_found`].
    pub found: Option<Tensor<3>>,
    /// What they have of the fields that are repeated, which are left out of `found`.
    pub repeated: Option<RepeatedRows>,
    /// `[replica · copy, batch, list]`: the number of items, if there are lists.
    pub lengths: Option<Tensor<3>>,
    /// `[replica · copy, batch, num_dense]`, if there are dense features and they are not behind what is found.
    pub dense: Option<Tensor<3>>,
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
    /// The features that the structure sees.
    pub(super) input: InputShape,
    /// Where in them each sparse field and each dense feature lies.
    pub(super) columns: Vec<(String, Range<usize>)>,
    structure: Box<dyn Structure>,
    /// The fields whose embeddings nothing but the structure looks at.
    repeatable: Vec<PlainField>,
    /// One for each list.
    lists: Vec<SequencePool>,
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
        let embeddings = EmbeddingLayout::new(
            config.sparse_fields,
            config.sequences,
            config.embedding_dim,
            if is_wide { terms } else { 0 },
            &lanes,
        );
        let mut lists = pools(config.sequences, &embeddings);
        let of_lists = lists.iter().map(|list| list.dim);
        let widths: Vec<usize> = embeddings.field_widths().chain(of_lists).collect();
        let input = InputShape::new(&widths, config.dense_names.len());
        let columns = columns(config, &widths);
        let structure_config = config.of_structure(input, &columns);
        let mut builder = Builder::default();
        let structure = entry.build(choice, &structure_config, &mut builder);
        add_attention(config, &lanes, &mut lists, &mut builder);
        let wide = is_wide.then(|| {
            let layout = &mut builder.layout;
            Wide::new(layout, config.tasks, lanes.len(), config.dense_names.len())
        });
        let Builder { layout, statistics } = builder;
        let attends = lists.iter().any(|list| list.attention.is_some());
        Self {
            repeatable: if attends {
                Vec::new()
            } else {
                embeddings.plain_fields()
            },
            layout,
            statistics,
            embeddings,
            lanes,
            num_tasks: config.tasks.len(),
            input,
            columns,
            structure,
            lists,
            wide,
        }
    }

    /// From features to an output for each task.
    ///
    /// # Shapes
    /// - output: `[replica, batch, task]`
    pub fn forward(&self, features: Features, pass: &Pass) -> Tensor<3> {
        let Features {
            found,
            repeated,
            lengths,
            dense,
        } = features;
        let without = repeated.as_ref().map_or(0, |rows| rows.uses.width());
        let is_behind = dense.is_none() && self.dense_follows();
        let (mut parts, linear) = match found {
            Some(found) if is_behind => (vec![found], None),
            Some(found) => self.embedded((&found, without), lengths, pass),
            None => (Vec::new(), None),
        };
        parts.extend(
            dense
                .clone()
                .map(|dense| lanes::spread(dense, self.lanes.len())),
        );
        let input = match repeated {
            None => side_by_side(parts).into(),
            Some(repeated) => {
                let rest = (!parts.is_empty()).then(|| side_by_side(parts));
                Input::Parted(rest, repeated)
            }
        };
        let outputs = self.structure.forward(input, pass);
        let wide = self.wide.as_ref();
        match wide.and_then(|wide| wide.forward(linear, dense, pass)) {
            Some(wide) => outputs + wide,
            None => outputs,
        }
    }

    /// The embeddings of the fields and what stands for each list, and what their linear terms add up to, if there are any.
    ///
    /// # Shapes
    /// - found: `[plane, batch, width]`, without so many numbers of repeated fields
    /// - output: each `[plane, batch, width]`, and `[plane, batch, term]`
    fn embedded(
        &self,
        (found, without): (&Tensor<3>, usize),
        lengths: Option<Tensor<3>>,
        pass: &Pass,
    ) -> (Vec<Tensor<3>>, Option<Tensor<3>>) {
        let fields = self.embeddings.fields_width() - without;
        let fields = (fields > 0).then(|| self.embeddings.split(found.clone(), without));
        let (fields, of_fields) = fields.unzip();
        let mut linear = of_fields.flatten();
        let mut parts = Vec::from_iter(fields.clone());
        let lengths = lengths.map(|lengths| lanes::spread(lengths, self.lanes.len()));
        for (index, list) in self.lists.iter().enumerate() {
            let Some(lengths) = &lengths else { continue };
            let lengths = lengths.clone().narrow(2, index, 1);
            let (vector, terms) = list.forward((found, without), fields.as_ref(), &lengths, pass);
            parts.push(vector);
            linear = match (linear, terms) {
                (Some(sum), Some(terms)) => Some(sum + terms),
                (sum, terms) => sum.or(terms),
            };
        }
        (parts, linear)
    }

    /// The dense features that a pass gets behind what rows find, so many numbers, and those that it gets apart: on the host
    /// both are written to one place at once where nothing lies between them.
    pub fn behind_found(
        &self,
        dense: Option<Tensor<3>>,
        width: usize,
    ) -> (Option<Tensor<3>>, Option<Tensor<3>>) {
        let is_host = dense.as_ref().is_some_and(|dense| is_host(&dense.device()));
        if is_host && width > 0 && self.dense_follows() {
            (dense, None)
        } else {
            (None, dense)
        }
    }

    /// Whether nothing lies between what rows find and the dense features.
    fn dense_follows(&self) -> bool {
        self.input.num_dense() > 0 && self.lists.is_empty() && self.embeddings.linear() == 0
    }

    /// The fields that may be left out of what is found and given as rows of a table instead, and the width of such a
    /// row.
    pub fn repeatable(&self) -> (&[PlainField], usize) {
        (&self.repeatable, self.embeddings.row_width())
    }

    /// See [`Structure::penalty`].
    pub fn penalty(&self, outputs: &Tensor<3>, pass: &Pass) -> Option<Tensor<3>> {
        self.structure.penalty(outputs, pass)
    }

    /// Whether the tasks have anything in common: dense parameters, or embeddings alone.
    pub fn shares(&self) -> bool {
        let has_shared_lane = self.lanes.iter().any(String::is_empty);
        has_shared_lane && !self.embeddings.is_empty() || self.layout.num_shared() > 0
    }

    /// The number of outputs.
    pub fn num_tasks(&self) -> usize {
        self.num_tasks
    }

    /// The numbers of a row where sharing ends, at least 1.
    pub fn representation_width(&self) -> usize {
        let key = DropoutKey {
            seeds: vec![0],
            step: 0,
            epoch: 0,
            first_row: 0,
        };
        let parameters = zeros(&self.layout, &Device::flex().autodiff());
        let pass = Pass::training(parameters, Vec::new(), key, Fork::Cut);
        let cuts = self.one_row(pass).cuts();
        let widths = cuts.iter().map(|cut| cut.shared.dims()[2]);
        widths.max().unwrap_or(1).max(1)
    }

    /// Whether a gate gives shares to experts.
    pub fn has_gates(&self) -> bool {
        let device = Device::flex();
        let [parameters, statistics] =
            [&self.layout, &self.statistics].map(|layout| zeros(layout, &device));
        let pass = Pass::evaluation(parameters, statistics).watching_gates();
        !self.one_row(pass).gates().is_empty()
    }

    /// Takes a pass with one row, from which is seen what each structure does in its own way.
    fn one_row(&self, pass: Pass) -> Pass {
        let device = pass
            .parameters()
            .first()
            .map_or_else(Device::flex, Tensor::device);
        let row = Tensor::zeros([self.lanes.len(), 1, self.input.width()], &device);
        self.structure.forward(row.into(), &pass);
        pass
    }

    /// Whether each task has a linear term of the features.
    pub fn is_wide(&self) -> bool {
        self.wide.is_some()
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
        let [embeddings, linear] = self.embeddings.counts();
        let of_tables = [("embeddings", embeddings), ("linear", linear)];
        let of_tables = of_tables.map(|(block, numbers)| (block.to_owned(), numbers));
        let of_layout = self.layout.entries().iter().flat_map(|entry| {
            let each = entry.rows * entry.columns;
            let roles = entry.lanes.iter().map(|lane| entry.lane_role(lane));
            roles.map(move |role| (block_name(&role).to_owned(), each))
        });
        let counted = of_tables.into_iter().chain(of_layout);
        for (block, numbers) in counted.filter(|&(_, numbers)| numbers > 0) {
            match blocks.iter_mut().find(|(name, _)| *name == block) {
                Some((_, count)) => *count += numbers,
                None => blocks.push((block, numbers)),
            }
        }
        blocks
    }
}

/// Zeros in the place of each tensor of a layout.
fn zeros(layout: &Layout, device: &Device) -> Vec<Tensor<3>> {
    if layout.is_empty() {
        return Vec::new();
    }
    layout.split(&Tensor::zeros([1, layout.len()], device), 1)
}

/// Parts on the last axis; one alone is not copied.
fn side_by_side(mut parts: Vec<Tensor<3>>) -> Tensor<3> {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        last => Tensor::cat(parts.into_iter().chain(last).collect(), 2),
    }
}

/// Where each sparse field and each dense feature lies in the input, given the widths of fields and lists.
fn columns(config: &NetworkConfig<'_>, widths: &[usize]) -> Vec<(String, Range<usize>)> {
    let mut end = 0;
    let mut place = |width: usize| {
        end += width;
        end - width..end
    };
    let embedded: Vec<Range<usize>> = widths.iter().map(|&width| place(width)).collect();
    let fields = config.sparse_fields.iter().map(|field| &field.name);
    let fields = fields.cloned().zip(embedded);
    let dense = config.dense_names.iter();
    let dense: Vec<_> = dense.map(|name| (name.clone(), place(1))).collect();
    fields.chain(dense).collect()
}

/// The lists, each as its mean or sum.
fn pools(sequences: &[SequenceField], embeddings: &EmbeddingLayout) -> Vec<SequencePool> {
    let linear = embeddings.linear();
    let mut start = embeddings.field_widths().map(|dim| dim + linear).sum();
    let mut items = 0;
    let pool = |list: &SequenceField| {
        let pool = SequencePool {
            start,
            len: list.len,
            dim: embeddings.list_width(items),
            linear,
            pooling: list.pooling,
            attention: None,
        };
        start += list.len * (pool.dim + linear);
        items += list.len;
        pool
    };
    sequences.iter().map(pool).collect()
}

/// Adds what weighs the items of lists that attend to a field, if the bottom does so.
fn add_attention(
    config: &NetworkConfig<'_>,
    lanes: &[String],
    lists: &mut [SequencePool],
    builder: &mut Builder,
) {
    let (bottom, choice) = config.bottom;
    let Some(attention) = bottom.attention(choice) else {
        return;
    };
    // The units lie below all that tasks share, be it embeddings alone; where nothing is shared, neither are they.
    let is_shared = lanes.len() == 1 || builder.layout.num_shared() > 0;
    let widths = |target: usize| {
        let before = config.sparse_fields[..target].iter();
        before.map(|field| field.embedding_dim.unwrap_or(config.embedding_dim))
    };
    for (field, list) in config.sequences.iter().zip(lists) {
        let Some(target) = field.target else { continue };
        let role = format!("attention.{}", field.name);
        let add =
            |builder: &mut Builder| AttentionUnit::new(builder, &role, lanes, list.dim, &attention);
        let unit = if is_shared {
            builder.shared(add)
        } else {
            add(builder)
        };
        list.attention = Some((unit, widths(target).sum()));
    }
}

/// `bottom` of `bottom.0.weight`, `towers.click` of `towers.click.1.bias`, `linear` of all linear terms.
fn block_name(role: &str) -> &str {
    if role.starts_with("linear.") {
        return "linear";
    }
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
