//! Scalars without quotes.

use std::borrow::Cow;

use super::chars::{FLOW_WORD_END, WORD_END, class, is_blank};
use super::{Kind, Outcome, Problem, Scanner, Style, Token};

impl Scanner<'_> {
    pub(super) fn fetch_plain(&mut self) -> Outcome<()> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.mark();
        let indent = self.indent + 1;
        let (from, mut end) = (self.at, self.mark());
        let mut owned: Option<String> = None;
        let mut leading_blanks = false;
        // What stands between the words: the breaks after the first one, or nothing and the blanks count.
        let mut fold = Fold::default();
        loop {
            if self.at == self.line_start && self.is_document_indicator() || self.byte(0) == b'#' {
                break;
            }
            let word = self.at;
            self.skip_word();
            if self.at > word {
                if leading_blanks {
                    let text = owned.get_or_insert_with(|| self.text[from..end.index].to_owned());
                    fold.join(text);
                    leading_blanks = false;
                } else if let Some(text) = &mut owned {
                    text.push_str(&self.text[end.index..word]);
                }
                if let Some(text) = &mut owned {
                    text.push_str(&self.text[word..self.at]);
                }
                end = self.mark();
            }
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
        }
        let value = owned.map_or(Cow::Borrowed(&self.text[from..end.index]), Cow::Owned);
        self.push(Token { value, ..Token::bare(Kind::Scalar(Style::Plain), start, end) });
        if leading_blanks {
            self.simple_key_allowed = true;
        }
        Ok(())
    }

    /// Goes to the end of a word: a blank, a break, a colon before one of these, and in flow context a comma
    /// or a bracket.
    #[inline]
    fn skip_word(&mut self) {
        let bytes = self.bytes;
        let ends = if self.flow_level > 0 { FLOW_WORD_END } else { WORD_END };
        let mut at = self.at;
        while let Some(&byte) = bytes.get(at) {
            if class(byte) & ends != 0 {
                let goes_on = match byte {
                    b':' => !super::chars::is_blank_or_end(bytes, at + 1),
                    0xc2 | 0xe2 => super::chars::break_length(bytes, at).is_none(),
                    _ => false,
                };
                if !goes_on {
                    break;
                }
            }
            at += 1;
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
