//! Many requests at once, with their progress told.

use std::collections::BTreeMap;
use std::sync::Arc;

use amethyst_http::Progress;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::{Fetcher, Mode};
use crate::cache::Fetched;
use crate::fault::{ChartError, ChartFault};
use crate::request::ChartRequest;

/// Told how far the requests are, which are counted from 0. Calls come from several threads.
pub trait FetchProgress: Send + Sync {
    /// A download of the request begins, with so many bytes to come when the server says so. One request may
    /// need several: an index, then a chart. One that needs none never begins.
    fn started(&self, request: usize, total_bytes: Option<u64>);
    /// More bytes came.
    fn advanced(&self, request: usize, bytes: u64);
    /// It is done.
    fn finished(&self, request: usize, outcome: Result<&Fetched, &ChartError>);
}

/// Passes on what one request does.
#[derive(Clone)]
pub(crate) struct Reporter(Option<(Arc<dyn FetchProgress>, Vec<usize>)>);

impl Reporter {
    pub(crate) fn silent() -> Self {
        Self(None)
    }

    /// What a download is given.
    pub(crate) fn sink(&self) -> impl FnMut(Progress) + Send + use<> {
        let told = self.0.clone();
        move |progress| {
            let Some((to, requests)) = &told else { return };
            for request in requests {
                match progress {
                    Progress::Started { already, total } => {
                        to.started(*request, total.map(|total| total.saturating_sub(already)));
                    }
                    Progress::Advanced(bytes) => to.advanced(*request, bytes),
                }
            }
        }
    }
}

impl Fetcher {
    /// Gets many things, at most `concurrency` at a time; what several ask for is fetched once. The answers
    /// come in the order of the requests.
    pub async fn fetch_all(
        &self,
        requests: &[ChartRequest],
        mode: Mode,
        concurrency: usize,
        progress: Arc<dyn FetchProgress>,
    ) -> Vec<Result<Fetched, ChartError>> {
        // The same source asked for by the same: one turn for all who want it.
        let mut groups: BTreeMap<(String, usize), Vec<usize>> = BTreeMap::new();
        for (at, request) in requests.iter().enumerate() {
            let same = requests.iter().position(|other| other.credentials == request.credentials);
            groups.entry((request.source.key(), same.unwrap_or(at))).or_default().push(at);
        }
        let permits = Arc::new(Semaphore::new(concurrency.max(1)));
        let mut running = JoinSet::new();
        for members in groups.into_values() {
            let Some(request) = members.first().and_then(|first| requests.get(*first)).cloned() else {
                continue;
            };
            let (fetcher, permits, progress) = (self.clone(), Arc::clone(&permits), Arc::clone(&progress));
            running.spawn(async move {
                let _permit = permits.acquire_owned().await;
                let reporter = Reporter(Some((progress, members.clone())));
                (fetcher.get_reporting(&request, mode, &reporter).await, members)
            });
        }
        let mut done: Vec<Option<Result<Fetched, ChartError>>> = vec![None; requests.len()];
        while let Some(joined) = running.join_next().await {
            let Ok((outcome, members)) = joined else { continue };
            for member in members {
                let own = outcome.clone().map_err(|error| ChartError::new(&requests[member], *error.fault));
                progress.finished(member, own.as_ref());
                done[member] = Some(own);
            }
        }
        let stopped = |request| Err(ChartError::new(request, ChartFault::Stopped));
        done.into_iter()
            .zip(requests)
            .map(|(done, request)| done.unwrap_or_else(|| stopped(request)))
            .collect()
    }
}
