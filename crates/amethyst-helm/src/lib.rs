//! Helm charts: loading, values, rendering, and the tests people write for them.
