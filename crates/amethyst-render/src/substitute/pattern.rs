//! Shell patterns: `*`, `?`, `[a-z]`, `[^a]` and `\x`; a slash is a character like any other.
//!
//! All ways through a pattern are followed at once, so that the time is at most the length of the pattern
//! times that of the text, whatever the pattern says.

/// Which of the matching lengths is wanted.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Length {
    Shortest,
    Longest,
}

/// How many characters at the beginning of `text` the pattern matches, of 1 and more.
pub(super) fn match_start(pattern: &str, text: &str, length: Length) -> Option<usize> {
    let pattern: Vec<char> = pattern.chars().collect();
    run(&steps(&pattern), text.chars(), length)
}

/// How many characters at the end of `text` the pattern matches, of 1 and more.
pub(super) fn match_end(pattern: &str, text: &str, length: Length) -> Option<usize> {
    let pattern: Vec<char> = pattern.chars().collect();
    let mut steps = steps(&pattern);
    steps.reverse();
    run(&steps, text.chars().rev(), length)
}

/// A part of a pattern.
enum Step<'a> {
    /// Any number of characters.
    Star,
    /// One character.
    Any,
    /// This character.
    Char(char),
    /// A character of the class whose text begins here, after its `[`.
    Class(&'a [char]),
    /// No character: a class without an end.
    Never,
}

impl Step<'_> {
    fn fits(&self, char: char) -> bool {
        match self {
            Self::Star | Self::Any => true,
            Self::Char(wanted) => *wanted == char,
            Self::Class(text) => class(text, char).is_some_and(|(fits, _)| fits),
            Self::Never => false,
        }
    }
}

fn steps(mut pattern: &[char]) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    while let Some((first, rest)) = pattern.split_first() {
        pattern = rest;
        match first {
            '*' if matches!(steps.last(), Some(Step::Star)) => {}
            '*' => steps.push(Step::Star),
            '?' => steps.push(Step::Any),
            '[' => {
                let Some((_, after)) = class(rest, '\0') else {
                    steps.push(Step::Never);
                    break;
                };
                steps.push(Step::Class(rest));
                pattern = after;
            }
            '\\' => match rest.split_first() {
                Some((escaped, after)) => {
                    steps.push(Step::Char(*escaped));
                    pattern = after;
                }
                None => steps.push(Step::Char('\\')),
            },
            char => steps.push(Step::Char(*char)),
        }
    }
    steps
}

fn run(steps: &[Step<'_>], text: impl Iterator<Item = char>, length: Length) -> Option<usize> {
    let (mut now, mut next) = (States::new(steps.len()), States::new(steps.len()));
    now.add(0, steps);
    let mut found = None;
    for (at, char) in text.enumerate() {
        next.clear();
        for state in &now.active {
            match steps.get(*state) {
                Some(Step::Star) => next.add(*state, steps),
                Some(step) if step.fits(char) => next.add(state + 1, steps),
                _ => {}
            }
        }
        std::mem::swap(&mut now, &mut next);
        if now.contains(steps.len()) {
            found = Some(at + 1);
            if length == Length::Shortest {
                break;
            }
        }
        if now.active.is_empty() {
            break;
        }
    }
    found
}

/// The places in a pattern that a text may have come to.
struct States {
    active: Vec<usize>,
    is_active: Vec<bool>,
}

impl States {
    fn new(steps: usize) -> Self {
        Self { active: Vec::new(), is_active: vec![false; steps + 1] }
    }

    fn contains(&self, state: usize) -> bool {
        self.is_active[state]
    }

    fn clear(&mut self) {
        for state in self.active.drain(..) {
            self.is_active[state] = false;
        }
    }

    /// Adds the place, and the one behind a star, which may stand for nothing.
    fn add(&mut self, state: usize, steps: &[Step<'_>]) {
        if std::mem::replace(&mut self.is_active[state], true) {
            return;
        }
        self.active.push(state);
        if matches!(steps.get(state), Some(Step::Star)) {
            self.add(state + 1, steps);
        }
    }
}

/// Whether `char` is in the class that `pattern` begins with (after `[`), and what follows the class.
fn class(pattern: &[char], char: char) -> Option<(bool, &[char])> {
    let (negated, mut rest) = match pattern.split_first() {
        Some(('^', rest)) => (true, rest),
        _ => (false, pattern),
    };
    let (mut found, mut seen) = (false, false);
    loop {
        let (low, after) = rest.split_first()?;
        if *low == ']' && seen {
            return Some((found != negated, after));
        }
        seen = true;
        if let [first, '-', last, after @ ..] = rest
            && *last != ']'
        {
            found |= (*first..=*last).contains(&char);
            rest = after;
        } else {
            found |= *low == char;
            rest = after;
        }
    }
}
