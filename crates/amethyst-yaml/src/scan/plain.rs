//! Scalars without quotes.

use std::borrow::Cow;

use super::chars::{BREAK, FLOW_WORD_END, WORD_END, class, is_blank};
use super::{Kind, Mark, Outcome, Problem, Scanner, Style, Token};

impl Scanner<'_> {
    pub(super) fn fetch_plain(&mut self) -> Outcome<()> {
        let may_be_key = self.simple_key_allowed;
        let start = self.mark();
        if self.keeps_comments() {
            return self.fetch_plain_slowly(start);
        }
        let mut end = self.at;
        let from = self.at;
        self.skip_words(&mut end);
        let is_on_one_line = self.at < self.bytes.len() && class(self.bytes[self.at]) & BREAK == 0;
        if is_on_one_line
            && may_be_key
            && self.flow_level == 0
            && self.byte(0) == b':'
            && !self.is_far(start.index)
        {
            return self.push_plain_key(start, end);
        }
        if !is_on_one_line {
            return self.fetch_plain_lines(start, end);
        }
        self.save_simple_key_at(start)?;
        self.simple_key_allowed = false;
        let value = Cow::Borrowed(&self.text[from..end]);
        self.push(Token { value, ..Token::bare(Kind::Scalar(Style::Plain), start, self.mark_before(end)) });
        Ok(())
    }

    /// As go-yaml does it, step by step, for the state that an error leaves behind.
    #[cold]
    fn fetch_plain_slowly(&mut self, start: Mark) -> Outcome<()> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let mut end = self.at;
        self.skip_words(&mut end);
        self.push_plain_lines(start, end)
    }

    /// A plain scalar with a colon behind it, in block context: what [`Self::save_simple_key`] and
    /// [`Self::fetch_value`] come to.
    fn push_plain_key(&mut self, start: Mark, end: usize) -> Outcome<()> {
        self.remove_simple_key()?;
        self.roll_indent(start, None, Kind::BlockMappingStart)?;
        self.simple_key_allowed = false;
        self.push(Token::bare(Kind::Key, start, start));
        let value = Cow::Borrowed(&self.text[start.index as usize..end]);
        self.push(Token { value, ..Token::bare(Kind::Scalar(Style::Plain), start, self.mark_before(end)) });
        self.push_indicator(Kind::Value, 1);
        Ok(())
    }

    /// The mark of an earlier place on this line.
    fn mark_before(&self, at: usize) -> Mark {
        Mark { index: at as u32, line: self.line, column: (at - self.line_start) as u32 }
    }

    /// Goes on behind the first line of a plain scalar, at a line break or the end of the text.
    fn fetch_plain_lines(&mut self, start: Mark, end: usize) -> Outcome<()> {
        let is_required =
            self.simple_key_allowed && self.flow_level == 0 && self.indent == start.column as i32;
        // A colon on a later line makes no key of it: where none is required, none is remembered.
        if is_required || self.at >= self.bytes.len() {
            self.save_simple_key_at(start)?;
        } else if self.simple_key_allowed {
            self.remove_simple_key()?;
            self.forget_opening();
        }
        self.simple_key_allowed = false;
        self.push_plain_lines(start, end)
    }

    fn push_plain_lines(&mut self, start: Mark, end: usize) -> Outcome<()> {
        let indent = self.indent + 1;
        let from = start.index as usize;
        let (mut end, mut end_mark) = (end, self.mark_before(end));
        let mut owned: Option<String> = None;
        let mut fold = Fold::default();
        let mut leading_blanks = false;
        loop {
            if !is_blank(self.byte(0)) && self.break_length().is_none() {
                break;
            }
            loop {
                let byte = self.byte(0);
                if is_blank(byte) {
                    if leading_blanks && byte == b'\t' && self.column() < indent {
                        let problem = "found a tab character that violates indentation";
                        return Err(Problem::scanner(start, self.mark(), problem));
                    }
                    self.at += 1;
                } else if let Some(length) = self.break_length() {
                    fold.line_break(&self.text[self.at..self.at + length], !leading_blanks);
                    leading_blanks = true;
                    self.pass_break(length);
                } else {
                    break;
                }
            }
            if self.flow_level == 0 && self.column() < indent {
                break;
            }
            if self.at == self.line_start && self.is_document_indicator() || self.byte(0) == b'#' {
                break;
            }
            let words = self.at;
            let mut words_end = words;
            self.skip_words(&mut words_end);
            if words_end > words {
                let text = owned.get_or_insert_with(|| self.text[from..end].to_owned());
                fold.join(text);
                leading_blanks = false;
                text.push_str(&self.text[words..words_end]);
                end = words_end;
                end_mark = self.mark_before(end);
            }
            let at_break = self.at >= self.bytes.len() || self.break_length().is_some();
            if !at_break {
                break;
            }
        }
        let value = owned.map_or(Cow::Borrowed(&self.text[from..end]), Cow::Owned);
        self.push(Token { value, ..Token::bare(Kind::Scalar(Style::Plain), start, end_mark) });
        if leading_blanks {
            self.simple_key_allowed = true;
        }
        Ok(())
    }

    /// Goes through the words of this line: to a break, a comment, a colon before a blank or a break, and in
    /// flow context to a comma or a bracket. `end` becomes where the last word ended. Blanks before what ends
    /// the words are passed.
    #[inline]
    fn skip_words(&mut self, end: &mut usize) {
        let bytes = self.bytes;
        let ends = if self.flow_level > 0 { FLOW_WORD_END } else { WORD_END };
        let mut at = self.at;
        loop {
            while let Some(&byte) = bytes.get(at)
                && class(byte) & ends == 0
            {
                at += 1;
            }
            let Some(&byte) = bytes.get(at) else {
                *end = at;
                break;
            };
            match byte {
                b' ' | b'\t' => {
                    *end = at;
                    while matches!(bytes.get(at), Some(b' ' | b'\t')) {
                        at += 1;
                    }
                    match bytes.get(at) {
                        None | Some(b'#' | b'\n') => break,
                        Some(b':') if super::chars::is_blank_or_end(bytes, at + 1) => break,
                        Some(b',' | b'?' | b'[' | b']' | b'{' | b'}') if self.flow_level > 0 => break,
                        Some(&next)
                            if class(next) & BREAK != 0
                                && super::chars::break_length(bytes, at).is_some() =>
                        {
                            break;
                        }
                        Some(_) => at += 1,
                    }
                }
                b':' if !super::chars::is_blank_or_end(bytes, at + 1) => at += 1,
                0xc2 | 0xe2 if super::chars::break_length(bytes, at).is_none() => at += 1,
                _ => {
                    *end = at;
                    break;
                }
            }
        }
        self.at = at;
    }
}

/// The line breaks between two words.
#[derive(Default)]
pub(super) struct Fold {
    first: First,
    /// The breaks after the first.
    rest: String,
}

#[derive(Default)]
enum First {
    /// There is none: it was escaped.
    #[default]
    None,
    /// A line feed or what counts as one.
    Feed,
    /// U+2028 or U+2029.
    Kept(String),
}

impl Fold {
    pub(super) fn line_break(&mut self, text: &str, is_first: bool) {
        let kept = text.len() == 3;
        if !is_first {
            self.rest.push_str(if kept { text } else { "\n" });
        } else if kept {
            self.first = First::Kept(text.to_owned());
        } else {
            self.first = First::Feed;
        }
    }

    /// Appends what the breaks come to: one is a space, of several all but the first stay.
    pub(super) fn join(&mut self, text: &mut String) {
        match std::mem::take(&mut self.first) {
            First::Feed if self.rest.is_empty() => text.push(' '),
            First::Kept(first) => text.push_str(&first),
            First::Feed | First::None => {}
        }
        text.push_str(&self.rest);
        self.rest.clear();
    }
}
