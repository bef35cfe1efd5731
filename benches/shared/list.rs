//! A list on a bench's command line.

use std::error::Error;
use std::str::FromStr;

/// What commas part.
pub fn list<T: FromStr<Err: Error + 'static>>(value: &str) -> Result<Vec<T>, Box<dyn Error>> {
    value.split(',').map(|part| Ok(part.parse()?)).collect()
}
