//! Reading tables, columns and roles, splits, encoding, and synthetic tables with known task relations.

mod before;
mod card;
mod chosen;
mod column_check;
mod column_spec;
mod dataset;
mod dense;
mod division;
mod encode;
mod figure;
mod fingerprint;
mod infer;
mod integers;
mod interner;
mod label;
mod leak;
mod name_words;
mod nearest;
mod profile;
pub mod read;
mod reals;
mod resolve;
mod scale;
mod sequence;
mod sparse;
mod split;
pub mod synth;
mod table;
#[cfg(test)]
mod test_columns;
mod vocabulary;
mod warning;

pub use column_spec::{
    ColumnSpec, Missing, Pooling, Role, Scale, SplitMethod, SplitSpec, TaskKind,
};
pub use dataset::{
    DataCard, Dataset, LabelCard, Sequence, SequenceField, SparseField, Split, Task, Unscale,
    task_of,
};
pub use encode::encode;
pub use infer::{Inferred, infer};
pub use integers::Integers;
pub use profile::{Bin, Numbers, Profile, profile};
pub use reals::Reals;
pub use resolve::{resolve, stated_role};
pub use split::split;
pub use table::{Column, Table, Values};
pub use warning::{DataWarning, Fix, Severity, warnings};
