//! Tests of the outputs.
