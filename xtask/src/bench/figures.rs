//! What was measured, by name, and which of two figures is the better one.

use std::collections::BTreeMap;

/// Figures by name. The name ends with the unit.
#[derive(Default)]
pub(super) struct Figures {
    by_name: BTreeMap<String, f64>,
}

impl Figures {
    /// Adds a figure; of two with one name the better one stays.
    pub(super) fn add(&mut self, name: &str, value: f64) {
        let kept = self.by_name.entry(name.to_owned()).or_insert(value);
        *kept = if more_is_better(name) { kept.max(value) } else { kept.min(value) };
    }

    /// Adds all figures of another round.
    pub(super) fn keep_best(&mut self, round: &Figures) {
        for (name, value) in &round.by_name {
            self.add(name, *value);
        }
    }

    /// The figure of this name, if it was measured.
    pub(super) fn get(&self, name: &str) -> Option<f64> {
        self.by_name.get(name).copied()
    }
}

/// Whether a figure counts something that one wants much of.
pub(super) fn more_is_better(name: &str) -> bool {
    name.ends_with("_per_second")
}

#[cfg(test)]
mod tests {
    use super::Figures;

    #[test]
    fn the_better_figure_stays() {
        let mut figures = Figures::default();
        for value in [3.0, 2.0, 4.0] {
            figures.add("list_ms", value);
            figures.add("create_16_per_second", value);
        }
        assert_eq!(figures.get("list_ms"), Some(2.0));
        assert_eq!(figures.get("create_16_per_second"), Some(4.0));
        assert_eq!(figures.get("other"), None);
    }
}
