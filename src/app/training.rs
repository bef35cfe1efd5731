//! From a draft to a training under way: read, encode, check, open the results folder, start the worker.

use std::cell::Cell;
use std::sync::mpsc::TryRecvError;

use super::background::{Background, Posted, Sender};
use crate::data::read::Quiet;
use crate::error::Report;
use crate::lab::{self, StartOptions};
use crate::results::{self, Results};
use crate::session::{DeviceFacts, Message, Started, TrainRequest};
use crate::train::{self, Control, Update, Worker};

/// A training under way.
pub struct LiveTraining {
    worker: Worker,
    over: Cell<bool>,
}

/// A training that has begun.
pub struct Begun {
    live: LiveTraining,
    started: Started,
}

impl Begun {
    /// The app's part and the session's.
    pub fn split(self) -> (LiveTraining, Box<Started>) {
        (self.live, Box::new(self.started))
    }
}

impl LiveTraining {
    /// Pause, resume, stop, skip.
    pub fn control(&self) -> &Control {
        &self.worker.control
    }

    /// What happened, if anything did.
    pub fn try_receive(&self) -> Option<Message> {
        match self.worker.updates.try_recv() {
            Ok(Update::Event(event)) => Some(Message::Training(event)),
            Ok(Update::Failed(report)) => Some(Message::TrainingFailed(report)),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => {
                self.over.set(true);
                None
            }
        }
    }

    /// Whether nothing more will come.
    pub fn is_over(&self) -> bool {
        self.over.get()
    }

    /// Stops training and waits for the last checkpoint.
    pub fn finish(self) {
        self.worker.finish();
    }
}

/// Prepares and starts a training in the background.
pub fn start(background: &Background, request: TrainRequest) {
    background.spawn("prepare training", move |sender| {
        match begin(&request, sender) {
            Ok(begun) => {
                sender.post(Posted::Training(Box::new(begun)));
                None
            }
            Err(report) => Some(Message::TrainingStarted(Err(report))),
        }
    });
}

fn begin(request: &TrainRequest, sender: &Sender) -> Result<Begun, Report> {
    let prepared = match &request.prepared {
        Some(prepared) => prepared.clone(),
        None => lab::read_tables(&request.draft.data, &request.base, &Quiet)?,
    };
    let plan = lab::plan(&request.draft, prepared)?;
    let results = if request.resume {
        results::open(&request.out)?
    } else {
        Results::for_plan(&plan)
    };
    let options = StartOptions {
        device: request.device,
        out: request.out.clone(),
        base: request.base.clone(),
        predictions: false,
        resume: request.resume,
    };
    let waker = sender.clone();
    let worker = lab::start(plan, &options, move || waker.wake_soon())?;
    let live = LiveTraining {
        worker,
        over: Cell::new(false),
    };
    Ok(Begun {
        live,
        started: Started {
            results,
            out: request.out.clone(),
        },
    })
}

/// The devices of this machine.
pub fn devices() -> Message {
    let facts = train::devices().into_iter().map(|device| DeviceFacts {
        name: device.name,
        backend: device.backend,
        picked: device.picked,
        choice: device.choice,
    });
    Message::Devices(facts.collect())
}
