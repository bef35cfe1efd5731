//! A column of layers for each task, with learned sums of all columns between them.

use burn::tensor::Tensor;

use super::{Structure, StructureConfig, StructureEntry, Towers};
use crate::model::bottom::Bottom;
use crate::model::diagram::{Node, NodeId, Owner, Part, Sketch, of_lane};
use crate::model::input::Input;
use crate::model::lanes;
use crate::model::layout::{Init, Slot};
use crate::model::mlp::{Builder, Mlp};
use crate::model::pass::Pass;
use crate::spec::{Choice, Paper, ParamKind, ParamSpec, Spec};

/// The entry `cross_stitch`.
///
/// The columns start alike and see the same embeddings; stitches start near the identity, as the paper advises.
#[derive(Debug)]
pub struct CrossStitch;

static SPEC: Spec = Spec {
    id: "cross_stitch",
    label: "Cross-stitch",
    summary: "A column of layers for each task, with learned sums of all columns between them",
    formula: "x_t^0 = bottom_t(x);  x_t^l = f_t^l(Σ_s A_ts^{l−1}·x_s^{l−1});  ŷ_t = tower_t(Σ_s A_ts^L·x_s^L)",
    paper: Some(Paper {
        citation: "I. Misra, A. Shrivastava, A. Gupta, M. Hebert, Cross-stitch Networks for Multi-task Learning, CVPR 2016",
        url: "https://arxiv.org/abs/1604.03539",
    }),
    params: &[
        ParamSpec {
            name: "units",
            meaning: "The width of each stitched layer above the bottoms; none: the bottoms alone are stitched",
            kind: ParamKind::Widths {
                default: &[64],
                min: 1,
                max: 8192,
            },
        },
        ParamSpec {
            name: "own_share",
            meaning: "What a column starts with of itself; the others have the rest in equal shares",
            kind: ParamKind::Number {
                default: 0.9,
                min: 0.0,
                max: 1.0,
            },
        },
    ],
};

impl StructureEntry for CrossStitch {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn lanes(&self, _choice: &Choice, _tasks: &[String]) -> Vec<String> {
        vec![String::new()]
    }

    fn diagram(&self, choice: &Choice, sketch: &mut Sketch<'_>) {
        let tasks = sketch.config.tasks;
        let lanes = super::task_lanes(tasks);
        let units = choice.widths(&SPEC, "units");
        let stitch = |index: usize, columns: &[NodeId], sketch: &mut Sketch<'_>| {
            sketch.column("stitch");
            let node = Node::new(Part::Gate, "stitch", Owner::Shared).layers(&[tasks.len()]);
            sketch.add(node.role(format!("stitches.{index}")), columns)
        };
        let mut columns = sketch.own_bottoms();
        for (index, &width) in units.iter().enumerate() {
            let stitched = stitch(index, &columns, sketch);
            sketch.column("layer");
            for ((task, lane), column) in tasks.iter().zip(&lanes).zip(&mut columns) {
                let node = Node::new(Part::Layers, "layer", Owner::task(task)).layers(&[width]);
                let role = of_lane(lane, &format!("columns.{index}"));
                *column = sketch.add(node.role(role), &[stitched]);
            }
        }
        let stitched = stitch(units.len(), &columns, sketch);
        sketch.towers_and_outputs(&vec![stitched; tasks.len()]);
    }

    fn build(
        &self,
        choice: &Choice,
        config: &StructureConfig<'_>,
        builder: &mut Builder,
    ) -> Box<dyn Structure> {
        let own_share = choice.number(&SPEC, "own_share") as f32;
        let tasks = config.tasks.len();
        let init = match tasks {
            1 => Init::Constant(1.0),
            _ => Init::Diagonal {
                on: own_share,
                off: (1.0 - own_share) / (tasks - 1) as f32,
            },
        };
        let columns = super::task_lanes(config.tasks);
        let stitch = |builder: &mut Builder, index: usize| {
            let role = format!("stitches.{index}");
            let layout = &mut builder.layout;
            layout.add(role, &[String::new()], [tasks, tasks], init)
        };
        let units = choice.widths(&SPEC, "units");
        // What a column makes reaches all tasks by the next stitch.
        let (bottoms, layers) = builder.shared(|builder| {
            let bottoms = config.build_bottom("bottom", &columns, builder);
            let mut width = bottoms.width();
            let mut layers = Vec::with_capacity(units.len());
            for (index, &outputs) in units.iter().enumerate() {
                let stitch = stitch(builder, index);
                let role = format!("columns.{index}");
                let layer = Mlp::new(builder, &role, &columns, width, &[outputs], config.hidden);
                layers.push((stitch, layer));
                width = outputs;
            }
            (bottoms, layers)
        });
        let width = units.last().copied().unwrap_or_else(|| bottoms.width());
        Box::new(Built {
            bottoms,
            layers,
            // Each of its columns serves one task.
            last: stitch(builder, units.len()),
            towers: config.build_towers(width, builder),
        })
    }
}

#[derive(Debug)]
struct Built {
    /// One bottom with a lane for each task.
    bottoms: Box<dyn Bottom>,
    /// Stitches with the layers above them, a lane for each task.
    layers: Vec<(Slot, Mlp)>,
    last: Slot,
    towers: Towers,
}

impl Structure for Built {
    fn forward(&self, input: Input, pass: &Pass) -> Tensor<3> {
        let tasks = self.towers.number();
        let mut columns = self.bottoms.forward_alike(input, tasks, pass);
        for (stitch, layer) in &self.layers {
            let shares = pass.parameter(*stitch).swap_dims(1, 2);
            columns = layer.forward(lanes::summed(columns, shares), pass);
        }
        let views = pass.fork_all(lanes::apart(columns, tasks), tasks);
        let stitched = views.into_iter().enumerate().map(|(task, columns)| {
            let own = pass.parameter(self.last).narrow(2, task, 1);
            lanes::summed(lanes::side_by_side(columns), own.swap_dims(1, 2))
        });
        self.towers.on_each(stitched, pass)
    }
}
