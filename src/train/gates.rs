//! What the gates of a mixture give to each expert, over time.

use super::evaluate::Scorer;
use super::event::{Event, GATE, Part, Point};
use super::run::CohortRun;
use crate::error::Report;
use crate::model::host::read;

/// Training rows whose mean is told, at the most.
const ROWS: usize = 2048;

impl CohortRun<'_, '_> {
    /// Tells the mean share of each expert, gate by gate, on a sample of the training rows.
    ///
    /// # Errors
    /// A device that cannot be read.
    pub(super) fn tell_gates(&self) -> Result<(), Report> {
        if !self.has_gates {
            return Ok(());
        }
        let dataset = self.shared.dataset;
        let train = &dataset.split.train;
        let stride = train.len().div_ceil(ROWS).max(1);
        let sample: Vec<u32> = train.iter().copied().step_by(stride).collect();
        let scorer = Scorer::new(
            self.cohort.network(),
            &self.cohort.state,
            dataset,
            &self.data,
        );
        let pass = scorer.pass().watching_gates();
        scorer.outputs(&sample, &pass);
        let at = self.at(f64::from(self.reached.epochs));
        for gate in pass.gates() {
            let experts = gate.names.experts.len();
            let shares = read(&gate.shares)?;
            for (replica, shares) in shares.chunks(experts).enumerate() {
                if self.ended[replica].is_some() {
                    continue;
                }
                for task in &gate.names.tasks {
                    for (expert, share) in gate.names.experts.iter().zip(shares) {
                        self.shared.tell(Event::Point(Point {
                            run: self.runs[replica],
                            task: task.clone(),
                            split: Part::Train,
                            metric: GATE.to_owned(),
                            other: Some(expert.clone()),
                            at,
                            value: Some(f64::from(*share)).filter(|share| share.is_finite()),
                        }));
                    }
                }
            }
        }
        Ok(())
    }
}
