//! Literal and folded blocks.

use std::borrow::Cow;

use super::chars::{BREAK, class, is_blank};
use super::{Kind, Mark, Outcome, Problem, Scanner, Style, Token};

/// What becomes of the last line breaks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chomping {
    Strip,
    Clip,
    Keep,
}

impl Scanner<'_> {
    pub(super) fn fetch_block_scalar(&mut self, literal: bool) -> Outcome<()> {
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        let start = self.mark();
        self.at += 1;
        let (chomping, increment) = self.block_header(start)?;
        while is_blank(self.byte(0)) {
            self.at += 1;
        }
        if self.byte(0) == b'#' {
            if self.keeps_comments() {
                self.line_comment(start);
            }
            self.skip_line();
        }
        match self.break_length() {
            Some(length) => self.pass_break(length),
            None if super::is_end(self.bytes, self.at) => {}
            None => {
                let problem = "did not find expected comment or line break";
                return Err(Problem::scanner(start, self.mark(), problem));
            }
        }
        let mut indent = match increment {
            0 => 0,
            increment if self.indent >= 0 => self.indent + increment,
            increment => increment,
        };
        let mut block = Block { text: String::new(), breaks: String::new(), end: self.mark() };
        self.block_breaks(&mut indent, &mut block, start)?;
        // The break of the line before, not yet written.
        let mut leading_break = "";
        let mut after_blank = false;
        while self.column() == indent && !super::is_end(self.bytes, self.at) {
            let before_blank = is_blank(self.byte(0));
            if !literal && !after_blank && !before_blank && leading_break == "\n" {
                if block.breaks.is_empty() {
                    block.text.push(' ');
                }
            } else {
                block.text.push_str(leading_break);
            }
            block.text.push_str(&block.breaks);
            block.breaks.clear();
            after_blank = before_blank;
            let line = self.at;
            self.skip_line();
            block.text.push_str(&self.text[line..self.at]);
            leading_break = self.pass_kept_break();
            self.block_breaks(&mut indent, &mut block, start)?;
        }
        if chomping != Chomping::Strip {
            block.text.push_str(leading_break);
        }
        if chomping == Chomping::Keep {
            block.text.push_str(&block.breaks);
        }
        let style = if literal { Style::Literal } else { Style::Folded };
        let value = Cow::Owned(block.text);
        self.push(Token { value, ..Token::bare(Kind::Scalar(style), start, block.end) });
        Ok(())
    }

    /// The indicators behind `|` or `>`, in either order.
    fn block_header(&mut self, start: Mark) -> Outcome<(Chomping, i32)> {
        let chomping = self.chomping();
        let increment = self.increment(start)?;
        let chomping = match chomping {
            None if increment > 0 => self.chomping(),
            found => found,
        };
        Ok((chomping.unwrap_or(Chomping::Clip), increment))
    }

    fn chomping(&mut self) -> Option<Chomping> {
        let chomping = match self.byte(0) {
            b'+' => Chomping::Keep,
            b'-' => Chomping::Strip,
            _ => return None,
        };
        self.at += 1;
        Some(chomping)
    }

    fn increment(&mut self, start: Mark) -> Outcome<i32> {
        let digit = self.byte(0);
        if digit == b'0' {
            let problem = "found an indentation indicator equal to 0";
            return Err(Problem::scanner(start, self.mark(), problem));
        }
        if !digit.is_ascii_digit() {
            return Ok(0);
        }
        self.at += 1;
        Ok(i32::from(digit - b'0'))
    }

    /// Goes past a line break; what stays of it in the text.
    fn pass_kept_break(&mut self) -> &'static str {
        let Some(length) = self.break_length() else { return "" };
        let kept = match self.bytes[self.at..self.at + length] {
            [.., 0xa8] => "\u{2028}",
            [.., 0xa9] => "\u{2029}",
            _ => "\n",
        };
        self.pass_break(length);
        kept
    }

    /// Goes past indentation and empty lines. Unless the indentation is known, the longest white space seen
    /// sets it.
    fn block_breaks(&mut self, indent: &mut i32, block: &mut Block, start: Mark) -> Outcome<()> {
        block.end = self.mark();
        let mut indent_max = 0;
        loop {
            while (*indent == 0 || self.column() < *indent) && self.byte(0) == b' ' {
                self.at += 1;
            }
            indent_max = indent_max.max(self.column());
            if (*indent == 0 || self.column() < *indent) && self.byte(0) == b'\t' {
                let problem = "found a tab character where an indentation space is expected";
                return Err(Problem::scanner(start, self.mark(), problem));
            }
            if class(self.byte(0)) & BREAK == 0 {
                break;
            }
            match self.pass_kept_break() {
                "" => break,
                kept => block.breaks.push_str(kept),
            }
            block.end = self.mark();
        }
        if *indent == 0 {
            *indent = indent_max.max(self.indent + 1).max(1);
        }
        Ok(())
    }
}

struct Block {
    text: String,
    /// Empty lines that no line has followed yet.
    breaks: String,
    /// Where the last line ended.
    end: Mark,
}
