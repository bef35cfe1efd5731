//! Where each parameter lies in the one flat vector that a replica trains.
//!
//! All dense parameters of a cohort are one tensor `[replica, parameter]`: an optimizer step is a handful of
//! operations whatever the network, a norm over axis 1 is a run's own gradient norm, and a row is a checkpoint.

use std::sync::{Arc, Mutex, PoisonError};

use burn::tensor::{Device, Tensor, TensorData};

use super::gpu::{Cut, Piece, joined};
use super::host::is_host;
use super::random;

/// How a parameter starts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Init {
    /// Uniform in `±1/√fan_in`, as `torch.nn.Linear` does for weights and biases.
    Uniform {
        /// Inputs of the layer.
        fan_in: usize,
    },
    /// Uniform in `±bound`.
    Within {
        /// The largest size.
        bound: f32,
    },
    /// Each entry the same.
    Constant(f32),
    /// One number on the diagonal, another beside it.
    Diagonal {
        /// Where row and column are the same.
        on: f32,
        /// Elsewhere.
        off: f32,
    },
}

/// One parameter: a matrix for each of `lanes`.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The role, such as `bottom.0.weight`; equal roles of one seed start alike in every variant.
    ///
    /// A `*` stands for the lane's name, as in `experts.*.0.weight`: then each lane has a role and a start of its own.
    pub role: String,
    /// The names of the lanes, one each; a single lane has an empty name.
    pub lanes: Vec<String>,
    /// Rows of each matrix (inputs of a dense layer, 1 for a bias).
    pub rows: usize,
    /// Columns of each matrix (outputs of a dense layer).
    pub columns: usize,
    /// How it starts.
    pub init: Init,
    /// Whether all tasks use it.
    pub is_shared: bool,
    /// Where it starts in the flat vector.
    pub offset: usize,
}

impl Entry {
    /// The name of a lane's matrix in a checkpoint: `bottom.0.weight`, `click.bottom.0.weight`, `experts.2.0.weight`.
    pub fn name(&self, lane: &str) -> String {
        match lane {
            _ if self.role.contains('*') => self.lane_role(lane),
            "" => self.role.clone(),
            lane => format!("{lane}.{}", self.role),
        }
    }

    /// The role of one lane; lanes of equal roles start alike.
    pub fn lane_role(&self, lane: &str) -> String {
        lane_role(&self.role, lane)
    }

    /// The numbers of all lanes together.
    pub fn len(&self) -> usize {
        self.lanes.len() * self.rows * self.columns
    }

    /// How many of `copies` there are of it.
    fn copies(&self, copies: usize) -> usize {
        if self.is_shared { copies } else { 1 }
    }

    /// Whether the parameter has no numbers.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A parameter's place in the layout.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Slot(pub(in crate::model) usize);

/// All parameters of a network in order.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    entries: Vec<Entry>,
    len: usize,
    /// Whether all tasks use what is added next.
    pub(super) adds_shared: bool,
    /// What graphics cards have cut with, each with its replicas and copies.
    cuts: Arc<Mutex<Vec<Known>>>,
}

/// A cut with the device, the replicas and the copies that it is for.
#[derive(Debug)]
struct Known(Device, [usize; 2], Cut);

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
            is_shared: self.adds_shared,
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
                for lane in &entry.lanes {
                    flat.extend(init_lane(entry, seed, &entry.lane_role(lane)));
                }
            }
        }
        Tensor::from_data(TensorData::new(flat, [seeds.len(), self.len]), device)
    }

    /// The flat vectors cut into parameters; the shared ones `copies` times for each replica.
    ///
    /// # Shapes
    /// - flat: `[replica, parameter]`
    /// - output: `[replica · copy · lane, rows, columns]` for each entry, one copy of those that are not shared
    pub fn split(&self, flat: &Tensor<2>, copies: usize) -> Vec<Tensor<3>> {
        let replicas = flat.dims()[0];
        if !is_host(&flat.device()) && !self.is_empty() {
            return self.cut([replicas, copies], &flat.device()).of(flat);
        }
        let cut = |entry: &Entry| {
            let own = flat.clone().narrow(1, entry.offset, entry.len());
            let [rows, columns] = [entry.rows, entry.columns];
            let copies = entry.copies(copies);
            let planes = replicas * copies * entry.lanes.len();
            if copies == 1 {
                return own.reshape([planes, rows, columns]);
            }
            own.reshape([replicas, 1, entry.len()])
                .expand([replicas, copies, entry.len()])
                .reshape([planes, rows, columns])
        };
        self.entries.iter().map(cut).collect()
    }

    /// How a graphics card cuts the flat vectors, made once.
    fn cut(&self, [replicas, copies]: [usize; 2], device: &Device) -> Cut {
        let mut cuts = self.cuts.lock().unwrap_or_else(PoisonError::into_inner);
        let known = cuts
            .iter()
            .find(|known| known.0 == *device && known.1 == [replicas, copies]);
        if let Some(known) = known {
            return known.2.clone();
        }
        let piece = |entry: &Entry| Piece {
            offset: entry.offset,
            copies: entry.copies(copies),
            shape: [entry.lanes.len(), entry.rows, entry.columns],
        };
        let pieces: Vec<Piece> = self.entries.iter().map(piece).collect();
        let cut = Cut::new(&pieces, replicas, device);
        cuts.push(Known(device.clone(), [replicas, copies], cut.clone()));
        cut
    }

    /// The reverse of [`Self::split`]; what there are copies of is as many times as long.
    ///
    /// # Shapes
    /// - parts: as [`Self::split`] gives them
    /// - output: `[replica, parameter]`, the copies of a parameter side by side
    pub fn join(&self, parts: Vec<Tensor<3>>, replicas: usize) -> Tensor<2> {
        if parts.first().is_some_and(|part| !is_host(&part.device())) {
            return joined(parts, replicas);
        }
        let flat = |part: Tensor<3>| {
            let numbers: usize = part.dims().iter().product();
            part.reshape([replicas, numbers / replicas])
        };
        Tensor::cat(parts.into_iter().map(flat).collect(), 1)
    }

    /// The numbers that all tasks use.
    pub fn num_shared(&self) -> usize {
        let shared = self.entries.iter().filter(|entry| entry.is_shared);
        shared.map(Entry::len).sum()
    }

    /// What all tasks use, copy by copy; a single 0 where that is nothing, so that no tensor is empty.
    ///
    /// # Shapes
    /// - joined: what [`Self::join`] gave for so many copies
    /// - output: `[replica, copy, shared]`
    pub fn shared(&self, joined: &Tensor<2>, copies: usize) -> Tensor<3> {
        let replicas = joined.dims()[0];
        if self.num_shared() == 0 {
            return Tensor::zeros([replicas, copies, 1], &joined.device());
        }
        let mut shared = Vec::new();
        let mut offset = 0;
        for entry in &self.entries {
            let len = entry.copies(copies) * entry.len();
            if entry.is_shared {
                let own = joined.clone().narrow(1, offset, len);
                shared.push(own.reshape([replicas, copies, entry.len()]));
            }
            offset += len;
        }
        Tensor::cat(shared, 2)
    }

    /// One number for each parameter: the shared ones from elsewhere, the others as they are.
    ///
    /// # Shapes
    /// - joined: what [`Self::join`] gave for so many copies
    /// - shared: `[replica, shared]`
    /// - output: `[replica, parameter]`
    pub fn with_shared(&self, joined: &Tensor<2>, copies: usize, shared: &Tensor<2>) -> Tensor<2> {
        let mut flat = Vec::with_capacity(self.entries.len());
        let (mut offset, mut place) = (0, 0);
        for entry in &self.entries {
            if entry.is_shared {
                flat.push(shared.clone().narrow(1, place, entry.len()));
                place += entry.len();
            } else {
                flat.push(joined.clone().narrow(1, offset, entry.len()));
            }
            offset += entry.copies(copies) * entry.len();
        }
        Tensor::cat(flat, 1)
    }
}

/// The role of one lane, of a role that may be for several.
pub fn lane_role(role: &str, lane: &str) -> String {
    role.replacen('*', lane, 1)
}

/// The numbers that a lane of this role starts from.
fn init_lane(entry: &Entry, seed: u64, role: &str) -> Vec<f32> {
    let len = entry.rows * entry.columns;
    match entry.init {
        Init::Constant(value) => vec![value; len],
        Init::Diagonal { on, off } => (0..len)
            .map(|index| {
                let is_on = index / entry.columns == index % entry.columns;
                if is_on { on } else { off }
            })
            .collect(),
        Init::Uniform { fan_in } => uniform(1.0 / (fan_in.max(1) as f32).sqrt(), len, seed, role),
        Init::Within { bound } => uniform(bound, len, seed, role),
    }
}

fn uniform(bound: f32, len: usize, seed: u64, role: &str) -> Vec<f32> {
    let mut rng = random::stream(seed, "init", role);
    (0..len)
        .map(|_| bound * (2.0 * random::unit(&mut rng) - 1.0))
        .collect()
}
