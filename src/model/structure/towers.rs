//! The towers of several tasks.

use burn::tensor::Tensor;

use super::{StructureConfig, Tower};
use crate::model::lanes;
use crate::model::mlp::Builder;
use crate::model::pass::{Fork, Pass};

/// The towers of some tasks. Those of one shape lie side by side, so that each of their layers is one operation.
#[derive(Clone, Debug)]
pub struct Towers {
    alike: Vec<Alike>,
    number: usize,
}

/// Towers of one shape.
#[derive(Clone, Debug)]
struct Alike {
    /// Their places among all towers.
    places: Vec<usize>,
    /// A lane for each.
    tower: Tower,
}

impl Towers {
    /// Adds the parameters of the towers of some tasks.
    pub fn new(
        tasks: &[usize],
        width: usize,
        config: &StructureConfig<'_>,
        builder: &mut Builder,
    ) -> Self {
        let mut shapes: Vec<(&[usize], Vec<usize>)> = Vec::new();
        for (place, &task) in tasks.iter().enumerate() {
            let units = config.towers[task].as_slice();
            match shapes.iter_mut().find(|(other, _)| *other == units) {
                Some((_, places)) => places.push(place),
                None => shapes.push((units, vec![place])),
            }
        }
        let alike = shapes.into_iter().map(|(units, places)| {
            let name = |&place: &usize| config.tasks[tasks[place]].clone();
            let lanes: Vec<String> = places.iter().map(name).collect();
            let role = ("towers.*", lanes.as_slice());
            Alike {
                tower: Tower::new(builder, role, width, units, config.hidden),
                places,
            }
        });
        Self {
            alike: alike.collect(),
            number: tasks.len(),
        }
    }

    /// How many there are.
    pub fn number(&self) -> usize {
        self.number
    }

    /// The outputs of towers on something that all tasks share, which ends here.
    ///
    /// # Shapes
    /// - shared: `[replica · copy, batch, in]`
    /// - output: `[replica, batch, tower]`
    pub fn on_shared(&self, shared: Tensor<3>, pass: &Pass) -> Tensor<3> {
        match pass.leaves_by() {
            Fork::Joined => {
                let outputs = self.alike.iter();
                let outputs = outputs.map(|alike| alike.tower.forward(shared.clone(), pass));
                self.in_order(outputs.collect())
            }
            // A copy for each task is a lane for each.
            Fork::Copies(_) => self.on_lanes(shared, pass),
            Fork::Cut => self.on_each(pass.fork(shared, self.number), pass),
        }
    }

    /// The outputs of towers that each see something else.
    ///
    /// # Shapes
    /// - each: for each tower `[replica, batch, in]`
    /// - output: `[replica, batch, tower]`
    pub fn on_each(&self, each: impl IntoIterator<Item = Tensor<3>>, pass: &Pass) -> Tensor<3> {
        let each: Vec<Tensor<3>> = each.into_iter().collect();
        let outputs = self.alike.iter().map(|alike| {
            let own = alike.places.iter().map(|&place| each[place].clone());
            let own = lanes::side_by_side(own.collect());
            alike.tower.forward(own, pass)
        });
        self.in_order(outputs.collect())
    }

    /// The same of what lies side by side.
    ///
    /// # Shapes
    /// - input: `[replica · tower, batch, in]`
    /// - output: `[replica, batch, tower]`
    pub fn on_lanes(&self, input: Tensor<3>, pass: &Pass) -> Tensor<3> {
        match self.alike.as_slice() {
            [alike] => self.in_order(vec![alike.tower.forward(input, pass)]),
            _ => self.on_each(lanes::apart(input, self.number), pass),
        }
    }

    /// # Shapes
    /// - outputs: for each shape `[replica · lane, batch, 1]`
    /// - output: `[replica, batch, tower]`
    fn in_order(&self, outputs: Vec<Tensor<3>>) -> Tensor<3> {
        let mut by_shape: Vec<Tensor<3>> = outputs
            .into_iter()
            .zip(&self.alike)
            .map(|(own, alike)| lanes::columns(own, alike.places.len()))
            .collect();
        if by_shape.len() == 1 {
            return by_shape.swap_remove(0);
        }
        let mut columns: Vec<(usize, Tensor<3>)> = Vec::with_capacity(self.number);
        for (alike, own) in self.alike.iter().zip(by_shape) {
            let places = alike.places.iter().enumerate();
            columns.extend(places.map(|(lane, &place)| (place, own.clone().narrow(2, lane, 1))));
        }
        columns.sort_by_key(|(place, _)| *place);
        Tensor::cat(columns.into_iter().map(|(_, column)| column).collect(), 2)
    }
}
