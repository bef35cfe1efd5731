//! Tasks in a chain: what one has found out is offered to the next, which attends to it or to its own features.

use burn::tensor::{Tensor, activation};

use super::chain::{ORDER, chain};
use super::{Structure, StructureConfig, StructureEntry, Towers};
use crate::data::{Task, TaskKind};
use crate::error::Problem;
use crate::model::bottom::Bottom;
use crate::model::dense::Dense;
use crate::model::diagram::{Node, Owner, Part, Sketch};
use crate::model::experts::{Outputs, mixed};
use crate::model::input::Input;
use crate::model::lanes;
use crate::model::mlp::{Builder, Mlp};
use crate::model::pass::Pass;
use crate::model::softmax::softmax;
use crate::spec::{Choice, Paper, ParamKind, ParamSpec, Spec};

/// The entry `aitm`.
///
/// For a chain in which a later label implies the earlier ones, the loss has a term for a later probability that is
/// above an earlier one.
#[derive(Debug)]
pub struct Aitm;

static SPEC: Spec = Spec {
    id: "aitm",
    label: "AITM",
    summary: "Tasks in a chain; each attends to what the one before has found out and to its own features",
    formula: "z_t = Σ_{u ∈ {p_{t−1}, q_t}} softmax(⟨K·u, Q·u⟩/√d)·V·u;  q_t = bottom_t(x), p_t = MLP_t(z_t), z_1 = q_1;  ŷ_t = tower_t(z_t);  + α·Σ_t max(σ(ŷ_t) − σ(ŷ_{t−1}), 0)",
    paper: Some(Paper {
        citation: "D. Xi et al., Modeling the Sequential Dependence among Audience Multi-step Conversions with Multi-task Learning in Targeted Display Advertising, KDD 2021",
        url: "https://arxiv.org/abs/2105.08489",
    }),
    params: &[
        ORDER,
        ParamSpec {
            name: "constraint",
            meaning: "The weight of the term for a later probability above an earlier one; only between binary tasks whose later label implies the earlier one",
            kind: ParamKind::Number {
                default: 0.6,
                min: 0.0,
                max: 1e3,
            },
        },
    ],
};

impl StructureEntry for Aitm {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn check(&self, choice: &Choice, tasks: &[Task]) -> Result<(), Problem> {
        let other = tasks.iter().find(|task| task.kind != TaskKind::Binary);
        match other {
            Some(task) if tasks.len() > 1 && choice.number(&SPEC, "constraint") > 0.0 => {
                let message = "only probabilities can be held below each other";
                Err(Problem::new("constraint", message)
                    .expected("0, or binary labels only")
                    .found(format!("{}, which is {}", task.name, task.kind.id())))
            }
            _ => Ok(()),
        }
    }

    fn lanes(&self, _choice: &Choice, _tasks: &[String]) -> Vec<String> {
        vec![String::new()]
    }

    fn diagram(&self, choice: &Choice, sketch: &mut Sketch<'_>) {
        let tasks = sketch.config.tasks;
        let bottoms = sketch.own_bottoms();
        let width = sketch.bottom_width();
        let mut known = bottoms.clone();
        for step in chain(choice, &SPEC, tasks).windows(2) {
            let [before, task] = [step[0], step[1]];
            sketch.column("transfer");
            let name = &tasks[task];
            let node = Node::new(Part::Layers, "transfer", Owner::task(name)).layers(&[width]);
            let node = node.role(format!("transfers.{name}"));
            known[task] = sketch.add(node, &[known[before], bottoms[task]]);
        }
        sketch.towers_and_outputs(&known);
    }

    fn build(
        &self,
        choice: &Choice,
        config: &StructureConfig<'_>,
        builder: &mut Builder,
    ) -> Box<dyn Structure> {
        let chain = chain(choice, &SPEC, config.tasks);
        let lanes = super::task_lanes(config.tasks);
        let lanes_of = |tasks: &[usize]| -> Vec<String> {
            tasks.iter().map(|&task| lanes[task].clone()).collect()
        };
        let (earlier, last) = chain.split_at(chain.len().saturating_sub(1));
        // The last task is the only one that no other depends on.
        let bottoms = (!earlier.is_empty()).then(|| {
            builder.shared(|builder| config.build_bottom("bottom", &lanes_of(earlier), builder))
        });
        let last_bottom = config.build_bottom("bottom", &lanes_of(last), builder);
        let width = last_bottom.width();
        let transfer = |builder: &mut Builder, task: usize| {
            Transfer::new(&config.tasks[task], width, config, builder)
        };
        let transfers = builder.shared(|builder| {
            let later = earlier.iter().skip(1);
            later.map(|&task| transfer(builder, task)).collect()
        });
        let last_transfer = last
            .iter()
            .filter(|_| chain.len() > 1)
            .map(|&task| transfer(builder, task))
            .next();
        Box::new(Built {
            towers: config.build_towers(width, builder),
            constraint: choice.number(&SPEC, "constraint"),
            chain,
            bottoms,
            last_bottom,
            transfers,
            last_transfer,
        })
    }
}

/// From what a task knows to what the next one knows.
#[derive(Debug)]
struct Transfer {
    information: Mlp,
    value: Dense,
    key: Dense,
    query: Dense,
}

impl Transfer {
    /// To the task of this name.
    fn new(task: &str, width: usize, config: &StructureConfig<'_>, builder: &mut Builder) -> Self {
        let lanes = [String::new()];
        let role = format!("transfers.{task}");
        let information = format!("{role}.information");
        let information = Mlp::new(
            builder,
            &information,
            &lanes,
            width,
            &[width],
            config.hidden,
        );
        let mut map = |name: &str| {
            let role = format!("{role}.{name}");
            Dense::new(&mut builder.layout, &role, &lanes, width, width)
        };
        Self {
            information,
            value: map("value"),
            key: map("key"),
            query: map("query"),
        }
    }

    /// # Shapes
    /// - known, own, output: `[plane, batch, width]`
    fn forward(&self, known: Tensor<3>, own: Tensor<3>, pass: &Pass) -> Tensor<3> {
        let offers = [self.information.forward(known, pass), own];
        let [_, _, width] = offers[0].dims();
        let logits = offers.each_ref().map(|offer| {
            let key = self.key.forward(offer.clone(), pass);
            let query = self.query.forward(offer.clone(), pass);
            (key * query).sum_dim(2) / (width as f64).sqrt()
        });
        let shares = softmax(Tensor::cat(logits.to_vec(), 2));
        let values = offers.map(|offer| Outputs::of_one(self.value.forward(offer, pass)));
        mixed(&shares, &values)
    }
}

#[derive(Debug)]
struct Built {
    /// The tasks from the first to the last.
    chain: Vec<usize>,
    /// A lane for each task but the last.
    bottoms: Option<Box<dyn Bottom>>,
    last_bottom: Box<dyn Bottom>,
    /// To each task but the first and the last.
    transfers: Vec<Transfer>,
    last_transfer: Option<Transfer>,
    towers: Towers,
    constraint: f64,
}

impl Structure for Built {
    fn forward(&self, input: Input, pass: &Pass) -> Tensor<3> {
        let tasks = self.towers.number();
        let earlier = tasks - 1;
        let mut known: Vec<Tensor<3>> = Vec::with_capacity(tasks);
        if let Some(bottoms) = &self.bottoms {
            let own = bottoms.forward_alike(input.clone(), earlier, pass);
            let own = lanes::apart(own, earlier);
            for (place, own) in own.into_iter().enumerate() {
                known.push(match (place.checked_sub(1), known.last()) {
                    (Some(before), Some(known)) => {
                        self.transfers[before].forward(known.clone(), own, pass)
                    }
                    _ => own,
                });
            }
        }
        known.push(input.whole());
        let views = pass.fork_all(known, tasks);
        let mut seen: Vec<(usize, Tensor<3>)> = Vec::with_capacity(tasks);
        for (place, &task) in self.chain.iter().enumerate() {
            let mut view = views[task].clone();
            let own = if place == earlier {
                let own = self.last_bottom.forward(view.remove(earlier).into(), pass);
                match (&self.last_transfer, view.pop()) {
                    (Some(transfer), Some(known)) => transfer.forward(known, own, pass),
                    _ => own,
                }
            } else {
                view.swap_remove(place)
            };
            seen.push((task, own));
        }
        seen.sort_by_key(|(task, _)| *task);
        let seen = seen.into_iter().map(|(_, own)| own);
        self.towers.on_each(seen, pass)
    }

    fn penalty(&self, outputs: &Tensor<3>, _pass: &Pass) -> Option<Tensor<3>> {
        if self.constraint <= 0.0 {
            return None;
        }
        let steps = self.chain.windows(2).map(|step| {
            let [before, after] = [step[0], step[1]]
                .map(|task| activation::sigmoid(outputs.clone().narrow(2, task, 1)));
            activation::relu(after - before)
        });
        let sum = steps.reduce(|sum, next| sum + next)?;
        Some(sum * self.constraint)
    }
}
