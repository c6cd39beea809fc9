//! Embedded objects.
