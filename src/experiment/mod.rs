//! The experiment: the draft that a user writes, its file, its check, and the plan that has passed it.
//!
//! A [`Draft`] may be nonsense; a [`Plan`] cannot be, for it is made only by a check that found nothing.

mod check;
mod draft;
mod fields;
#[cfg(test)]
pub(crate) mod fixtures;
mod nearest;
mod network;
mod network_check;
mod params;
mod plan;
mod read;
mod registries;
mod sections;
mod sentence;
mod template;
mod write;

pub use check::{Roles, check_draft, roles};
pub use draft::{DataDraft, Draft, Selection, TowersDraft, TrainingDraft, VariantDraft};
pub use nearest::{nearest, suggestion};
pub use plan::{Plan, Variant};
pub use read::{load, parse, parse_toml};
pub use registries::Registries;
pub use sentence::{Facts, sentence};
pub use template::{InferredColumn, template};
pub use write::{param_text, write};
