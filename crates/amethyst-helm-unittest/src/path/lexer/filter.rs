//! The lexer's states inside of filters.

use super::{Kind, Lexer, State};
use crate::path::filter::regex_text;

/// The ordering operators, in an order suitable for reading.
const ORDERINGS: [(&str, Kind); 4] = [
    (">=", Kind::GreaterThanOrEqual),
    (">", Kind::GreaterThan),
    ("<=", Kind::LessThanOrEqual),
    ("<", Kind::LessThan),
];

impl Lexer<'_> {
    pub(super) fn filter_initial(&mut self) -> State {
        self.strip();
        if let Some(state) = self.literal() {
            return state;
        }
        if self.consumed("(") {
            self.emit(Kind::OpenBracket);
            self.stack.push(State::Filter);
            return State::FilterInitial;
        }
        if self.has("!=") {
            return self.error("missing first operand for binary operator !=");
        }
        if self.consumed("!") {
            self.emit(Kind::Not);
            return State::FilterInitial;
        }
        if self.consumed("@") {
            self.emit(Kind::At);
            if ["=", "!", ">", "<"].iter().any(|operator| self.peeked_spaced(&[operator])) {
                return State::Filter;
            }
            self.stack.push(State::Filter);
            return State::SubPath;
        }
        if self.consumed("$") {
            self.emit(Kind::Root);
            self.stack.push(State::Filter);
            return State::SubPath;
        }
        let operators = ["&&", "||", "==", ">=", ">", "<=", "<"];
        match operators.iter().find(|operator| self.has(operator)) {
            Some(operator) => self.error(&format!("missing first operand for binary operator {operator}")),
            None => self.pop(),
        }
    }

    pub(super) fn filter(&mut self) -> State {
        self.strip();
        if self.is_empty() {
            return self.error("missing end of filter");
        }
        if self.has(")]") {
            return self.pop();
        }
        if self.consumed(")") {
            self.emit(Kind::CloseBracket);
            return self.pop();
        }
        for (token, kind) in [("&&", Kind::And), ("||", Kind::Or)] {
            if self.consumed(token) {
                self.emit(kind);
                self.strip();
                return State::FilterInitial;
            }
        }
        for (token, kind) in [("==", Kind::Equality), ("!=", Kind::Inequality)] {
            if self.consumed(token) {
                self.emit(kind);
                self.stack.push(State::Filter);
                return State::FilterTerm;
            }
        }
        if self.has("=~") {
            if matches!(self.last, Kind::StringLiteral | Kind::IntegerLiteral | Kind::FloatLiteral) {
                return self.error("literal cannot be matched using =~");
            }
            self.consumed("=~");
            self.emit(Kind::MatchesRegularExpression);
            self.strip();
            return self.regular_expression();
        }
        for (operator, kind) in ORDERINGS {
            if self.has(operator) {
                return self.comparison(operator, kind);
            }
        }
        self.error("invalid filter expression")
    }

    fn comparison(&mut self, operator: &str, kind: Kind) -> State {
        let no_strings = format!("strings cannot be compared using {operator}");
        if self.last == Kind::StringLiteral {
            return self.error(&no_strings);
        }
        self.consumed(operator);
        self.emit(kind);
        self.strip();
        if self.has("'") {
            return self.error(&no_strings);
        }
        self.stack.push(State::Filter);
        State::FilterTerm
    }

    pub(super) fn filter_term(&mut self) -> State {
        self.strip();
        if self.consumed("@") {
            self.emit(Kind::At);
            if ["|", "&", ")"].iter().any(|end| self.peeked_spaced(&[end])) {
                return self.pop();
            }
            return State::SubPath;
        }
        if self.consumed("$") {
            self.emit(Kind::Root);
            return State::SubPath;
        }
        match self.literal() {
            Some(state) => state,
            None => self.error("invalid filter term"),
        }
    }

    pub(super) fn filter_end(&mut self) -> State {
        if !self.has(")]") {
            return self.error("invalid filter syntax");
        }
        if self.last == Kind::FilterBegin {
            return self.error("missing filter");
        }
        self.consumed(")]");
        self.emit(Kind::FilterEnd);
        State::SubPath
    }

    /// A number, a string, a boolean or null, if one stands here.
    fn literal(&mut self) -> Option<State> {
        match self.peek() {
            Some('.' | '-' | '0'..='9') => return Some(self.number()),
            Some(quote @ ('\'' | '"')) => return Some(self.string(quote)),
            _ => {}
        }
        let words =
            [("true", Kind::BooleanLiteral), ("false", Kind::BooleanLiteral), ("null", Kind::NullLiteral)];
        for (word, kind) in words {
            if self.consumed_spaced(&[word]) {
                self.emit(kind);
                return Some(State::Filter);
            }
        }
        None
    }

    fn number(&mut self) -> State {
        let mut is_float = self.has(".");
        loop {
            self.next();
            match self.peek() {
                Some('.' | 'e' | 'E' | '-') => is_float = true,
                Some('0'..='9') => {}
                _ => break,
            }
        }
        let text = self.value();
        if is_float {
            if text.parse::<f64>().is_err() {
                let error = format!("strconv.ParseFloat: parsing {text:?}: invalid syntax");
                let at = self.at;
                return self
                    .raw_error(format!("invalid float literal {text:?}: {error} before position {at}"));
            }
            self.emit(Kind::FloatLiteral);
        } else {
            if text.parse::<i64>().is_err() {
                let reason = if text == "-" { "invalid syntax" } else { "value out of range" };
                let error = format!("strconv.Atoi: parsing {text:?}: {reason}");
                let at = self.at;
                return self
                    .raw_error(format!("invalid integer literal {text:?}: {error} before position {at}"));
            }
            self.emit(Kind::IntegerLiteral);
        }
        State::Filter
    }

    fn string(&mut self, quote: char) -> State {
        let (at, context) = (self.at, self.context());
        self.next();
        let Some(length) = self.rest().find(quote) else {
            return self.raw_error(format!(
                "unmatched string delimiter {quote} at position {at}, following {context:?}"
            ));
        };
        self.at += length + 1;
        self.emit(Kind::StringLiteral);
        State::Filter
    }

    fn regular_expression(&mut self) -> State {
        if !self.has("/") {
            return self.error("regular expression does not start with /");
        }
        let (at, context) = (self.at, self.context());
        let mut escape = false;
        loop {
            if self.next().is_none() {
                return self.raw_error(format!(
                    "unmatched regular expression delimiter / at position {at}, following {context:?}"
                ));
            }
            if !escape && self.has("/") {
                break;
            }
            escape = !escape && self.has("\\");
        }
        self.next();
        if let Err(error) = crate::regex::compile(&regex_text(self.value())) {
            return self.raw_error(format!(
                "invalid regular expression at position {at}, following {context:?}: {error}"
            ));
        }
        self.emit(Kind::RegularExpressionLiteral);
        State::Filter
    }
}
