//! The sample experiment, which travels inside the program and is unpacked into the app's data folder.

use std::io;
use std::path::{Path, PathBuf};

use directories::ProjectDirs;

use crate::error::{Problem, Report};
use crate::session::Message;

static TABLE: &[u8] = include_bytes!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/sample_data/short_video.csv.gz"
));
static EXPERIMENT: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/sample_data/short_video.toml"
));

/// Unpacks the sample into the app's own folder and reads its experiment.
pub fn unpack(own: &Path) -> Message {
    let folder = own.join("sample");
    match write(&folder) {
        Ok(()) => Message::Experiment {
            path: folder.join("short_video.toml"),
            text: EXPERIMENT.to_owned(),
            sample: true,
        },
        Err(error) => {
            let problem =
                Problem::new(folder.display().to_string(), "the folder cannot be written");
            Message::Failed(
                Report::failure("could not unpack the sample data")
                    .with(problem)
                    .caused_by(error),
            )
        }
    }
}

/// The app's data folder; on a system that has none, one beside where the app was started.
pub fn own_folder() -> PathBuf {
    let folders = ProjectDirs::from("", "", "mtl-lab");
    let folder = folders.map(|folders| folders.data_dir().to_owned());
    folder.unwrap_or_else(|| PathBuf::from("mtl-lab"))
}

fn write(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let table = folder.join("short_video.csv.gz");
    let known = std::fs::metadata(&table).is_ok_and(|file| file.len() == TABLE.len() as u64);
    if !known {
        std::fs::write(&table, TABLE)?;
    }
    std::fs::write(folder.join("short_video.toml"), EXPERIMENT)
}
