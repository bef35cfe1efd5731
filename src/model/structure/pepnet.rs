//! Gates that some columns set: on the features for all tasks, and on the hidden layers of each task's tower.

use burn::tensor::{Tensor, activation};

use super::{Structure, StructureConfig, StructureEntry, Tower};
use crate::data::Task;
use crate::error::Problem;
use crate::model::bottom::Bottom;
use crate::model::dense::Dense;
use crate::model::diagram::{EdgeKind, Node, NodeId, Owner, Part, Sketch};
use crate::model::input::Input;
use crate::model::mlp::Builder;
use crate::model::pass::Pass;
use crate::spec::{Choice, Paper, ParamKind, ParamSpec, Spec};

/// The entry `pepnet`.
///
/// Hard sharing with gates of 0 to 2: one for each feature from the columns of the domain (the paper's `EPNet`), and one for
/// each unit of a tower's hidden layers from the columns of user, item and author (`PPNet`). A gate sees beside its
/// columns all features, but moves no embedding by them. Above the gated features is the variant's bottom, which the
/// paper does not have; a tower without hidden layers has no gates. With gates of 1 it is a shared bottom.
#[derive(Debug)]
pub struct PepNet;

static SPEC: Spec = Spec {
    id: "pepnet",
    label: "PEPNet",
    summary: "Hard sharing with gates from a domain's columns on the features and from a user's and item's on the towers",
    formula: "x' = u(e_domain, x)⊙x;  h_t^0 = bottom(x'), h_t^l = v_t^l(e_prior, x')⊙f_t^l(h_t^{l−1});  ŷ_t = w_t·h_t^L + b_t;  u, v = 2σ(W·ReLU(V·[e, stop(x)] + a) + b)",
    paper: Some(Paper {
        citation: "J. Chang et al., PEPNet: Parameter and Embedding Personalized Network for Infusing with Personalized Prior Information, KDD 2023",
        url: "https://arxiv.org/abs/2302.01115",
    }),
    params: &[
        ParamSpec {
            name: "domain",
            meaning: "The columns that tell where a row comes from, such as a page or country; none: features have no gates",
            kind: ParamKind::Columns,
        },
        ParamSpec {
            name: "prior",
            meaning: "The columns that tell users and items apart, such as their ids; at least one must be named",
            kind: ParamKind::Columns,
        },
        ParamSpec {
            name: "gate_width",
            meaning: "The width of a gate's hidden layer; 0: that of what it gates",
            kind: ParamKind::Integer {
                default: 0,
                min: 0,
                max: 8192,
            },
        },
    ],
};

impl StructureEntry for PepNet {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn lanes(&self, _choice: &Choice, _tasks: &[String]) -> Vec<String> {
        vec![String::new()]
    }

    fn check(&self, choice: &Choice, _tasks: &[Task]) -> Result<(), Problem> {
        if choice.columns(&SPEC, "prior").is_empty() {
            let problem = Problem::new("prior", "no column is named");
            return Err(problem
                .expected("the name of at least one sparse or dense column")
                .help("name those that tell users and items apart, such as `[\"user_id\", \"video_id\"]`"));
        }
        Ok(())
    }

    fn diagram(&self, choice: &Choice, sketch: &mut Sketch<'_>) {
        let width = super::count(choice, &SPEC, "gate_width");
        let layers = |gated: usize| [if width == 0 { gated } else { width }, gated];
        let mut features = sketch.input(0);
        if Seen::new(&choice.columns(&SPEC, "domain"), &sketch.config).width() > 0 {
            sketch.column("gate");
            let node = Node::new(Part::Layers, "gate", Owner::Shared);
            let node = node.layers(&layers(sketch.config.input.width()));
            features = sketch.add(node.role("gate"), &[features]);
        }
        sketch.column("bottom");
        let bottom = sketch.bottom("bottom", Owner::Shared, "bottom".to_owned(), features);
        sketch.column("gates");
        let (tasks, towers) = (sketch.config.tasks, sketch.config.towers);
        let gates: Vec<Option<NodeId>> = tasks
            .iter()
            .zip(towers)
            .map(|(task, units)| {
                // A tower without hidden layers has no gate.
                let &widest = units.iter().max()?;
                let node =
                    Node::new(Part::Layers, "gates", Owner::task(task)).layers(&layers(widest));
                Some(sketch.add(node.role(format!("gates.{task}")), &[features]))
            })
            .collect();
        let ends = sketch.towers(&vec![bottom; tasks.len()]);
        for (gate, &tower) in gates.iter().zip(&ends) {
            if let Some(gate) = gate {
                sketch.link(*gate, tower, EdgeKind::Ask);
            }
        }
        sketch.outputs(&ends);
    }

    fn build(
        &self,
        choice: &Choice,
        config: &StructureConfig<'_>,
        builder: &mut Builder,
    ) -> Box<dyn Structure> {
        let width = super::count(choice, &SPEC, "gate_width");
        let seen = |param| Seen::new(&choice.columns(&SPEC, param), config);
        let (domain, prior) = (seen("domain"), seen("prior"));
        let input = config.input.width();
        let gate = |builder: &mut Builder, role: &str, columns: &Seen, gated: usize| {
            let hidden = if width == 0 { gated } else { width };
            Gate::new(builder, role, [columns.width() + input, hidden, gated])
        };
        let (of_features, bottom) = builder.shared(|builder| {
            let of_features = (domain.width() > 0).then(|| gate(builder, "gate", &domain, input));
            let bottom = config.build_bottom("bottom", &[String::new()], builder);
            (of_features, bottom)
        });
        let towers = config.tasks.iter().enumerate().map(|(task, name)| {
            let layers = config.towers[task].iter().enumerate();
            let of_layer = |(layer, &units): (usize, &usize)| {
                gate(builder, &format!("gates.{name}.{layer}"), &prior, units)
            };
            let gates = layers.map(of_layer).collect();
            (gates, config.build_tower(task, bottom.width(), builder))
        });
        let towers = towers.collect();
        Box::new(Built {
            domain: of_features.map(|gate| (domain, gate)),
            bottom,
            prior,
            towers,
        })
    }
}

#[derive(Debug)]
struct Built {
    /// The gate on the features with what it sees, if a column tells the domain.
    domain: Option<(Seen, Gate)>,
    bottom: Box<dyn Bottom>,
    /// What the gates of the towers see.
    prior: Seen,
    /// For each task: a gate for each hidden layer, and the tower.
    towers: Vec<(Vec<Gate>, Tower)>,
}

impl Structure for Built {
    fn forward(&self, input: Input, pass: &Pass) -> Tensor<3> {
        let input = input.whole();
        let prior = self.prior.of(&input);
        let gated = match &self.domain {
            Some((domain, gate)) => {
                let seen = [domain.of(&input), vec![input.clone().detach()]].concat();
                gate.forward(Tensor::cat(seen, 2), pass) * input
            }
            None => input,
        };
        let all = pass.first_copy(gated.clone().detach());
        let represented = self.bottom.forward(gated.into(), pass);
        // The columns that the towers' gates see are shared too: they come from the embeddings.
        let views = pass.fork_all([vec![represented], prior].concat(), self.towers.len());
        let each = self.towers.iter().zip(views);
        let outputs = each.map(|((gates, tower), mut view)| {
            let represented = view.remove(0);
            view.push(all.clone());
            let seen = Tensor::cat(view, 2);
            tower.forward_with(represented, pass, |layer, hidden| {
                gates[layer].forward(seen.clone(), pass) * hidden
            })
        });
        Tensor::cat(outputs.collect(), 2)
    }
}

/// Where in the features some columns lie: their first place and width.
#[derive(Debug)]
struct Seen(Vec<[usize; 2]>);

impl Seen {
    /// The columns of these names; drawn before it is checked, an experiment may name what there is not.
    fn new(names: &[String], config: &StructureConfig<'_>) -> Self {
        let named = config.columns.iter();
        let named = named.filter(|(name, _)| names.contains(name));
        Self(named.map(|(_, place)| [place.start, place.len()]).collect())
    }

    fn width(&self) -> usize {
        self.0.iter().map(|[_, width]| width).sum()
    }

    /// # Shapes
    /// - input: `[plane, batch, in]`
    /// - output: each `[plane, batch, width]`
    fn of(&self, input: &Tensor<3>) -> Vec<Tensor<3>> {
        let place = |&[start, width]: &[usize; 2]| input.clone().narrow(2, start, width);
        self.0.iter().map(place).collect()
    }
}

/// `2σ(W·ReLU(V·x + a) + b)`, about 1 at the start.
#[derive(Debug)]
struct Gate {
    hidden: Dense,
    output: Dense,
}

impl Gate {
    fn new(builder: &mut Builder, role: &str, [inputs, hidden, outputs]: [usize; 3]) -> Self {
        let lanes = [String::new()];
        let mut dense = |part: &str, inputs, outputs| {
            let layout = &mut builder.layout;
            Dense::new(layout, &format!("{role}.{part}"), &lanes, inputs, outputs)
        };
        Self {
            hidden: dense("hidden", inputs, hidden),
            output: dense("output", hidden, outputs),
        }
    }

    /// # Shapes
    /// - seen: `[plane, batch, in]`
    /// - output: `[plane, batch, out]`
    fn forward(&self, seen: Tensor<3>, pass: &Pass) -> Tensor<3> {
        let hidden = activation::relu(self.hidden.forward(seen, pass));
        activation::sigmoid(self.output.forward(hidden, pass)) * 2.0
    }
}
