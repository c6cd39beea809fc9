//! What Go prints.
