//! Regression tasks whose relation to the first is a number: the recipe of the mixture-of-experts paper.

use std::sync::Arc;

use crate::error::Problem;

use super::super::table::{Column, Table, Values};
use super::bounds::{check_most, check_rows};
use super::draw::{Draw, rounded};

const DECIMALS: i32 = 6;
const MAX_DIMS: usize = 100_000;
const MAX_SINES: usize = 10_000;
/// Beyond it the labels lose their digits, and soon their finiteness.
const MAX_SCALE: f64 = 1e6;
/// The standard deviation of the noise: its variance is 0.01.
const NOISE: f64 = 0.1;

/// A regression task, and others whose weight vectors enclose chosen angles with its own.
///
/// ```text
/// u₁, u₂ orthonormal in ℝᵈ      w₁ = c·u₁      w_k = c·(p_k·u₁ + √(1 − p_k²)·u₂)      x ~ N(0, I)
/// y_k = w_kᵀx + Σᵢ sin(αᵢ·w_kᵀx + βᵢ) + ε      αᵢ, βᵢ ~ N(0, 1), the same for all tasks      ε ~ N(0, 0.01)
/// ```
///
/// Symbols: `d` is [`Self::dims`], `p` one of [`Self::cosines`], `c` [`Self::scale`], the number of sines [`Self::num_sines`]. The correlation
/// of the labels grows with `p` but does not equal it. The paper has one other task; several in one table let the same
/// first task be trained beside each of them. It does not give `c`, the number of sines, `α` and `β`; these are ours.
///
/// Ma, Zhao, Yi, Chen, Hong, Chi: *Modeling Task Relationships in Multi-task Learning with Multi-gate Mixture-of-Experts*, KDD 2018,
/// section 3.2, <https://doi.org/10.1145/3219819.3220007>
#[derive(Clone, Debug, PartialEq)]
pub struct MmoeRecipe {
    /// Rows.
    pub rows: usize,
    /// Features, at least 2.
    pub dims: usize,
    /// The cosine between each other task's weight vector and that of the first, from -1 to 1: at 1 they differ in their
    /// noise alone.
    pub cosines: Vec<f64>,
    /// The length of the weight vectors.
    pub scale: f64,
    /// Sine terms; 0 makes the tasks linear.
    pub num_sines: usize,
    /// The seed of everything that is drawn.
    pub seed: u64,
}

impl Default for MmoeRecipe {
    fn default() -> Self {
        Self {
            rows: 10_000,
            dims: 100,
            cosines: vec![0.5],
            scale: 1.0,
            num_sines: 10,
            seed: 0,
        }
    }
}

impl MmoeRecipe {
    /// What cannot be made.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let columns = self.dims.saturating_add(1 + self.cosines.len());
        problems.extend(check_rows(self.rows, columns));
        problems.extend(check_most("dims", self.dims, MAX_DIMS));
        problems.extend(check_most("sines", self.num_sines, MAX_SINES));
        if self.dims < 2 {
            let problem = Problem::new("dims", "two directions need two dimensions");
            problems.push(problem.expected("2 or more").found(self.dims.to_string()));
        }
        let is_none = |cosine: &&f64| !(-1.0..=1.0).contains(*cosine);
        for cosine in self.cosines.iter().filter(is_none) {
            let problem = Problem::new("cosine", "no angle has this cosine");
            problems.push(
                problem
                    .expected("a number from -1 to 1")
                    .found(cosine.to_string()),
            );
        }
        if !(-MAX_SCALE..=MAX_SCALE).contains(&self.scale) {
            let problem = Problem::new("scale", "out of range");
            problems.push(
                problem
                    .expected(format!("a number from -{MAX_SCALE} to {MAX_SCALE}"))
                    .found(self.scale.to_string()),
            );
        }
        problems
    }
}

/// Makes the table: features `x1`, `x2`, …, then `label_1`, and `label_2`, … in the order of the cosines.
///
/// A recipe with [problems](MmoeRecipe::problems) gives the nearest table that can be made.
pub fn mmoe(recipe: &MmoeRecipe) -> Table {
    let dims = recipe.dims.max(2);
    let mut draw = Draw::new(recipe.seed);
    let [first, second] = orthonormal(&mut draw, dims);
    let slanted = |cosine: &f64| -> Vec<f64> {
        let cosine = cosine.clamp(-1.0, 1.0);
        let across = (1.0 - cosine * cosine).sqrt();
        let pairs = first.iter().zip(&second);
        let mixed = pairs.map(|(a, b)| recipe.scale * (cosine * a + across * b));
        mixed.collect()
    };
    let others = recipe.cosines.iter().map(slanted);
    let weights: Vec<Vec<f64>> = [slanted(&1.0)].into_iter().chain(others).collect();
    let sines: Vec<[f64; 2]> = (0..recipe.num_sines)
        .map(|_| [draw.normal(), draw.normal()])
        .collect();

    let mut features = vec![Vec::with_capacity(recipe.rows); dims];
    let mut labels = vec![Vec::with_capacity(recipe.rows); weights.len()];
    for _ in 0..recipe.rows {
        let x: Vec<f64> = (0..dims)
            .map(|_| rounded(draw.normal(), DECIMALS))
            .collect();
        for (labels, weights) in labels.iter_mut().zip(&weights) {
            let linear: f64 = weights.iter().zip(&x).map(|(weight, x)| weight * x).sum();
            let waves: f64 = sines
                .iter()
                .map(|[alpha, beta]| (alpha * linear + beta).sin())
                .sum();
            labels.push(rounded(linear + waves + NOISE * draw.normal(), DECIMALS));
        }
        for (feature, x) in features.iter_mut().zip(x) {
            feature.push(x);
        }
    }
    let names = (1..=dims)
        .map(|at| format!("x{at}"))
        .chain((1..=weights.len()).map(|at| format!("label_{at}")));
    let columns = names.zip(features.into_iter().chain(labels));
    let columns = columns.map(|(name, values)| Column {
        name,
        values: Values::Real(Arc::new(values.into_iter().collect())),
    });
    Table {
        columns: columns.collect(),
        num_rows: recipe.rows,
    }
}

/// Two directions at right angles (Gram and Schmidt).
fn orthonormal(draw: &mut Draw, dims: usize) -> [Vec<f64>; 2] {
    let first = unit(draw.normals(dims));
    let other = draw.normals(dims);
    let along: f64 = first.iter().zip(&other).map(|(a, b)| a * b).sum();
    let second = unit(
        other
            .iter()
            .zip(&first)
            .map(|(b, a)| b - along * a)
            .collect(),
    );
    [first, second]
}

fn unit(mut vector: Vec<f64>) -> Vec<f64> {
    let length = vector.iter().map(|value| value * value).sum::<f64>().sqrt();
    for value in &mut vector {
        *value /= length;
    }
    vector
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::scale::number;

    fn label(table: &Table, name: &str) -> Vec<f64> {
        let values = &table.column(name).unwrap().values;
        (0..table.num_rows).map(|row| number(values, row)).collect()
    }

    fn correlation(recipe: &MmoeRecipe) -> f64 {
        let table = mmoe(recipe);
        let [a, b] = ["label_1", "label_2"].map(|name| label(&table, name));
        let len = a.len() as f64;
        let mean = |values: &[f64]| values.iter().sum::<f64>() / len;
        let (mean_a, mean_b) = (mean(&a), mean(&b));
        let moment = |x: &[f64], y: &[f64], mx: f64, my: f64| {
            x.iter()
                .zip(y)
                .map(|(x, y)| (x - mx) * (y - my))
                .sum::<f64>()
                / len
        };
        moment(&a, &b, mean_a, mean_b)
            / (moment(&a, &a, mean_a, mean_a) * moment(&b, &b, mean_b, mean_b)).sqrt()
    }

    #[test]
    fn without_sines_the_labels_correlate_as_the_recipe_says() {
        for cosine in [-1.0, 0.0, 0.5, 1.0] {
            let recipe = MmoeRecipe {
                cosines: vec![cosine],
                num_sines: 0,
                dims: 8,
                ..MmoeRecipe::default()
            };
            // cov = c²·p, var = c² + 0.01
            let found = correlation(&recipe);
            assert!((found - cosine / 1.01).abs() < 0.03, "{cosine} {found}");
        }
    }

    #[test]
    fn relation_grows_with_the_cosine_and_the_noise_is_all_that_differs_at_one() {
        let at = |cosine| {
            correlation(&MmoeRecipe {
                cosines: vec![cosine],
                dims: 10,
                seed: 3,
                ..MmoeRecipe::default()
            })
        };
        let found = [0.0, 0.5, 0.9, 1.0].map(at);
        assert!(found.is_sorted(), "{found:?}");
        let table = mmoe(&MmoeRecipe {
            cosines: vec![1.0],
            dims: 10,
            ..MmoeRecipe::default()
        });
        let apart = label(&table, "label_1")
            .iter()
            .zip(label(&table, "label_2"))
            .map(|(a, b)| (a - b) * (a - b))
            .sum::<f64>();
        // The variance of the difference of two noises is 0.02.
        assert!((apart / 10_000.0 - 0.02).abs() < 0.001, "{apart}");
    }

    #[test]
    fn other_tasks_have_their_angle_to_the_first() {
        let recipe = MmoeRecipe {
            cosines: vec![1.0, 0.0],
            num_sines: 0,
            dims: 8,
            ..MmoeRecipe::default()
        };
        let table = mmoe(&recipe);
        let [first, same, apart] =
            ["label_1", "label_2", "label_3"].map(|name| label(&table, name));
        let product = |a: &[f64], b: &[f64]| {
            let sum: f64 = a.iter().zip(b).map(|(a, b)| a * b).sum();
            sum / a.len() as f64
        };
        assert!((product(&first, &same) - 1.0).abs() < 0.05);
        assert!(product(&first, &apart).abs() < 0.05);
    }

    #[test]
    fn impossible_recipes_are_told_and_still_give_finite_numbers() {
        let recipe = MmoeRecipe {
            rows: 3,
            dims: 0,
            cosines: vec![2.0],
            ..MmoeRecipe::default()
        };
        assert_eq!(recipe.problems().len(), 2);
        assert!(
            label(&mmoe(&recipe), "label_2")
                .iter()
                .all(|value| value.is_finite())
        );
        assert!(MmoeRecipe::default().problems().is_empty());
    }
}
