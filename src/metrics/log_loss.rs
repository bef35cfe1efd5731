//! The mean negative log-likelihood; probabilities are clipped at 1e-7 from 0 and 1.

use super::{Direction, Metric, Scored};
use crate::data::TaskKind;
use crate::spec::Spec;

/// The entry `log_loss`.
#[derive(Debug)]
pub struct LogLoss;

static SPEC: Spec = Spec {
    id: "log_loss",
    label: "Log loss",
    summary: "The mean negative log-likelihood; probabilities are clipped at 1e-7 from 0 and 1",
    formula: "−mean(y·ln p + (1−y)·ln(1−p))",
    paper: None,
    params: &[],
};

impl Metric for LogLoss {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn applies_to(&self, kind: TaskKind) -> bool {
        kind == TaskKind::Binary
    }

    fn direction(&self) -> Direction {
        Direction::LowerIsBetter
    }

    fn score(&self, scored: &Scored<'_>) -> Option<f64> {
        if !scored.is_sound() {
            return None;
        }
        let loss = |(y, p): (f64, f64)| {
            let p = p.clamp(CLIP, 1.0 - CLIP);
            -if y > 0.5 { p } else { 1.0 - p }.ln()
        };
        Some(scored.rows().map(loss).sum::<f64>() / scored.truth.len() as f64)
    }
}

/// Single precision knows no probability nearer to 1.
const CLIP: f64 = 1e-7;
