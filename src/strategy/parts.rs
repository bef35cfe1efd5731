//! Strategies that weigh on two parts of a batch and follow the third.
//!
//! An inner product of two gradients that share no row is right in the mean, and so is a step along gradients that
//! had no say in its own weights; on one batch for all of it neither would be. So the update is made of the third part's
//! gradients, and a step sees as many rows as that of any other strategy. Towers follow the whole batch.
//!
//! A task without a gradient in one of the first two parts keeps its share, and the others settle theirs among themselves.

use std::fmt::Debug;

use burn::tensor::Tensor;
use nalgebra::{DMatrix, DVector};

use super::by_replica::by_replica;
use super::{
    Balancing, Direction, Family, Look, Needs, Progress, Strategy, StrategyConfig, StrategyEntry,
    TaskGradients, Update,
};
use crate::error::Report;
use crate::spec::{Choice, Spec};

/// A registry entry whose strategy is a rule.
#[derive(Debug)]
pub struct PartEntry<R> {
    /// See [`StrategyEntry::spec`]; the parameter [`super::ON`] is among its own.
    pub spec: &'static Spec,
    /// The rule.
    pub rule: fn(&Choice) -> R,
}

impl<R: PartRule + 'static> StrategyEntry for PartEntry<R> {
    fn spec(&self) -> &'static Spec {
        self.spec
    }

    fn family(&self) -> Family {
        Family::Directions
    }

    fn needs(&self, choice: &Choice) -> Needs {
        Look::Parts(3).on(choice, self.spec)
    }

    fn build(&self, choice: &Choice, config: &StrategyConfig<'_>) -> Strategy {
        let [replicas, tasks] = [config.seeds.len(), config.tasks.len()];
        Strategy::balancing(ByParts {
            rule: (self.rule)(choice),
            shares: Tensor::ones([replicas, tasks], config.device) / tasks.max(1) as f64,
            unsolved: vec![0; replicas],
        })
    }
}

/// What a strategy makes of the inner products of two parts.
pub trait PartRule: Debug + Send + Sync {
    /// The next shares; they are not negative and sum to 1, as those before.
    ///
    /// # Shapes
    /// - products: `[task, task]`, the gradients of the first part by those of the second, finite
    /// - shares, output: `[task]`
    fn next(&self, products: &DMatrix<f64>, shares: DVector<f64>) -> DVector<f64>;

    /// The weight of a gradient in the update, by the task's share.
    fn weights(&self, shares: Tensor<2>) -> Tensor<2> {
        shares
    }
}

#[derive(Debug)]
struct ByParts<R> {
    rule: R,
    /// `[replica, task]`.
    shares: Tensor<2>,
    unsolved: Vec<u64>,
}

impl<R: PartRule> Balancing for ByParts<R> {
    fn balance(
        &mut self,
        gradients: &TaskGradients,
        _losses: &Tensor<2>,
        _progress: Progress,
    ) -> Result<Update, Report> {
        let [first, second, _] = gradients.in_parts()?;
        let shares = self.shares.clone().unsqueeze_dim::<3>(2);
        let seen = Tensor::cat(vec![first.products_with(second), shares], 2);
        let rule = &self.rule;
        self.shares = by_replica(&seen, &mut self.unsolved, |unsolved, seen| {
            let tasks = seen.nrows();
            let shares = seen.column(tasks).into_owned();
            let next = settled(rule, &seen.columns(0, tasks).into_owned(), &shares);
            *unsolved += u64::from(next.is_none());
            next.unwrap_or(shares).as_slice().to_vec()
        })?;
        Ok(Update {
            weights: self.rule.weights(self.shares.clone()),
            direction: Direction::OfPart(2),
        })
    }

    fn state(&mut self) -> Vec<&mut Tensor<2>> {
        vec![&mut self.shares]
    }

    fn unsolved(&self) -> &[u64] {
        &self.unsolved
    }
}

/// The next shares of one replica; `None` if its gradients are not finite.
fn settled(
    rule: &impl PartRule,
    products: &DMatrix<f64>,
    shares: &DVector<f64>,
) -> Option<DVector<f64>> {
    if !products.iter().all(|product| product.is_finite()) {
        return None;
    }
    let is_heard = |&task: &usize| {
        let has_gradient = |product: &f64| *product != 0.0;
        products.row(task).iter().any(has_gradient)
            && products.column(task).iter().any(has_gradient)
    };
    let heard: Vec<usize> = (0..shares.len()).filter(is_heard).collect();
    let own = shares.select_rows(&heard);
    let sum = own.sum();
    let mut next = shares.clone();
    if sum > 0.0 {
        let products = products.select_rows(&heard).select_columns(&heard);
        let settled = rule.next(&products, own / sum) * sum;
        for (&task, &share) in heard.iter().zip(settled.iter()) {
            next[task] = share;
        }
    }
    Some(next)
}
