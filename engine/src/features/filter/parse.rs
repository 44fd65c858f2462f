//! From text to a [`Filter`], with errors that name the place.

use super::{Field, Filter, Literal, Operator};

/// The longest text that is read.
const MAX_BYTES: usize = 1_000;
/// The deepest nesting.
const MAX_DEPTH: usize = 16;

/// Why a text is no filter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// Something else stands where a part of the expression should.
    #[error("at character {place}: expected {expected}, found {found}")]
    Unexpected {
        /// Character, from 1.
        place: usize,
        /// What belongs there.
        expected: &'static str,
        /// What is there.
        found: String,
    },
    /// The field cannot be compared like that.
    #[error("at character {place}: {field} is compared {how}")]
    Kind {
        /// Character, from 1.
        place: usize,
        /// The field.
        field: String,
        /// How it can be.
        how: &'static str,
    },
    /// Too long or too deeply nested.
    #[error("longer than 1,000 bytes or nested deeper than 16")]
    TooMuch,
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Number(f64),
    Text(String),
    Sign(&'static str),
    End,
}

pub(super) fn parse(text: &str) -> Result<Filter, FilterError> {
    if MAX_BYTES < text.len() {
        return Err(FilterError::TooMuch);
    }
    let mut parser = Parser { tokens: tokens(text)?, next: 0, depth: 0 };
    let filter = parser.any()?;
    match parser.peek() {
        Token::End => Ok(filter),
        _ => Err(parser.unexpected("`and`, `or` or the end")),
    }
}

const SIGNS: [&str; 13] = ["!=", "<=", ">=", "==", "=", "<", ">", "(", ")", "[", "]", ",", "."];

fn tokens(text: &str) -> Result<Vec<(usize, Token)>, FilterError> {
    let mut found = Vec::new();
    let mut place = 0;
    while let Some(c) = text[place..].chars().next() {
        let rest = &text[place..];
        let taken = if c.is_whitespace() {
            c.len_utf8()
        } else if c == '"' || c == '\'' {
            let (text_token, length) = quoted(rest, c)
                .ok_or_else(|| unexpected(text, place, "a closing quote", "the end"))?;
            found.push((place, text_token));
            length
        } else if c.is_ascii_digit() || c == '-' {
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "._-+".contains(c)));
            let word = &rest[..end.unwrap_or(rest.len())];
            let number = word.replace('_', "").parse::<f64>().ok().filter(|n| n.is_finite());
            let number = number.ok_or_else(|| unexpected(text, place, "a number", word))?;
            found.push((place, Token::Number(number)));
            word.len()
        } else if c.is_alphabetic() || c == '_' {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_'));
            let word = &rest[..end.unwrap_or(rest.len())];
            found.push((place, Token::Word(word.to_owned())));
            word.len()
        } else {
            let sign = SIGNS.into_iter().find(|sign| rest.starts_with(sign));
            let sign =
                sign.ok_or_else(|| unexpected(text, place, "a comparison", &c.to_string()))?;
            found.push((place, Token::Sign(sign)));
            sign.len()
        };
        place += taken;
    }
    found.push((text.len(), Token::End));
    // Places are told in characters.
    for (place, _) in &mut found {
        *place = text[..*place].chars().count() + 1;
    }
    Ok(found)
}

/// The text in quotes at the start, `\` before a quote or another `\`, and its length.
fn quoted(rest: &str, quote: char) -> Option<(Token, usize)> {
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1);
    while let Some((place, c)) = chars.next() {
        match c {
            '\\' => text.push(chars.next()?.1),
            c if c == quote => return Some((Token::Text(text), place + 1)),
            c => text.push(c),
        }
    }
    None
}

fn unexpected(text: &str, byte: usize, expected: &'static str, found: &str) -> FilterError {
    let place = text[..byte].chars().count() + 1;
    FilterError::Unexpected { place, expected, found: found.to_owned() }
}

struct Parser {
    tokens: Vec<(usize, Token)>,
    next: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> &Token {
        self.tokens.get(self.next).map_or(&Token::End, |(_, token)| token)
    }

    fn place(&self) -> usize {
        self.tokens.get(self.next).map_or(1, |(place, _)| *place)
    }

    fn take(&mut self) -> Token {
        let token = self.peek().clone();
        self.next = (self.next + 1).min(self.tokens.len() - 1);
        token
    }

    fn takes(&mut self, token: &Token) -> bool {
        let is_it = self.peek() == token;
        if is_it {
            self.next += 1;
        }
        is_it
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let is_it = matches!(self.peek(), Token::Word(found) if found.eq_ignore_ascii_case(word));
        if is_it {
            self.next += 1;
        }
        is_it
    }

    fn unexpected(&self, expected: &'static str) -> FilterError {
        let found = match self.peek() {
            Token::Word(word) => format!("`{word}`"),
            Token::Number(number) => number.to_string(),
            Token::Text(text) => format!("\"{text}\""),
            Token::Sign(sign) => format!("`{sign}`"),
            Token::End => "the end".to_owned(),
        };
        FilterError::Unexpected { place: self.place(), expected, found }
    }

    fn any(&mut self) -> Result<Filter, FilterError> {
        let mut parts = vec![self.all()?];
        while self.takes_word("or") {
            parts.push(self.all()?);
        }
        Ok(one_or(parts, Filter::Any))
    }

    fn all(&mut self) -> Result<Filter, FilterError> {
        let mut parts = vec![self.single()?];
        while self.takes_word("and") {
            parts.push(self.single()?);
        }
        Ok(one_or(parts, Filter::All))
    }

    fn single(&mut self) -> Result<Filter, FilterError> {
        self.depth += 1;
        if MAX_DEPTH < self.depth {
            return Err(FilterError::TooMuch);
        }
        let filter = if self.takes_word("not") {
            Filter::Not(Box::new(self.single()?))
        } else if self.takes(&Token::Sign("(")) {
            let inner = self.any()?;
            if !self.takes(&Token::Sign(")")) {
                return Err(self.unexpected("`)`"));
            }
            inner
        } else {
            self.comparison()?
        };
        self.depth -= 1;
        Ok(filter)
    }

    fn comparison(&mut self) -> Result<Filter, FilterError> {
        let place = self.place();
        let field = self.field()?;
        if self.takes_word("in") {
            let values = self.list()?;
            check(&field, Operator::Equal, &values, place)?;
            return Ok(Filter::Compare { field, operator: Operator::Equal, values });
        }
        let operator = match self.peek() {
            Token::Sign("=" | "==") => Operator::Equal,
            Token::Sign("!=") => Operator::Different,
            Token::Sign("<") => Operator::Less,
            Token::Sign("<=") => Operator::AtMost,
            Token::Sign(">") => Operator::Greater,
            Token::Sign(">=") => Operator::AtLeast,
            _ => return Err(self.unexpected("one of = != < <= > >= in")),
        };
        self.next += 1;
        let values = vec![self.literal()?];
        check(&field, operator, &values, place)?;
        Ok(Filter::Compare { field, operator, values })
    }

    fn field(&mut self) -> Result<Field, FilterError> {
        let expected = "a name such as price, category or a property's";
        let Token::Word(word) = self.peek().clone() else { return Err(self.unexpected(expected)) };
        self.next += 1;
        if word == "properties" && self.takes(&Token::Sign(".")) {
            return match self.take() {
                Token::Word(name) | Token::Text(name) => Ok(Field::Property(name.into())),
                _ => Err(self.unexpected("a property's name")),
            };
        }
        Ok(match word.as_str() {
            "value" => Field::Value,
            "price" => Field::Price,
            "position" => Field::Position,
            "kind" => Field::Kind,
            "category" | "categories" => Field::Category,
            "room" | "room_id" => Field::Room,
            _ => Field::Property(word.into()),
        })
    }

    fn list(&mut self) -> Result<Vec<Literal>, FilterError> {
        let close = match self.peek() {
            Token::Sign("[") => Token::Sign("]"),
            Token::Sign("(") => Token::Sign(")"),
            _ => return Err(self.unexpected("`[`")),
        };
        self.next += 1;
        let mut values = vec![self.literal()?];
        while self.takes(&Token::Sign(",")) {
            values.push(self.literal()?);
        }
        if self.takes(&close) { Ok(values) } else { Err(self.unexpected("`,` or `]`")) }
    }

    fn literal(&mut self) -> Result<Literal, FilterError> {
        let literal = match self.peek() {
            Token::Number(number) => Literal::Number(*number),
            Token::Text(text) => Literal::Text(text.as_str().into()),
            Token::Word(word) if word == "true" => Literal::Flag(true),
            Token::Word(word) if word == "false" => Literal::Flag(false),
            _ => return Err(self.unexpected("a number, a text in quotes, true or false")),
        };
        self.next += 1;
        Ok(literal)
    }
}

fn one_or(mut parts: Vec<Filter>, many: fn(Vec<Filter>) -> Filter) -> Filter {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            many(parts)
        }
        None => many(parts),
    }
}

/// Refuses comparisons that could never hold.
fn check(
    field: &Field,
    operator: Operator,
    values: &[Literal],
    place: usize,
) -> Result<(), FilterError> {
    let wrong = |how| Err(FilterError::Kind { place, field: field.to_string(), how });
    let numbers = values.iter().all(|value| matches!(value, Literal::Number(_)));
    let texts = values.iter().all(|value| matches!(value, Literal::Text(_)));
    match field {
        Field::Value | Field::Price | Field::Position if !numbers => wrong("with numbers"),
        Field::Kind | Field::Room | Field::Category if !texts => wrong("with texts in quotes"),
        Field::Category if !matches!(operator, Operator::Equal | Operator::Different) => {
            wrong("by =, != or in")
        }
        _ => Ok(()),
    }
}
