//! Whole homelabs in process: the walk of one commit, restarts, and faults that must not spread.

#[cfg(test)]
mod faults;
#[cfg(test)]
mod repository;
#[cfg(test)]
mod restart;
#[cfg(test)]
mod walk;
