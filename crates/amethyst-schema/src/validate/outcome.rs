//! What one validator says.

use crate::Fault;

/// Complaints, and how many validators were content.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    complaints: Vec<Complaint>,
    /// `MatchCount` upstream.
    pub(super) content: u32,
}

#[derive(Debug)]
struct Complaint {
    /// The whole sentence; upstream reports each sentence once.
    text: String,
    fault: Fault,
}

impl Outcome {
    /// One complaint, nobody content.
    pub(super) fn failed(text: String, fault: Fault) -> Self {
        Self { complaints: vec![Complaint { text, fault }], content: 0 }
    }

    /// Whether there is nothing to complain about.
    pub(super) fn is_valid(&self) -> bool {
        self.complaints.is_empty()
    }

    /// One more is content.
    pub(super) fn count(&mut self) {
        self.content += 1;
    }

    /// Takes in what another says.
    pub(super) fn merge(&mut self, other: Self) {
        self.content += other.content;
        for complaint in other.complaints {
            if !self.complaints.iter().any(|own| own.text == complaint.text) {
                self.complaints.push(complaint);
            }
        }
    }

    /// Drops the complaints.
    pub(super) fn forgive(&mut self) {
        self.complaints.clear();
    }

    /// The faults.
    pub(super) fn into_faults(self) -> Vec<Fault> {
        self.complaints.into_iter().map(|complaint| complaint.fault).collect()
    }
}
