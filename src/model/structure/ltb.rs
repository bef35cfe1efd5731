//! Layers of several branches; each branch and each tower learns which branch below it to take.

use burn::tensor::{Int, Tensor, TensorData};

use super::{Structure, StructureConfig, StructureEntry, Towers};
use crate::model::bottom::Bottom;
use crate::model::diagram::{Node, Owner, Part, Sketch};
use crate::model::dropout::DropoutKey;
use crate::model::experts::{GateNames, Outputs, mixed};
use crate::model::input::Input;
use crate::model::lanes;
use crate::model::layout::{Init, Slot};
use crate::model::mlp::{Builder, Mlp};
use crate::model::pass::Pass;
use crate::model::random;
use crate::model::softmax::softmax;
use crate::spec::{Choice, Paper, ParamKind, ParamSpec, Spec};

/// The entry `ltb`.
///
/// The first layer is as many bottoms as there are branches; each starts from numbers of its own. In training every
/// step draws a parent for each branch and tower of a run, the same for all rows, by Gumbel noise `g = −ln(−ln u)` on
/// trained logits `α`: a parent is drawn as often as `softmax(α)` says, whatever the temperature `τ`, which only makes
/// the gradient by `α` smooth. It falls with the epochs done, so that no length of the training is assumed, and stays at
/// or above 0.1. Evaluation draws nothing: it takes the likeliest parent, at first the same for all tasks. Shares of the
/// gates are `softmax(α)`. With Adam a logit moves by about the learning rate a step, so that a choice takes its inverse
/// in steps to settle; a shorter training ends while it still draws. The tree that is found is scored as it is; it is not trained anew from the start.
#[derive(Debug)]
pub struct Ltb;

static SPEC: Spec = Spec {
    id: "ltb",
    label: "Learning to branch",
    summary: "Layers of several branches, where each branch and each tower learns which one below it to take",
    formula: "x_j^1 = bottom_j(x), x_j^l = f_j^l(Σ_i d_ji^l·x_i^{l−1});  ŷ_t = tower_t(Σ_i d_ti·x_i^L);  d = onehot(argmax_i(α_i + g_i)), its gradient that of softmax((α + g)/τ)",
    paper: Some(Paper {
        citation: "P. Guo, C.-Y. Lee, D. Ulbricht, Learning to Branch for Multi-Task Learning, ICML 2020",
        url: "https://arxiv.org/abs/2006.01895",
    }),
    params: &[
        ParamSpec {
            name: "branches",
            meaning: "How many branches each layer has",
            kind: ParamKind::Integer {
                default: 3,
                min: 1,
                max: 64,
            },
        },
        ParamSpec {
            name: "units",
            meaning: "The width of each branched layer above the bottoms; none: the towers choose among the bottoms",
            kind: ParamKind::Widths {
                default: &[64],
                min: 1,
                max: 8192,
            },
        },
        ParamSpec {
            name: "hard",
            meaning: "Whether a step takes one parent whole; else it takes a share of each",
            kind: ParamKind::Flag { default: true },
        },
        ParamSpec {
            name: "temperature",
            meaning: "How smooth choices are in the first epoch, τ",
            kind: ParamKind::Number {
                default: 5.0,
                min: LEAST_TEMPERATURE,
                max: 1e3,
            },
        },
        ParamSpec {
            name: "decay",
            meaning: "What is left of the temperature after each epoch",
            kind: ParamKind::Number {
                default: 0.7,
                min: 0.01,
                max: 1.0,
            },
        },
    ],
};

/// Below it a soft choice is as good as hard, and its gradient too steep to follow.
const LEAST_TEMPERATURE: f64 = 0.1;

impl StructureEntry for Ltb {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn lanes(&self, _choice: &Choice, _tasks: &[String]) -> Vec<String> {
        vec![String::new()]
    }

    fn diagram(&self, choice: &Choice, sketch: &mut Sketch<'_>) {
        let number = super::count(choice, &SPEC, "branches");
        let features = sketch.input(0);
        sketch.column("branches");
        let mut branches = sketch.experts(("branch", &Owner::Shared), "layer1", number, features);
        for (index, &width) in choice.widths(&SPEC, "units").iter().enumerate() {
            let layer = index + 2;
            sketch.column("choice");
            let node = Node::new(Part::Gate, "choice", Owner::Shared).layers(&[number]);
            let chosen = sketch.add(node.role(format!("choices.layer{layer}")), &branches);
            sketch.column("branches");
            let branch = |branch: usize| Node {
                number: (number > 1).then_some(branch + 1),
                ..Node::new(Part::Layers, "branch", Owner::Shared)
                    .layers(&[width])
                    .role(format!("layer{layer}.{branch}"))
            };
            branches = (0..number)
                .map(|place| sketch.add(branch(place), &[chosen]))
                .collect();
        }
        sketch.column("choice");
        let node = Node::new(Part::Gate, "choice", Owner::Each).layers(&[number]);
        let chosen = sketch.add(node.role("choices.towers"), &branches);
        sketch.towers_and_outputs(&vec![chosen; sketch.config.tasks.len()]);
    }

    fn build(
        &self,
        choice: &Choice,
        config: &StructureConfig<'_>,
        builder: &mut Builder,
    ) -> Box<dyn Structure> {
        let number = super::count(choice, &SPEC, "branches");
        let branches: Vec<String> = (0..number).map(|branch| branch.to_string()).collect();
        let units = choice.widths(&SPEC, "units");
        let drawing = Drawing::new(choice);
        let parents = |builder: &mut Builder, children: &str, names: Vec<GateNames>| {
            let role = format!("choices.{children}");
            let (shape, init) = ([names.len(), number], Init::Constant(0.0));
            let layout = &mut builder.layout;
            Parents {
                logits: layout.add(role.clone(), &[String::new()], shape, init),
                role,
                names,
                drawing,
            }
        };
        let names = |layer: usize, tasks: Vec<String>| GateNames {
            tasks,
            experts: branches
                .iter()
                .map(|branch| format!("layer{layer}.{branch}"))
                .collect(),
        };
        let (bottoms, layers) = builder.shared(|builder| {
            let bottoms = config.build_bottom("layer1.*", &branches, builder);
            let mut width = bottoms.width();
            let mut layers = Vec::with_capacity(units.len());
            for (index, &outputs) in units.iter().enumerate() {
                let layer = format!("layer{}", index + 2);
                let of_branches = vec![names(index + 1, Vec::new()); number];
                let parents = parents(builder, &layer, of_branches);
                let (role, hidden) = (format!("{layer}.*"), config.hidden);
                let branches = Mlp::new(builder, &role, &branches, width, &[outputs], hidden);
                layers.push((parents, branches));
                width = outputs;
            }
            (bottoms, layers)
        });
        let of_tasks = config.tasks.iter();
        let of_tasks = of_tasks.map(|task| names(units.len() + 1, vec![task.clone()]));
        let last = parents(builder, "towers", of_tasks.collect());
        let width = units.last().copied().unwrap_or_else(|| bottoms.width());
        Box::new(Built {
            bottoms,
            number,
            layers,
            last,
            towers: config.build_towers(width, builder),
        })
    }
}

#[derive(Debug)]
struct Built {
    /// One bottom with a lane for each branch.
    bottoms: Box<dyn Bottom>,
    number: usize,
    /// The parents of the branches with the layer above them, a lane for each branch.
    layers: Vec<(Parents, Mlp)>,
    /// The parents of the towers; each row serves one task.
    last: Parents,
    towers: Towers,
}

impl Structure for Built {
    fn forward(&self, input: Input, pass: &Pass) -> Tensor<3> {
        let mut branches = self.bottoms.forward_alike(input, self.number, pass);
        for (parents, layer) in &self.layers {
            branches = layer.forward(lanes::summed(branches, parents.taken(pass)), pass);
        }
        let branches = Outputs {
            planes: branches,
            number: self.number,
        };
        let views = Outputs::fork_all(vec![branches], self.towers.number(), pass);
        let taken = self.last.taken(pass);
        let chosen = views.into_iter().enumerate().map(|(task, branches)| {
            let own = taken.clone().narrow(1, task, 1);
            mixed(&own, &branches)
        });
        self.towers.on_each(chosen, pass)
    }
}

/// Which branch each of some children takes.
#[derive(Debug)]
struct Parents {
    /// `[child, parent]`.
    logits: Slot,
    role: String,
    /// For each child.
    names: Vec<GateNames>,
    drawing: Drawing,
}

impl Parents {
    /// The shares that each child takes.
    ///
    /// # Shapes
    /// - output: `[plane, child, parent]`
    fn taken(&self, pass: &Pass) -> Tensor<3> {
        let logits = pass.parameter(self.logits);
        if let Some(key) = pass.dropout_key() {
            let noise = noise(key, &self.role, &logits);
            return self.drawing.drawn(logits, noise, key.epoch);
        }
        let chances = softmax(logits.clone());
        for (child, names) in self.names.iter().enumerate() {
            pass.record_gate(names, &chances.clone().narrow(1, child, 1));
        }
        largest(&logits)
    }
}

/// How parents are drawn.
#[derive(Clone, Copy, Debug)]
struct Drawing {
    temperature: f64,
    decay: f64,
    is_hard: bool,
}

impl Drawing {
    fn new(choice: &Choice) -> Self {
        Self {
            temperature: choice.number(&SPEC, "temperature"),
            decay: choice.number(&SPEC, "decay"),
            is_hard: choice.flag(&SPEC, "hard"),
        }
    }

    /// The temperature after so many epochs.
    fn temperature(self, epoch: u32) -> f64 {
        let fallen = self.temperature * self.decay.powf(f64::from(epoch));
        fallen.max(LEAST_TEMPERATURE)
    }

    /// # Shapes
    /// - logits, noise, output: `[plane, child, parent]`
    fn drawn(self, logits: Tensor<3>, noise: Tensor<3>, epoch: u32) -> Tensor<3> {
        let scores = logits + noise;
        let soft = softmax(scores.clone() / self.temperature(epoch));
        if self.is_hard {
            // Straight through (Bengio, Léonard and Courville 2013): the second term is 0 but for its gradient.
            largest(&scores) + (soft.clone() - soft.detach())
        } else {
            soft
        }
    }
}

/// Gumbel noise, the same for all rows of a step and for all copies of a replica.
///
/// # Shapes
/// - like, output: `[replica · copy, child, parent]`
fn noise(key: &DropoutKey, role: &str, like: &Tensor<3>) -> Tensor<3> {
    let shape @ [planes, children, parents] = like.dims();
    let copies = planes / key.seeds.len().max(1);
    let name = format!("{role} {}", key.step);
    let mut values = Vec::with_capacity(planes * children * parents);
    for &seed in &key.seeds {
        let mut rng = random::stream(seed, "branch", &name);
        let own: Vec<f32> = (0..children * parents)
            .map(|_| random::gumbel(&mut rng))
            .collect();
        for _ in 0..copies {
            values.extend_from_slice(&own);
        }
    }
    Tensor::from_data(TensorData::new(values, shape), &like.device().inner())
}

/// 1 for the largest of each row, 0 for the others.
fn largest(scores: &Tensor<3>) -> Tensor<3> {
    let shape @ [.., parents] = scores.dims();
    let best = scores.clone().detach().argmax(2).expand(shape);
    let places: Tensor<1, Int> = Tensor::arange(0..parents as i64, &scores.device());
    let places = places.reshape([1, 1, parents]).expand(shape);
    places.equal(best).float()
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    const DRAWING: Drawing = Drawing {
        temperature: 2.0,
        decay: 0.5,
        is_hard: true,
    };

    fn tensor(values: &[f32], device: &Device) -> Tensor<3> {
        let data = TensorData::new(values.to_vec(), [1, 2, values.len() / 2]);
        Tensor::from_data(data, device)
    }

    fn values(tensor: &Tensor<3>) -> Vec<f32> {
        tensor.clone().into_data().try_to_vec().unwrap()
    }

    // import torch; a = torch.tensor([[.3, -.2, .1], [1., .5, -1.]]).double().requires_grad_()
    // g = torch.tensor([[-.5, 1.2, .4], [.1, .2, 2.5]]).double(); s = torch.tensor([[.7, -1.1, .4], [2., .3, -.6]]).double()
    // for epoch in (0, 1, 9):
    //     soft = torch.softmax((a + g) / max(2 * .5 ** epoch, .1), 1); (soft * s).sum().backward()
    //     print([round(v, 5) for v in soft.flatten().tolist() + a.grad.flatten().tolist()]); a.grad = None
    #[test]
    fn a_whole_choice_has_the_gradient_of_a_soft_one() {
        let device = Device::flex().autodiff();
        let expected = [
            [
                0.23578, 0.42962, 0.33459, 0.32893, 0.26931, 0.40176, 0.103, -0.19898, 0.09598,
                0.24709, -0.02661, -0.22049,
            ],
            [
                0.15788, 0.52418, 0.31793, 0.31624, 0.21198, 0.47178, 0.16402, -0.39895, 0.23493,
                0.50187, -0.02396, -0.47791,
            ],
            [
                0.00001, 0.9933, 0.00669, 0.01798, 0.00033, 0.98169, 0.00011, -0.09983, 0.09972,
                0.45903, 0.00281, -0.46184,
            ],
        ];
        for (epoch, expected) in [0, 1, 9].into_iter().zip(expected) {
            for is_hard in [true, false] {
                let logits = tensor(&[0.3, -0.2, 0.1, 1.0, 0.5, -1.0], &device).require_grad();
                let noise = tensor(&[-0.5, 1.2, 0.4, 0.1, 0.2, 2.5], &device);
                let slopes = tensor(&[0.7, -1.1, 0.4, 2.0, 0.3, -0.6], &device);
                let drawing = Drawing { is_hard, ..DRAWING };
                let drawn = drawing.drawn(logits.clone(), noise, epoch);
                let whole = [0.0, 1.0, 0.0, 0.0, 0.0, 1.0];
                let soft = values(&drawn);
                if is_hard {
                    assert_eq!(soft, whole);
                }
                let tape = (drawn * slopes).sum().backward();
                let gradient = values(&logits.grad(&tape).unwrap());
                let found = if is_hard { &expected[..6] } else { &soft };
                for (found, expected) in found.iter().chain(&gradient).zip(&expected) {
                    assert!(
                        (found - expected).abs() < 2e-5,
                        "{epoch}: {found} {expected}"
                    );
                }
            }
        }
    }

    #[test]
    fn parents_are_drawn_as_often_as_their_logits_say() {
        let logits = tensor(&[0.0, 1.0, -1.0, 0.5, 0.5, 0.5], &Device::flex());
        let expected = values(&softmax(logits.clone()));
        let mut times = [0.0; 6];
        for step in 0..4000 {
            let key = DropoutKey {
                seeds: vec![7],
                step,
                epoch: 0,
                first_row: 0,
            };
            let noise = noise(&key, "choices.towers", &logits);
            let drawn = values(&DRAWING.drawn(logits.clone(), noise, step as u32 % 20));
            for (times, drawn) in times.iter_mut().zip(drawn) {
                *times += drawn / 4000.0;
            }
        }
        for (times, expected) in times.iter().zip(&expected) {
            assert!((times - expected).abs() < 0.025, "{times} {expected}");
        }
    }

    #[test]
    fn rows_and_copies_share_a_draw_and_seeds_do_not() {
        let draw = |step, first_row| {
            let key = DropoutKey {
                seeds: vec![1, 2],
                step,
                epoch: 0,
                first_row,
            };
            let like = Tensor::zeros([4, 2, 3], &Device::flex());
            values(&noise(&key, "choices.layer2", &like))
        };
        let first = draw(0, 0);
        assert_eq!(first, draw(0, 64));
        assert_ne!(first, draw(1, 0));
        assert_eq!(first[..6], first[6..12]);
        assert_ne!(first[..6], first[12..18]);
        assert_eq!(first[12..18], first[18..]);
    }

    #[test]
    fn of_equal_logits_the_first_is_taken() {
        let logits = tensor(&[0.0, 0.0, 0.0, 0.0, 1.0, 1.0], &Device::flex());
        assert_eq!(values(&largest(&logits)), [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
    }
}
