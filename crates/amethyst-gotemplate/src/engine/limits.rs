//! Bounds of an execution.

use super::{Engine, Failure};
use crate::parse::stack_address;

/// What an execution may cost. What goes past it fails, with the place in the template.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Nodes, commands and rounds of `range`, over the life of the engine.
    pub steps: u64,
    /// Bytes that are written by templates and returned by functions as strings or as lists of more than some
    /// hundred elements, over the life of the engine.
    pub output_bytes: u64,
    /// Templates within templates.
    pub depth: usize,
    /// How much of the thread's stack may be taken from where the outermost template begins. It must leave
    /// some 256 KiB for what functions take on top.
    pub stack_bytes: usize,
}

impl Default for Limits {
    /// For a thread with 2 MiB of stack.
    fn default() -> Self {
        Self::with_stack(1 << 20)
    }
}

impl Limits {
    /// The default limits for a thread of which `stack_bytes` may be taken.
    pub fn with_stack(stack_bytes: usize) -> Self {
        Self { steps: 50_000_000, output_bytes: 128 << 20, depth: 100_000, stack_bytes }
    }
}

/// What a key that is not in a map gives: Go's option `missingkey`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MissingKey {
    /// `invalid`, Go's default: no value.
    Invalid,
    /// `zero`, Helm's: the zero of the map's elements.
    Zero,
    /// `error`, Helm's when it lints strictly.
    Error,
}

/// What an engine has spent.
#[derive(Default)]
pub(super) struct Spent {
    pub(super) steps: u64,
    pub(super) output_bytes: u64,
    /// Where the stack was when the outermost template began.
    pub(super) stack_start: usize,
}

impl Engine<'_> {
    /// Counts one step.
    #[inline]
    pub(super) fn step(&mut self) -> Result<(), Failure> {
        self.spent.steps += 1;
        if self.spent.steps > self.limits.steps { Err(self.out_of_steps()) } else { Ok(()) }
    }

    /// Counts what was written since `before`.
    #[inline]
    pub(super) fn count_output(&mut self, before: usize) -> Result<(), Failure> {
        self.count_bytes(self.out.len() - before)
    }

    #[inline]
    pub(super) fn count_bytes(&mut self, bytes: usize) -> Result<(), Failure> {
        self.spent.output_bytes += bytes as u64;
        if self.spent.output_bytes > self.limits.output_bytes { Err(self.too_much_output()) } else { Ok(()) }
    }

    /// Whether there is room for another level of nesting.
    #[inline]
    pub(super) fn check_stack(&self) -> Result<(), Failure> {
        if self.stack_taken() > self.limits.stack_bytes { Err(self.too_deep()) } else { Ok(()) }
    }

    /// As [`Self::check_stack`], with some reserve: for another template, whose own check has no place to name.
    pub(super) fn check_stack_for_template(&self) -> Result<(), Failure> {
        if self.stack_taken() + (16 << 10) > self.limits.stack_bytes { Err(self.too_deep()) } else { Ok(()) }
    }

    fn stack_taken(&self) -> usize {
        self.spent.stack_start.abs_diff(stack_address())
    }

    #[cold]
    pub(super) fn too_deep(&self) -> Failure {
        self.error(format!("exceeded maximum template depth ({})", self.active.len()))
    }

    #[cold]
    fn out_of_steps(&self) -> Failure {
        self.error(format!(
            "exceeded maximum number of steps ({}): a loop over fewer elements is expected here",
            self.limits.steps
        ))
    }

    #[cold]
    fn too_much_output(&self) -> Failure {
        self.error(format!(
            "exceeded maximum output of templates ({} bytes): a loop over fewer elements is expected here",
            self.limits.output_bytes
        ))
    }
}
