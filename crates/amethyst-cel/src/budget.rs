//! What an evaluation may cost.

use crate::EvalError;

/// What one expression may cost (apiserver `pkg/apis/cel/config.go`, `PerCallLimit`).
pub const PER_CALL_LIMIT: u64 = 1_000_000;

/// What all expressions of one request may cost together (`RuntimeCELCostBudget`).
pub const RUNTIME_BUDGET: i64 = 10_000_000;

/// A meter that stops an evaluation once it has cost more than its limit.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    limit: u64,
    spent: u64,
}

impl Budget {
    /// A meter with this limit.
    pub fn new(limit: u64) -> Self {
        Self { limit, spent: 0 }
    }

    /// A meter for one expression.
    pub fn per_call() -> Self {
        Self::new(PER_CALL_LIMIT)
    }

    /// What was spent, the step that went over the limit included.
    pub fn spent(&self) -> u64 {
        self.spent
    }

    /// Spends; an error once more is spent than allowed.
    pub fn spend(&mut self, cost: u64) -> Result<(), EvalError> {
        self.spent = self.spent.saturating_add(cost);
        if self.spent > self.limit { Err(EvalError::CostLimit) } else { Ok(()) }
    }
}
