//! Opening a file or folder with the system's own program.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::error::{Problem, Report};
use crate::session::Message;

/// Opens it; a message only if that failed.
pub fn show(path: &Path) -> Option<Message> {
    let program = if cfg!(target_os = "macos") {
        "open"
    } else if cfg!(target_os = "windows") {
        "explorer"
    } else {
        "xdg-open"
    };
    let quiet = Stdio::null;
    let started = Command::new(program)
        .arg(path)
        .stdin(quiet())
        .stdout(quiet())
        .stderr(quiet())
        .spawn();
    match started {
        Ok(mut child) => {
            // Waited for on this thread, so that no dead process is left behind.
            drop(child.wait());
            None
        }
        Err(error) => {
            let problem = Problem::new(path.display().to_string(), "the system did not open it");
            Some(Message::Failed(
                Report::failure("could not show the file")
                    .with(problem)
                    .caused_by(error),
            ))
        }
    }
}
