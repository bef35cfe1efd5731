//! File dialogs: made on the window's thread, as some systems want it, awaited on another, so that no frame waits.

use std::future::Future;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use rfd::{AsyncFileDialog, FileHandle};

use super::background::Background;
use crate::error::{Problem, Report};
use crate::session::{Message, Picking};

/// Asks for a path; the answer comes back as a message, a refusal as none.
pub fn pick(background: &Background, picking: Picking, folder: PathBuf, name: &str) {
    let mut dialog = AsyncFileDialog::new();
    if folder.is_dir() {
        dialog = dialog.set_directory(folder);
    }
    match picking {
        Picking::File => {
            let dialog = dialog
                .set_title("Open a table or an experiment")
                .add_filter(
                    "Tables and experiments",
                    &["csv", "tsv", "txt", "gz", "parquet", "toml"],
                )
                .add_filter("All files", &["*"]);
            answer(background, picking, dialog.pick_file());
        }
        Picking::Folder => {
            let dialog = dialog.set_title("Open a results folder");
            answer(background, picking, dialog.pick_folder());
        }
        Picking::Save => {
            let stem: String = name
                .chars()
                .map(|letter| {
                    if letter.is_alphanumeric() {
                        letter
                    } else {
                        '_'
                    }
                })
                .collect();
            let dialog = dialog
                .set_title("Save the experiment")
                .set_file_name(format!("{stem}.toml"))
                .add_filter("Experiment", &["toml"]);
            answer(background, picking, dialog.save_file());
        }
    }
}

/// Asks where bytes go and writes them there; a refusal writes nothing.
pub fn save(background: &Background, name: &str, bytes: Vec<u8>) {
    let asked = AsyncFileDialog::new()
        .set_title("Save the chart")
        .set_file_name(name)
        .save_file();
    background.spawn("save chart", move |_| {
        let file = wait(asked)?;
        let path = file.path().to_owned();
        Some(match std::fs::write(&path, bytes) {
            Ok(()) => Message::Saved(path),
            Err(error) => {
                let problem =
                    Problem::new(path.display().to_string(), "the file cannot be written");
                let report = Report::input("could not save the chart", vec![problem]);
                Message::Failed(report.caused_by(error))
            }
        })
    });
}

fn answer(
    background: &Background,
    picking: Picking,
    asked: impl Future<Output = Option<FileHandle>> + Send + 'static,
) {
    background.spawn("dialog", move |_| {
        let file = wait(asked)?;
        Some(Message::Picked {
            picking,
            path: file.path().to_owned(),
        })
    });
}

/// Wakes a parked thread.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Blocks this thread until the future is done.
fn wait<T>(future: impl Future<Output = T>) -> T {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::wait;
    use std::future::poll_fn;
    use std::task::Poll;

    #[test]
    fn waiting_ends_when_the_future_wakes_up() {
        let mut asked = false;
        let value = wait(poll_fn(move |context| {
            if asked {
                return Poll::Ready(7);
            }
            asked = true;
            let waker = context.waker().clone();
            std::thread::Builder::new()
                .spawn(move || waker.wake())
                .unwrap();
            Poll::Pending
        }));
        assert_eq!(value, 7);
    }
}
