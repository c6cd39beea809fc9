//! The functions of sprig, for Go templates.
