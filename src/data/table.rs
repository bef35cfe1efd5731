//! A table as it was read: typed columns, nothing encoded yet.

use std::sync::Arc;

use super::integers::Integers;
use super::reals::Reals;

/// Typed columns of equal length.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// The columns in file order.
    pub columns: Vec<Column>,
    /// The number of rows.
    pub num_rows: usize,
}

impl Table {
    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// A named column.
#[derive(Clone, Debug)]
pub struct Column {
    /// The name in the header, or `column_1`, `column_2`, … for a file without one.
    pub name: String,
    /// The values, all of one type.
    pub values: Values,
}

/// The values of a column; shared, so that a table is cheap to clone.
#[derive(Clone, Debug)]
pub enum Values {
    /// Whole numbers.
    Integer(Arc<Integers>),
    /// Real numbers; NaN is missing.
    Real(Arc<Reals>),
    /// Text as codes into a dictionary in order of first appearance.
    Text {
        /// One code a row.
        codes: Arc<Integers>,
        /// The text of each code.
        dictionary: Arc<Vec<String>>,
    },
    /// Lists of text, row `r` is `codes[offsets[r]..offsets[r + 1]]`; an empty list is empty, not missing.
    List {
        /// Where each row's items begin, and the end of the last.
        offsets: Arc<Vec<usize>>,
        /// One code an item.
        codes: Arc<Vec<u32>>,
        /// The text of each code.
        dictionary: Arc<Vec<String>>,
    },
}

impl Values {
    /// Whether the value of a row is missing.
    pub fn is_missing(&self, row: usize) -> bool {
        match self {
            Self::Integer(values) => values.get(row).is_none(),
            Self::Real(values) => values.get(row).is_nan(),
            Self::Text { codes, .. } => codes.get(row).is_none(),
            Self::List { .. } => false,
        }
    }

    /// The value of a row as it would stand in a file; empty when missing.
    pub fn display(&self, row: usize) -> String {
        match self {
            Self::Integer(values) => values
                .get(row)
                .map_or_else(String::new, |value| value.to_string()),
            Self::Real(values) if values.get(row).is_nan() => String::new(),
            Self::Real(values) => values.get(row).to_string(),
            Self::Text { codes, dictionary } => codes
                .get(row)
                .and_then(|code| dictionary.get(code as usize).cloned())
                .unwrap_or_default(),
            Self::List {
                offsets,
                codes,
                dictionary,
            } => {
                let items = codes[offsets[row]..offsets[row + 1]].iter();
                items
                    .map(|&code| dictionary[code as usize].as_str())
                    .collect::<Vec<_>>()
                    .join("|")
            }
        }
    }

    /// The name of the type on the screen.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Integer(_) => "integer",
            Self::Real(_) => "real",
            Self::Text { .. } => "text",
            Self::List { .. } => "list",
        }
    }
}
