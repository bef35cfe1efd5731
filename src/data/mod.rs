//! Reading tables, columns and roles, splits, encoding, and synthetic tables with known task relations.

mod column_spec;
mod dataset;
mod table;

pub use column_spec::{ColumnSpec, Missing, Role, Scale, SplitMethod, SplitSpec, TaskKind};
pub use dataset::{DataCard, Dataset, LabelCard, SparseField, Split, Task, Unscale};
pub use table::{Column, MISSING_CODE, MISSING_INTEGER, Table, Values};
