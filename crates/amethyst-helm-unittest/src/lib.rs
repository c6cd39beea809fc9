//! The tests that people write for charts: helm-unittest suites.
