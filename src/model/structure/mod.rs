//! How tasks share a network; one file each.

mod adatt;
mod aitm;
mod cgc;
mod chain;
mod cross_stitch;
mod dbmtl;
mod dselect_k;
mod esmm;
mod ltb;
mod ml_mmoe;
mod mmoe;
mod mtan;
mod omoe;
mod pepnet;
mod ple;
mod separate;
mod shared_bottom;
mod shared_embeddings;
mod soft_sharing;
mod stem;
mod tower;
mod towers;

use std::fmt::Debug;
use std::ops::Range;

use burn::tensor::Tensor;

use super::bottom::{Bottom, BottomConfig, BottomEntry, InputShape};
use super::diagram::Sketch;
use super::input::Input;
use super::mlp::{Builder, HiddenConfig};
use super::pass::Pass;
use crate::data::{Dataset, Task};
use crate::error::Problem;
use crate::spec::{Choice, ParamKind, ParamSpec, Spec};

pub use tower::Tower;
pub use towers::Towers;

/// What a structure is built from.
#[derive(Clone, Copy)]
pub struct StructureConfig<'a> {
    /// The tasks' names.
    pub tasks: &'a [String],
    /// The features that come in.
    pub input: InputShape,
    /// Where in them each sparse field and each dense feature lies.
    pub columns: &'a [(String, Range<usize>)],
    /// The bottom's entry and its parameters.
    pub bottom: (&'static dyn BottomEntry, &'a Choice),
    /// The widths of each task's tower.
    pub towers: &'a [Vec<usize>],
    /// What all hidden layers have in common.
    pub hidden: HiddenConfig,
}

impl StructureConfig<'_> {
    /// Adds a bottom with a matrix for each of `lanes`.
    pub fn build_bottom(
        &self,
        role: &str,
        lanes: &[String],
        builder: &mut Builder,
    ) -> Box<dyn Bottom> {
        let (entry, choice) = self.bottom;
        let config = BottomConfig {
            role,
            lanes,
            input: self.input,
            hidden: self.hidden,
        };
        entry.build(choice, &config, builder)
    }

    /// Adds a tower for each task.
    pub fn build_towers(&self, width: usize, builder: &mut Builder) -> Towers {
        let tasks: Vec<usize> = (0..self.tasks.len()).collect();
        Towers::new(&tasks, width, self, builder)
    }

    /// Adds the tower of one task by itself.
    pub fn build_tower(&self, task: usize, width: usize, builder: &mut Builder) -> Tower {
        let role = format!("towers.{}", self.tasks[task]);
        let lanes = [String::new()];
        let units = &self.towers[task];
        Tower::new(builder, (&role, &lanes), width, units, self.hidden)
    }
}

/// A structure of the registry.
pub trait StructureEntry: Sync {
    /// Its name, summary, parameters and paper.
    fn spec(&self) -> &'static Spec;
    /// Whether these tasks suit it.
    ///
    /// # Errors
    /// What does not; its place is the parameter.
    fn check(&self, _choice: &Choice, _tasks: &[Task]) -> Result<(), Problem> {
        Ok(())
    }
    /// What the user should know about the labels before they are trained on.
    fn remark(&self, _choice: &Choice, _dataset: &Dataset) -> Option<String> {
        None
    }
    /// Whether tasks have anything in common.
    fn shares(&self) -> bool {
        true
    }
    /// The lanes that each have embeddings of their own; a single lane has an empty name.
    fn lanes(&self, choice: &Choice, tasks: &[String]) -> Vec<String>;
    /// Describes its shape, from what its lanes see to the tasks' outputs.
    fn diagram(&self, choice: &Choice, sketch: &mut Sketch<'_>);
    /// Adds its parameters.
    fn build(
        &self,
        choice: &Choice,
        config: &StructureConfig<'_>,
        builder: &mut Builder,
    ) -> Box<dyn Structure>;
}

/// A structure that has been built.
pub trait Structure: Debug + Send + Sync {
    /// From features to an output for each task.
    ///
    /// What the tasks share ends in [`Pass::fork`], so that a pass can tell the tasks' gradients apart.
    ///
    /// # Shapes
    /// - input: `[replica · copy · lane, batch, in]`, the lanes those of [`StructureEntry::lanes`]
    /// - output: `[replica, batch, task]`
    fn forward(&self, input: Input, pass: &Pass) -> Tensor<3>;

    /// What is minimized beside the tasks' losses, row by row; the mean over the rows counts.
    ///
    /// It may depend on outputs and on parameters that are not shared.
    ///
    /// # Shapes
    /// - outputs: `[replica, batch, task]`
    /// - output: `[replica, batch, 1]`
    fn penalty(&self, _outputs: &Tensor<3>, _pass: &Pass) -> Option<Tensor<3>> {
        None
    }
}

/// All structures, the plainest first.
pub static STRUCTURES: &[&dyn StructureEntry] = &[
    &shared_bottom::SharedBottom,
    &separate::Separate,
    &shared_embeddings::SharedEmbeddings,
    &mmoe::Mmoe,
    &ml_mmoe::MultiLevelMmoe,
    &omoe::Omoe,
    &cgc::Cgc,
    &ple::Ple,
    &dselect_k::DSelectK,
    &adatt::AdaTt,
    &stem::Stem,
    &cross_stitch::CrossStitch,
    &soft_sharing::SoftSharing,
    &mtan::Mtan,
    &ltb::Ltb,
    &pepnet::PepNet,
    &esmm::Esmm,
    &aitm::Aitm,
    &dbmtl::DbMtl,
];

/// The experts of a mixture that all tasks see.
const EXPERTS: ParamSpec = ParamSpec {
    name: "experts",
    meaning: "How many experts there are, each of the bottom's shape",
    kind: ParamKind::Integer {
        default: 3,
        min: 1,
        max: 64,
    },
};

/// The hidden layers of a gate.
const GATE_UNITS: ParamSpec = ParamSpec {
    name: "gate_units",
    meaning: "The width of each hidden layer of a gate; none: a gate is linear, as in the paper",
    kind: ParamKind::Widths {
        default: &[],
        min: 1,
        max: 8192,
    },
};

/// A lane for each task; a single task has no name, so that its weights are named and start as if they were shared.
pub(super) fn task_lanes(tasks: &[String]) -> Vec<String> {
    match tasks {
        [_] => vec![String::new()],
        _ => tasks.to_vec(),
    }
}

/// A whole number of a choice, brought into its range: what is drawn before it is checked may be any number.
fn count(choice: &Choice, spec: &Spec, name: &str) -> usize {
    let param = spec.params.iter().find(|param| param.name == name);
    let (min, max) = match param.map(|param| param.kind) {
        Some(ParamKind::Integer { min, max, .. }) => (min, max),
        _ => (0, 0),
    };
    choice.integer(spec, name).clamp(min, max) as usize
}

/// The structure of this id.
pub fn structure(id: &str) -> Option<&'static dyn StructureEntry> {
    STRUCTURES
        .iter()
        .copied()
        .find(|entry| entry.spec().id == id)
}

/// Whether tasks share anything at all; an unknown structure is taken to share.
pub fn shares(choice: &Choice) -> bool {
    structure(&choice.name).is_none_or(|entry| entry.shares())
}
