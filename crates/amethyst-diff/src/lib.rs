//! What changes between two sets of rendered objects.
