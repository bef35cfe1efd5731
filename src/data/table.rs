//! A table as it was read: typed columns, nothing encoded yet.

use std::sync::Arc;

/// The code of a missing text value.
pub const MISSING_CODE: u32 = u32::MAX;
/// The stand-in for a missing whole number.
pub const MISSING_INTEGER: i64 = i64::MIN;

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
    /// Whole numbers; [`MISSING_INTEGER`] is missing.
    Integer(Arc<Vec<i64>>),
    /// Real numbers; NaN is missing.
    Real(Arc<Vec<f64>>),
    /// Text as codes into a dictionary in order of first appearance; [`MISSING_CODE`] is missing.
    Text {
        /// One code a row.
        codes: Arc<Vec<u32>>,
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
            Self::Integer(values) => values[row] == MISSING_INTEGER,
            Self::Real(values) => values[row].is_nan(),
            Self::Text { codes, .. } => codes[row] == MISSING_CODE,
            Self::List { .. } => false,
        }
    }

    /// The value of a row as it would stand in a file; empty when missing.
    pub fn display(&self, row: usize) -> String {
        match self {
            _ if self.is_missing(row) => String::new(),
            Self::Integer(values) => values[row].to_string(),
            Self::Real(values) => values[row].to_string(),
            Self::Text { codes, dictionary } => dictionary[codes[row] as usize].clone(),
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
