//! Training on a thread of its own, with events coming back through a bounded channel.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use super::control::Control;
use super::device::{self, DeviceChoice};
use super::event::{Checkpoint, CheckpointKind, Event, Predictions, Sink};
use super::fit::{FitOptions, fit};
use crate::error::{Report, catch_panic};
use crate::experiment::Plan;

/// Events that may wait for the receiver; then training waits.
const CAPACITY: usize = 4096;

/// A training under way.
#[derive(Debug)]
pub struct Worker {
    /// What happens; the channel closes after the last message.
    pub updates: Receiver<Update>,
    /// Pause, resume, stop, skip.
    pub control: Control,
    thread: Option<JoinHandle<()>>,
}

/// What comes back from a training.
#[derive(Debug)]
pub enum Update {
    /// Something happened.
    Event(Event),
    /// Training could not start or go on.
    Failed(Report),
}

impl Worker {
    /// Whether the thread has ended.
    pub fn is_finished(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Stops training and waits for the last checkpoint.
    pub fn finish(mut self) {
        self.control.stop();
        // Nobody reads any more; an unread channel would hold the thread.
        while self.updates.recv().is_ok() {}
        if let Some(thread) = self.thread.take() {
            // A panic was caught inside and has been told as `Failed`.
            drop(thread.join());
        }
    }
}

/// Starts a training on a named thread.
///
/// `keep` writes what must outlive the process before an event is handed on; `wake` is called after each hand-over.
///
/// # Errors
/// A thread that the system refuses.
pub fn spawn(
    plan: Plan,
    options: FitOptions,
    device: DeviceChoice,
    keep: Box<dyn Sink>,
    wake: impl Fn() + Send + Sync + 'static,
) -> Result<Worker, Report> {
    let (sender, updates) = sync_channel(CAPACITY);
    let control = Control::default();
    let held = control.clone();
    let wake = Arc::new(wake);
    let body = move || {
        let control = held.clone();
        let mut sink = Forward {
            keep,
            sender: sender.clone(),
            wake: Arc::clone(&wake),
            control,
        };
        let attempt = || -> Result<(), Report> {
            let (device, warnings) = device::open(device)?;
            for message in warnings {
                sink.event(Event::Warning { run: None, message });
            }
            fit(&plan, &options, &device, &mut sink, &held)
        };
        let failure = match catch_panic(attempt) {
            Ok(Ok(())) => None,
            Ok(Err(report)) => Some(report),
            Err(panic) => Some(Report::failure("training stopped unexpectedly").caused_by(panic)),
        };
        if let Some(report) = failure {
            // The receiver may be gone with the window; then nobody wants to know.
            drop(sender.send(Update::Failed(report)));
        }
        wake();
    };
    let thread = thread::Builder::new()
        .name("training".to_owned())
        .spawn(body)
        .map_err(|error| Report::failure("the training thread could not start").caused_by(error))?;
    Ok(Worker {
        updates,
        control,
        thread: Some(thread),
    })
}

/// Keeps what must be kept, then hands the event on.
struct Forward<W> {
    keep: Box<dyn Sink>,
    sender: SyncSender<Update>,
    wake: Arc<W>,
    control: Control,
}

impl<W: Fn() + Send + Sync> Forward<W> {
    /// What cannot be kept is told and ends training: results that nobody keeps are worth no electricity.
    fn check(&mut self) {
        if let Some(report) = self.keep.take_failure() {
            self.control.stop();
            drop(self.sender.send(Update::Failed(report)));
        }
    }
}

impl<W: Fn() + Send + Sync> Sink for Forward<W> {
    fn event(&mut self, event: Event) {
        self.keep.event(event.clone());
        self.check();
        // The receiver may be gone with the window; what is kept on disk is complete all the same.
        drop(self.sender.send(Update::Event(event)));
        (self.wake)();
    }

    fn checkpoint(&mut self, run: usize, kind: CheckpointKind, checkpoint: &Checkpoint) {
        self.keep.checkpoint(run, kind, checkpoint);
        self.check();
    }

    fn predictions(&mut self, run: usize, predictions: &Predictions) {
        self.keep.predictions(run, predictions);
        self.check();
    }
}
