//! Indentation, and the tokens that a later `:` makes keys.

use super::{DEPTH_MAX, Kind, Mark, Outcome, Problem, Scanner, Token};

/// A key without `?` may be no longer, in characters, up to its colon.
const KEY_CHARACTERS_MAX: usize = 1024;

/// A token that may turn out to be a key.
#[derive(Clone, Copy, Debug)]
pub(super) struct SimpleKey {
    /// How many tokens stand before it in the stream.
    pub(super) number: usize,
    pub(super) mark: Mark,
    level: usize,
    /// It stands where only a key can.
    is_required: bool,
    /// It does not hold the token back: see [`Scanner::hide_key_of_empty`].
    is_hidden: bool,
}

const NO_COLON: &str = "could not find expected ':'";

impl<'a> Scanner<'a> {
    /// Whether the first token of the queue may still turn out to be a key.
    pub(super) fn is_head_possible_key(&mut self) -> Outcome<bool> {
        if !self.outlived.is_empty() {
            return self.is_head_outlived();
        }
        self.is_head_key()
    }

    fn is_head_key(&mut self) -> Outcome<bool> {
        let is_head = |key: &SimpleKey| key.number == self.taken && !key.is_hidden;
        let Some(at) = self.keys.iter().take_while(|key| key.number <= self.taken).position(is_head) else {
            return Ok(false);
        };
        let is_valid = self.is_valid(&self.keys[at])?;
        if !is_valid {
            self.keys.remove(at);
        }
        Ok(is_valid)
    }

    /// A colon makes no key of a token on an earlier line, but go-yaml goes on to hold that token back while
    /// another on its level may be one (`simple_keys_by_tok` keeps it).
    #[cold]
    fn is_head_outlived(&mut self) -> Outcome<bool> {
        self.outlived.retain(|(number, _)| *number >= self.taken);
        let head = self.outlived.iter().find(|(number, _)| *number == self.taken);
        let Some((_, level)) = head.copied() else { return self.is_head_key() };
        let Some(at) = self.keys.iter().position(|key| key.level == level) else { return Ok(false) };
        let is_valid = self.is_valid(&self.keys[at])?;
        if !is_valid {
            self.keys.remove(at);
        }
        Ok(is_valid)
    }

    /// go-yaml loses sight of a key that is an empty flow collection (`yaml_parser_decrease_flow_level`
    /// deletes by the number of the opening bracket): its tokens leave before the colon is seen, and the
    /// key and its map begin behind it.
    pub(super) fn hide_key_of_empty(&mut self) {
        let opened = self.opened.pop();
        if let (Some(key), Some(Some(number))) = (self.keys.back_mut(), opened)
            && key.number == number
        {
            key.is_hidden = true;
        }
    }

    /// Whether a colon here would make it a key: it does not reach beyond its line, nor far.
    fn is_valid(&self, key: &SimpleKey) -> Outcome<bool> {
        if key.mark.line == self.line && !self.is_far(key.mark.index) {
            return Ok(true);
        }
        if key.is_required {
            return Err(Problem::scanner(key.mark, self.mark(), NO_COLON));
        }
        Ok(false)
    }

    pub(super) fn is_far(&self, from: u32) -> bool {
        let from = from as usize;
        let distance = self.at - from;
        distance > KEY_CHARACTERS_MAX
            && (self.is_ascii || self.text[from..self.at].chars().count() > KEY_CHARACTERS_MAX)
    }

    /// The token that comes next may be a key.
    pub(super) fn save_simple_key(&mut self) -> Outcome<()> {
        self.save_simple_key_at(self.mark())
    }

    /// The flow collection that was opened last is not empty.
    pub(super) fn forget_opening(&mut self) {
        if let Some(opened) = self.opened.last_mut() {
            *opened = None;
        }
    }

    /// As [`Self::save_simple_key`] for a token that began before, on this line.
    pub(super) fn save_simple_key_at(&mut self, mark: Mark) -> Outcome<()> {
        if self.simple_key_allowed {
            self.remove_simple_key()?;
            self.forget_opening();
            self.keys.push_back(SimpleKey {
                number: self.taken + self.tokens.len(),
                mark,
                level: self.flow_level,
                is_required: self.flow_level == 0 && self.indent == mark.column as i32,
                is_hidden: false,
            });
        }
        Ok(())
    }

    /// What may have been a key on this level is none.
    pub(super) fn remove_simple_key(&mut self) -> Outcome<()> {
        if let Some(key) = self.keys.back()
            && key.level == self.flow_level
        {
            if key.is_required {
                return Err(Problem::scanner(key.mark, self.mark(), NO_COLON));
            }
            self.keys.pop_back();
        }
        Ok(())
    }

    /// The key that the colon here belongs to.
    pub(super) fn take_simple_key(&mut self) -> Outcome<Option<SimpleKey>> {
        match self.keys.back().copied() {
            Some(key) if key.level == self.flow_level => {
                let is_valid = self.is_valid(&key)?;
                self.keys.pop_back();
                if !is_valid && !key.is_hidden {
                    self.outlived.push((key.number, key.level));
                }
                Ok(is_valid.then_some(key))
            }
            _ => Ok(None),
        }
    }

    /// Begins a block collection at the column of `mark`, unless one is there; its token goes before
    /// the one with this number, or to the end.
    pub(super) fn roll_indent(&mut self, mark: Mark, number: Option<usize>, kind: Kind) -> Outcome<()> {
        let column = mark.column as i32;
        if self.flow_level > 0 || self.indent >= column {
            return Ok(());
        }
        self.indents.push(self.indent);
        self.indent = column;
        if self.indents.len() > DEPTH_MAX {
            let problem = format!("exceeded max depth of {DEPTH_MAX}");
            return Err(Problem::scanner(mark, self.mark(), problem));
        }
        let token = Token::bare(kind, mark, mark);
        self.insert(number, token);
        Ok(())
    }

    /// Puts a token before the one with this number, or at the end when that has gone.
    pub(super) fn insert(&mut self, number: Option<usize>, token: Token<'a>) {
        match number.and_then(|number| number.checked_sub(self.taken)) {
            Some(place) => self.tokens.insert(place, token),
            None => self.push(token),
        }
    }

    /// Ends the block collections that are indented more than `column`.
    #[inline]
    pub(super) fn unroll_indent(&mut self, column: i32) {
        if self.flow_level > 0 {
            return;
        }
        let mut end = None;
        while self.indent > column {
            let mark = self.block_end(end);
            end = Some(mark);
            self.push(Token::bare(Kind::BlockEnd, mark, mark));
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }
}
