//! The words of a bench's command line.

use std::error::Error;

/// The options, each with its value, and the words that belong to none.
type Words = (Vec<(String, String)>, Vec<String>);

/// Reads the command line; every option has a value.
pub fn options() -> Result<Words, Box<dyn Error>> {
    let (mut options, mut others) = (Vec::new(), Vec::new());
    let mut words = std::env::args().skip(1).filter(|word| word != "--bench");
    while let Some(word) = words.next() {
        if word.starts_with('-') {
            let value = words.next();
            let value = value.ok_or_else(|| format!("{word}: a value is missing"))?;
            options.push((word, value));
        } else {
            others.push(word);
        }
    }
    Ok((options, others))
}
