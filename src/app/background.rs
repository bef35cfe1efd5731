//! Work on named threads whose outcome comes back through one bounded channel and wakes the window.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use eframe::egui;

use crate::error::Report;
use crate::session::Message;

/// Messages that may wait for the window.
const CAPACITY: usize = 256;
/// How long a window may be behind a training.
const SOON: Duration = Duration::from_millis(100);

/// Threads and the channel back.
pub struct Background {
    sender: Sender,
    receiver: Receiver<Posted>,
}

/// What threads send.
pub enum Posted {
    /// An outcome for the session.
    Message(Message),
    /// A training that has begun, with what the session is told of it.
    Training(Box<super::training::Begun>),
}

/// The threads' end of the channel.
#[derive(Clone)]
pub struct Sender {
    sender: SyncSender<Posted>,
    ctx: egui::Context,
}

impl Sender {
    /// Sends an outcome and wakes the window.
    pub fn send(&self, message: Message) {
        self.post(Posted::Message(message));
    }

    /// Sends anything and wakes the window.
    pub fn post(&self, posted: Posted) {
        // The window may be gone; then nobody wants to know.
        drop(self.sender.send(posted));
        self.ctx.request_repaint();
    }

    /// Wakes the window soon: curves that grow need no more than ten pictures a second, and what the window does not draw
    /// is left to training.
    pub fn wake_soon(&self) {
        self.ctx.request_repaint_after(SOON);
    }
}

impl Background {
    /// A channel that wakes this window.
    pub fn new(ctx: egui::Context) -> Self {
        let (sender, receiver) = sync_channel(CAPACITY);
        Self {
            sender: Sender { sender, ctx },
            receiver,
        }
    }

    /// Starts work; what it returns is sent back.
    pub fn spawn(
        &self,
        name: &str,
        work: impl FnOnce(&Sender) -> Option<Message> + Send + 'static,
    ) {
        let sender = self.sender.clone();
        let body = move || {
            if let Some(message) = work(&sender) {
                sender.send(message);
            }
        };
        if let Err(error) = thread::Builder::new().name(name.to_owned()).spawn(body) {
            let report = Report::failure("work in the background could not start").caused_by(error);
            // Never blocks: this is the window's own thread.
            drop(
                self.sender
                    .sender
                    .try_send(Posted::Message(Message::Failed(report))),
            );
        }
    }

    /// What came back, if anything did.
    pub fn try_receive(&self) -> Option<Posted> {
        self.receiver.try_recv().ok()
    }
}
