//! What waits for the writer.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::{OwnedSemaphorePermit, oneshot};

use crate::{
    error::CommitError,
    key::Revision,
    record::Record,
    txn::{Op, Txn},
};

pub(crate) type Reply = oneshot::Sender<Result<Revision, CommitError>>;

pub(crate) enum Work<R> {
    Commit(Txn<R>),
    Flush,
}

pub(crate) struct Request<R> {
    pub(crate) work: Work<R>,
    pub(crate) reply: Reply,
    /// Its slot in the queue, free again once it is answered.
    pub(crate) slot: OwnedSemaphorePermit,
}

/// Bounded by the semaphore whose permits the requests carry.
pub(crate) struct Queue<R> {
    state: Mutex<State<R>>,
    wake: Condvar,
}

struct State<R> {
    requests: VecDeque<Request<R>>,
    closing: bool,
}

/// What the writer goes on with; no requests when it waited long enough, or when the store closes.
pub(crate) struct Taken<R> {
    pub(crate) requests: Vec<Request<R>>,
    /// Nothing more will come.
    pub(crate) finished: bool,
}

impl<R: Record> Queue<R> {
    pub(crate) fn new() -> Self {
        let state = State { requests: VecDeque::new(), closing: false };
        Self { state: Mutex::new(state), wake: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, State<R>> {
        // Pushing and popping leave the queue whole at every step.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// False when the store is closing; the request is then dropped.
    pub(crate) fn push(&self, request: Request<R>) -> bool {
        let mut state = self.state();
        if state.closing {
            return false;
        }
        state.requests.push_back(request);
        drop(state);
        self.wake.notify_one();
        true
    }

    pub(crate) fn close(&self) {
        self.state().closing = true;
        self.wake.notify_one();
    }

    /// Closes, and drops what waits: its senders learn that nobody will answer.
    pub(crate) fn abandon(&self) {
        let mut state = self.state();
        state.closing = true;
        state.requests.clear();
    }

    /// Waits for requests, for `limit` at most, and takes as many as weigh `bytes_max` together.
    pub(crate) fn take(&self, limit: Option<Duration>, bytes_max: usize) -> Taken<R> {
        let mut state = self.state();
        while state.requests.is_empty() && !state.closing {
            match limit {
                None => state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(limit) => {
                    // A wakeup for nothing only makes the writer look at its deadline once more.
                    let waited = self.wake.wait_timeout(state, limit);
                    state = waited.unwrap_or_else(PoisonError::into_inner).0;
                    break;
                }
            }
        }
        let mut requests = Vec::new();
        let mut bytes = 0;
        while let Some(request) = state.requests.pop_front() {
            bytes += weight(&request.work);
            requests.push(request);
            if bytes >= bytes_max {
                break;
            }
        }
        Taken { finished: state.closing && state.requests.is_empty(), requests }
    }
}

fn weight<R: Record>(work: &Work<R>) -> usize {
    match work {
        Work::Commit(txn) => txn.ops.iter().map(op_weight).sum(),
        Work::Flush => 0,
    }
}

fn op_weight<R: Record>(op: &Op<R>) -> usize {
    match op {
        Op::Put { key, record } => key.as_str().len() + record.weight(),
        Op::Delete { key, .. } => key.as_str().len(),
    }
}
