//! What a report can be written as.

/// A kind of report.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Format {
    /// One page that opens offline.
    Html,
    /// Text with tables.
    Markdown,
    /// Every score, comparison and point as a line.
    Csv,
    /// A folder of event files.
    TensorBoard,
}

impl Format {
    /// All formats in the order of the help.
    pub const ALL: [Self; 4] = [Self::Html, Self::Markdown, Self::Csv, Self::TensorBoard];

    /// The word on the command line.
    pub fn id(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Markdown => "md",
            Self::Csv => "csv",
            Self::TensorBoard => "tensorboard",
        }
    }

    /// How the name of its file (or folder) ends.
    pub fn extension(self) -> &'static str {
        self.id()
    }

    /// The format of this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.id() == word)
    }
}
