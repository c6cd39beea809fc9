//! Documents against Go types.
