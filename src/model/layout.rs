//! Where each parameter lies in the one flat vector that a replica trains.
//!
//! All dense parameters of a cohort are one tensor `[replica, parameter]`: an optimizer step is a handful of
//! operations whatever the network, a norm over axis 1 is a run's own gradient norm, and a row is a checkpoint.

use burn::tensor::{Device, Tensor, TensorData};

use super::random;

/// How a parameter starts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Init {
    /// Uniform in `±1/√fan_in`, as `torch.nn.Linear` does for weights and biases.
    Uniform {
        /// Inputs of the layer.
        fan_in: usize,
    },
    /// Each entry the same.
    Constant(f32),
}

/// One parameter: `lanes` matrices that start from the same numbers.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The role, such as `bottom.0.weight`; equal roles of one seed start alike in every variant.
    pub role: String,
    /// The names of the lanes in a checkpoint, one each; a single lane has an empty name.
    pub lanes: Vec<String>,
    /// Rows of each matrix (inputs of a dense layer, 1 for a bias).
    pub rows: usize,
    /// Columns of each matrix (outputs of a dense layer).
    pub columns: usize,
    /// How it starts.
    pub init: Init,
    /// Where it starts in the flat vector.
    pub offset: usize,
}

impl Entry {
    /// The numbers of all lanes together.
    pub fn len(&self) -> usize {
        self.lanes.len() * self.rows * self.columns
    }

    /// Whether the parameter has no numbers.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A parameter's place in the layout.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Slot(pub(super) usize);

/// All parameters of a network in order.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    entries: Vec<Entry>,
    len: usize,
}

impl Layout {
    /// Adds a parameter of `[lane, rows, columns]`.
    pub fn add(
        &mut self,
        role: String,
        lanes: &[String],
        [rows, columns]: [usize; 2],
        init: Init,
    ) -> Slot {
        let entry = Entry {
            role,
            lanes: lanes.to_vec(),
            rows,
            columns,
            init,
            offset: self.len,
        };
        self.len += entry.len();
        self.entries.push(entry);
        Slot(self.entries.len() - 1)
    }

    /// The parameters in order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The length of the flat vector.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is nothing to train.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The flat vectors that these seeds start from.
    ///
    /// # Shapes
    /// - output: `[replica, parameter]`, a replica for each seed
    pub fn init(&self, seeds: &[u64], device: &Device) -> Tensor<2> {
        let mut flat = Vec::with_capacity(seeds.len() * self.len);
        for &seed in seeds {
            for entry in &self.entries {
                let lane = init_lane(entry, seed);
                for _ in &entry.lanes {
                    flat.extend_from_slice(&lane);
                }
            }
        }
        Tensor::from_data(TensorData::new(flat, [seeds.len(), self.len]), device)
    }

    /// The flat vectors cut into parameters.
    ///
    /// # Shapes
    /// - flat: `[replica, parameter]`
    /// - output: `[replica · lane, rows, columns]` for each entry
    pub fn split(&self, flat: &Tensor<2>) -> Vec<Tensor<3>> {
        let replicas = flat.dims()[0];
        let cut = |entry: &Entry| {
            flat.clone().narrow(1, entry.offset, entry.len()).reshape([
                replicas * entry.lanes.len(),
                entry.rows,
                entry.columns,
            ])
        };
        self.entries.iter().map(cut).collect()
    }

    /// The reverse of [`Self::split`].
    ///
    /// # Shapes
    /// - parts: `[replica · lane, rows, columns]` for each entry
    /// - output: `[replica, parameter]`
    pub fn join(&self, parts: Vec<Tensor<3>>, replicas: usize) -> Tensor<2> {
        let flat = |(entry, part): (&Entry, Tensor<3>)| part.reshape([replicas, entry.len()]);
        Tensor::cat(self.entries.iter().zip(parts).map(flat).collect(), 1)
    }
}

fn init_lane(entry: &Entry, seed: u64) -> Vec<f32> {
    let len = entry.rows * entry.columns;
    match entry.init {
        Init::Constant(value) => vec![value; len],
        Init::Uniform { fan_in } => {
            let bound = 1.0 / (fan_in.max(1) as f32).sqrt();
            let mut rng = random::stream(seed, "init", &entry.role);
            (0..len)
                .map(|_| bound * (2.0 * random::unit(&mut rng) - 1.0))
                .collect()
        }
    }
}
