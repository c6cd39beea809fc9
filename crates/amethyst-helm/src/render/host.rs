//! Time and randomness for templates: a caller's, or such as repeat.

use std::any::Any;
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use amethyst_diag::{Diagnostic, Location};
use amethyst_gotemplate::Host;
use sha2::{Digest, Sha256};

use super::RenderOptions;
use crate::{Asked, Chart, LookedUp, Lookup};

/// The world outside, when a render shall not repeat.
pub trait World: Send + Sync {
    /// Nanoseconds since 1970 in UTC.
    fn now(&self) -> i128;
    /// Fills `out` with random bytes.
    fn random(&self, out: &mut [u8]);
}

/// What time it is when renders repeat: 2020-01-01T00:00:00Z.
const CONSTANT_NOW: i128 = 1_577_836_800 * 1_000_000_000;

/// What functions of Helm keep while a release is rendered.
#[derive(Default)]
pub(super) struct State {
    /// How often a template is being included at the moment.
    pub(super) included: HashMap<String, usize>,
    pub(super) lookup: Option<Arc<dyn Lookup>>,
    /// What was looked up.
    pub(super) looked_up: BTreeSet<LookedUp>,
    pub(super) asked: Option<Arc<Asked>>,
}

pub(super) struct RenderHost {
    world: Option<Arc<dyn World>>,
    /// What the seed is made of: chart, release and namespace.
    named: Option<(Chart, String, String)>,
    seed: OnceCell<[u8; 32]>,
    drawn: u64,
    calls: BTreeMap<&'static str, usize>,
    state: State,
}

impl RenderHost {
    pub(super) fn new(chart: &Chart, options: &RenderOptions) -> Self {
        let named = (chart.clone(), options.release.name.clone(), options.release.namespace.clone());
        Self {
            world: options.world.clone(),
            named: Some(named),
            seed: OnceCell::new(),
            drawn: 0,
            calls: BTreeMap::new(),
            state: State { lookup: options.lookup.clone(), asked: options.asked.clone(), ..State::default() },
        }
    }

    /// A host for what belongs to no release.
    pub(super) fn without_chart() -> Self {
        Self {
            world: None,
            named: None,
            seed: OnceCell::new(),
            drawn: 0,
            calls: BTreeMap::new(),
            state: State::default(),
        }
    }

    /// What was looked up; taken out.
    pub(super) fn looked_up(&mut self) -> BTreeSet<LookedUp> {
        std::mem::take(&mut self.state.looked_up)
    }

    /// A remark that names what does not repeat in Helm.
    pub(super) fn said(&self, chart: &Chart, options: &RenderOptions) -> Option<Diagnostic> {
        if self.calls.is_empty() {
            return None;
        }
        let names: Vec<String> = self.calls.keys().map(|name| format!("`{name}`")).collect();
        let kept =
            if self.world.is_some() { "" } else { "; here their results are made from chart and release" };
        let text = format!(
            "the chart `{}` calls functions whose results differ from render to render: {}{kept}",
            chart.name(),
            names.join(", ")
        );
        let hint =
            "give the values that the chart makes up otherwise, so that an upgrade does not change them";
        Some(
            Diagnostic::info("helm-not-reproducible", text)
                .at(Location::file(options.location.clone()))
                .hint(hint),
        )
    }
}

/// Where randomness begins for a release of a chart.
fn seed(named: Option<&(Chart, String, String)>) -> [u8; 32] {
    let Some((chart, name, namespace)) = named else { return [0; 32] };
    let mut hash = Sha256::new();
    hash.update(chart.digest_bytes());
    for text in [name, namespace] {
        hash.update(text.len().to_le_bytes());
        hash.update(text);
    }
    hash.finalize().into()
}

impl Host for RenderHost {
    fn now(&mut self) -> i128 {
        self.world.as_ref().map_or(CONSTANT_NOW, |world| world.now())
    }

    fn random(&mut self, out: &mut [u8]) {
        if let Some(world) = &self.world {
            return world.random(out);
        }
        let seed = *self.seed.get_or_init(|| seed(self.named.as_ref()));
        for chunk in out.chunks_mut(32) {
            let mut hash = Sha256::new();
            hash.update(seed);
            hash.update(self.drawn.to_le_bytes());
            self.drawn += 1;
            chunk.copy_from_slice(&hash.finalize()[..chunk.len()]);
        }
    }

    fn not_reproducible(&mut self, function: &'static str) {
        *self.calls.entry(function).or_default() += 1;
    }

    fn state(&mut self) -> &mut dyn Any {
        &mut self.state
    }
}
