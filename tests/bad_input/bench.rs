//! A folder with small files, and the program run inside it.

use std::error::Error;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// What a test ends with.
pub type Tested = Result<(), Box<dyn Error>>;

/// Where one test works.
pub struct Bench {
    folder: TempDir,
}

/// What the program said.
#[derive(Debug)]
pub struct Said {
    pub status: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Bench {
    /// A folder with a sound table, `good.csv`.
    pub fn new() -> Result<Self, Box<dyn Error>> {
        let bench = Self {
            folder: tempfile::tempdir()?,
        };
        bench.file("good.csv", good_table())?;
        Ok(bench)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> Result<(), Box<dyn Error>> {
        let path = self.path(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        Ok(fs::write(path, content)?)
    }

    /// The program with its words, ready to start.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mtl-lab"));
        command
            .args(words)
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command
    }

    pub fn run(&self, words: &[&str]) -> Result<Said, Box<dyn Error>> {
        Ok(said(&self.command(words).output()?))
    }

    /// Runs the program, which must refuse with exit status 2 and name all of `parts` on stderr.
    pub fn refused(&self, words: &[&str], parts: &[&str]) -> Tested {
        self.ends(words, 2, parts)
    }

    /// Runs the program, which must end well and name all of `parts` on stderr or stdout.
    pub fn works(&self, words: &[&str], parts: &[&str]) -> Tested {
        self.ends(words, 0, parts)
    }

    /// Runs the program, which must end with a status and name all of `parts`.
    pub fn ends(&self, words: &[&str], status: i32, parts: &[&str]) -> Tested {
        let said = self.run(words)?;
        assert_eq!(said.status, Some(status), "{words:?}: {said:?}");
        let told = if status == 0 {
            format!("{}{}", said.out, said.err)
        } else {
            said.err.clone()
        };
        for part in parts {
            assert!(told.contains(part), "{words:?} lacks {part:?}: {said:?}");
        }
        for trace in ["panicked", "backtrace", "RUST_"] {
            assert!(!told.contains(trace), "{words:?}: {said:?}");
        }
        Ok(())
    }

    /// Writes an experiment over a table and trains it on the processor; the results lie in `<name>-results`.
    pub fn refused_experiment(&self, name: &str, text: &str, parts: &[&str]) -> Tested {
        let file = format!("{name}.toml");
        self.file(&file, text)?;
        self.refused(&["run", &file, "--device", "cpu"], parts)?;
        let results = self.path(&format!("{name}-results"));
        assert!(!results.exists(), "{name}: a refused run leaves nothing");
        Ok(())
    }
}

pub fn said(output: &Output) -> Said {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Said {
        status: output.status.code(),
        out: text(&output.stdout),
        err: text(&output.stderr),
    }
}

/// 200 rows: ids, a word, a number, a click and seconds.
pub fn good_table() -> String {
    let mut text = "user,city,x,click,secs\n".to_owned();
    for row in 0_u32..200 {
        // Scattered as by chance, the same each time.
        let chance = row.wrapping_mul(2_654_435_761) >> 16;
        let city = ["a", "b", "c"][(chance % 3) as usize];
        let (x, click) = (f64::from(chance % 1000) / 1000.0, (chance >> 5) & 1);
        text.push_str(&format!("{},{city},{x},{click},{}\n", row % 7, chance % 90));
    }
    text
}

/// An experiment over a table; `extra` comes last, inside `[training]` at first.
pub fn experiment(table: &str, extra: &str) -> String {
    format!(
        "seeds = [1]\n[data]\npath = {table:?}\n[data.columns]\nclick = {{ role = \"label\" }}\n\
         secs = {{ role = \"label\", task = \"regression\" }}\n[training]\nepochs = 1\n{extra}"
    )
}

pub fn gzip(path: &Path, text: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(text.as_bytes())?;
    let bytes = packed.finish()?;
    fs::write(path, &bytes)?;
    Ok(bytes)
}
