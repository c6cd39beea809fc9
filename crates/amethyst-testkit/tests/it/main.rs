//! kube-rs against the in-process server: clients, watchers, a controller.

mod controller;
mod crud;
mod watching;
mod wire;
