//! Writing a file as a whole: a reader sees the old one or the new one, never half of it.

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use crate::error::{Problem, Report};

/// Any error of a writer.
pub(super) type Cause = Box<dyn Error + Send + Sync>;

/// Tries at the rename: on Windows a virus scanner or a reader may hold the old file for a moment.
const RENAME_TRIES: u32 = 5;

/// Replaces the file at `path` by what `fill` writes; `what` names it in a report.
pub(super) fn replace(
    path: &Path,
    what: &str,
    fill: impl FnOnce(&mut File) -> Result<(), Cause>,
) -> Result<(), Report> {
    try_replace(path, fill).map_err(|cause| write_failed(path, what, cause))
}

/// The report of a file that could not be written.
pub(super) fn write_failed(path: &Path, what: &str, cause: impl Into<Cause>) -> Report {
    let cause = cause.into();
    let full =
        cause.downcast_ref::<io::Error>().map(io::Error::kind) == Some(ErrorKind::StorageFull);
    let mut problem = Problem::new(path.display().to_string(), "the file cannot be written");
    if full {
        problem = problem.help("the disk is full; free some space and go on with `--resume`");
    }
    Report::failure(format!("could not write {what}"))
        .with(problem)
        .caused_by(cause)
}

fn try_replace(
    path: &Path,
    fill: impl FnOnce(&mut File) -> Result<(), Cause>,
) -> Result<(), Cause> {
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    fs::create_dir_all(folder)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".writing-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // As an ordinary new file; a temporary one would be readable by its owner alone.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder)?;
    fill(file.as_file_mut())?;
    let mut tries = 1;
    loop {
        match file.persist(path) {
            Ok(_) => return Ok(()),
            Err(refused)
                if tries < RENAME_TRIES && refused.error.kind() == ErrorKind::PermissionDenied =>
            {
                file = refused.file;
                sleep(Duration::from_millis(20) * tries);
                tries += 1;
            }
            Err(refused) => return Err(refused.error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_failed_write_leaves_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sub").join("a.json");
        replace(&path, "a", |file| Ok(file.write_all(b"old")?)).unwrap();
        let failed = replace(&path, "a", |file| {
            file.write_all(b"ne")?;
            Err(io::Error::from(ErrorKind::StorageFull).into())
        });
        let report = failed.unwrap_err();
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(report.summary, "could not write a");
        let help = "the disk is full; free some space and go on with `--resume`";
        assert_eq!(report.problems[0].help.as_deref(), Some(help));
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn others_may_read_it_as_any_file() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let (ours, plain) = (folder.path().join("ours"), folder.path().join("plain"));
        replace(&ours, "a", |_| Ok(())).unwrap();
        fs::write(&plain, "").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&ours), mode(&plain));
    }
}
