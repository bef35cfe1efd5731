//! A trunk of layers for all tasks; each task looks at it, layer by layer, through a mask of its own.

use burn::tensor::{Tensor, activation};

use super::{Structure, StructureConfig, StructureEntry, Towers};
use crate::model::bottom::Bottom;
use crate::model::dense::Dense;
use crate::model::diagram::{Node, NodeId, Owner, Part, Sketch};
use crate::model::input::Input;
use crate::model::mlp::{Builder, Mlp};
use crate::model::pass::Pass;
use crate::spec::{Choice, Paper, ParamKind, ParamSpec, Spec};

/// The entry `mtan`.
///
/// The paper's network is convolutional; this is our reading of it for tables: the trunk is the bottom and hidden
/// layers above it, and a mask is a dense layer with a sigmoid over the layer's features and what the task saw before.
#[derive(Debug)]
pub struct Mtan;

static SPEC: Spec = Spec {
    id: "mtan",
    label: "MTAN",
    summary: "A trunk of layers for all tasks, which each task sees through masks of its own",
    formula: "u^0 = bottom(x), u^l = f^l(u^{l−1});  z_t^l = σ(W_t^l·[u^l, z_t^{l−1}] + b_t^l)⊙u^l;  ŷ_t = tower_t(z_t^L)",
    paper: Some(Paper {
        citation: "S. Liu, E. Johns, A. J. Davison, End-to-End Multi-Task Learning with Attention, CVPR 2019",
        url: "https://arxiv.org/abs/1803.10704",
    }),
    params: &[ParamSpec {
        name: "units",
        meaning: "The width of each trunk layer above the bottom",
        kind: ParamKind::Widths {
            default: &[64],
            min: 1,
            max: 8192,
        },
    }],
};

impl StructureEntry for Mtan {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn lanes(&self, _choice: &Choice, _tasks: &[String]) -> Vec<String> {
        vec![String::new()]
    }

    fn diagram(&self, choice: &Choice, sketch: &mut Sketch<'_>) {
        let tasks = sketch.config.tasks;
        let units = choice.widths(&SPEC, "units");
        let mut width = sketch.bottom_width();
        sketch.column("bottom");
        let features = sketch.input(0);
        let mut layer = sketch.bottom("bottom", Owner::Shared, "bottom".to_owned(), features);
        let mut seen: Vec<NodeId> = Vec::new();
        for index in 0..=units.len() {
            let above = units.get(index).map(|&width| {
                sketch.column(&format!("trunk, mask {}", index + 1));
                let node = Node::new(Part::Layers, "trunk", Owner::Shared).layers(&[width]);
                let node = node.role(format!("trunk.{index}"));
                (width, sketch.add(node, &[layer]))
            });
            if above.is_none() {
                sketch.column(&format!("mask {}", index + 1));
            }
            let mut masks = Vec::with_capacity(tasks.len());
            for (place, task) in tasks.iter().enumerate() {
                let node = Node::new(Part::Layers, "mask", Owner::task(task)).layers(&[width]);
                let from = [&[layer], seen.get(place..=place).unwrap_or_default()].concat();
                masks.push(sketch.add(node.role(format!("masks.{task}.{index}")), &from));
            }
            seen = masks;
            (width, layer) = above.unwrap_or((width, layer));
        }
        sketch.towers_and_outputs(&seen);
    }

    fn build(
        &self,
        choice: &Choice,
        config: &StructureConfig<'_>,
        builder: &mut Builder,
    ) -> Box<dyn Structure> {
        let units = choice.widths(&SPEC, "units");
        let lanes = [String::new()];
        let (bottom, trunk) = builder.shared(|builder| {
            let bottom = config.build_bottom("bottom", &lanes, builder);
            let mut width = bottom.width();
            let mut trunk = Vec::with_capacity(units.len());
            for (index, &outputs) in units.iter().enumerate() {
                let role = format!("trunk.{index}");
                trunk.push(Mlp::new(
                    builder,
                    &role,
                    &lanes,
                    width,
                    &[outputs],
                    config.hidden,
                ));
                width = outputs;
            }
            (bottom, trunk)
        });
        let widths: Vec<usize> = [bottom.width()].into_iter().chain(units).collect();
        let masks_of = |task: &String| {
            let mut seen = 0;
            let mut masks = Vec::with_capacity(widths.len());
            for (index, &width) in widths.iter().enumerate() {
                let role = format!("masks.{task}.{index}");
                let layout = &mut builder.layout;
                masks.push(Dense::new(layout, &role, &lanes, width + seen, width));
                seen = width;
            }
            masks
        };
        let masks = config.tasks.iter().map(masks_of).collect();
        let top = widths.last().copied().unwrap_or(0);
        Box::new(Built {
            bottom,
            trunk,
            masks,
            towers: config.build_towers(top, builder),
        })
    }
}

#[derive(Debug)]
struct Built {
    bottom: Box<dyn Bottom>,
    trunk: Vec<Mlp>,
    /// For each task and layer of the trunk, the bottom first.
    masks: Vec<Vec<Dense>>,
    towers: Towers,
}

impl Structure for Built {
    fn forward(&self, input: Input, pass: &Pass) -> Tensor<3> {
        let mut top = self.bottom.forward(input, pass);
        let mut layers = vec![top.clone()];
        for layer in &self.trunk {
            top = layer.forward(top, pass);
            layers.push(top.clone());
        }
        let views = pass.fork_all(layers, self.towers.number());
        let seen = self.masks.iter().zip(views).filter_map(|(masks, layers)| {
            masks.iter().zip(layers).fold(None, |seen, (mask, layer)| {
                let all = std::iter::once(layer.clone()).chain(seen).collect();
                let mask = mask.forward(Tensor::cat(all, 2), pass);
                Some(activation::sigmoid(mask) * layer)
            })
        });
        self.towers.on_each(seen, pass)
    }
}
