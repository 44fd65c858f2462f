//! One member of a JSON object, found without reading the rest into memory.
//!
//! The text was checked when it was received. Of text that is no JSON this finds something or nothing, and ends.
//!
//! Not here: members of nested objects.

use std::borrow::Cow;

/// A value that can be compared.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar<'a> {
    /// A number.
    Number(f64),
    /// A text.
    Text(Cow<'a, str>),
    /// True or false.
    Flag(bool),
}

/// The member called `name`, where it is a number, a text or a truth value.
#[must_use]
pub fn member<'a>(text: &'a str, name: &str) -> Option<Scalar<'a>> {
    let mut rest = text.trim_start().strip_prefix('{')?;
    loop {
        let (key, behind) = string(rest.trim_start())?;
        let value = behind.trim_start().strip_prefix(':')?.trim_start();
        if unescaped(key) == name {
            return scalar(value);
        }
        rest = skipped(value)?.trim_start().strip_prefix(',')?;
    }
}

fn scalar(text: &str) -> Option<Scalar<'_>> {
    if text.starts_with('"') {
        return string(text).map(|(raw, _)| Scalar::Text(unescaped(raw)));
    }
    let end = text.find(|c: char| c == ',' || c == '}' || c.is_whitespace());
    match &text[..end.unwrap_or(text.len())] {
        "true" => Some(Scalar::Flag(true)),
        "false" => Some(Scalar::Flag(false)),
        number => number.parse().ok().filter(|n: &f64| n.is_finite()).map(Scalar::Number),
    }
}

/// What stands between the quotes at the start of `text`, and what is behind them.
fn string(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix('"')?;
    let mut escaped = false;
    for (place, byte) in inner.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some((&inner[..place], &inner[place + 1..])),
            _ => {}
        }
    }
    None
}

/// What is behind the value at the start of `text`.
fn skipped(text: &str) -> Option<&str> {
    let mut depth = 0usize;
    let mut place = 0;
    while let Some(byte) = text.as_bytes().get(place) {
        match byte {
            b'"' => {
                place = text.len() - string(&text[place..])?.1.len();
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' | b',' if depth == 0 => return Some(&text[place..]),
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        place += 1;
    }
    None
}

fn unescaped(raw: &str) -> Cow<'_, str> {
    if !raw.contains('\\') {
        return Cow::Borrowed(raw);
    }
    let mut units = Vec::with_capacity(raw.len());
    let mut chars = raw.chars();
    let mut buffer = [0; 2];
    while let Some(c) = chars.next() {
        let c = if c == '\\' {
            chars.next().unwrap_or('\\')
        } else {
            units.extend_from_slice(c.encode_utf16(&mut buffer));
            continue;
        };
        let c = match c {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'u' => {
                let digits: String = chars.by_ref().take(4).collect();
                units.push(u16::from_str_radix(&digits, 16).unwrap_or(0xfffd));
                continue;
            }
            other => other,
        };
        units.extend_from_slice(c.encode_utf16(&mut buffer));
    }
    Cow::Owned(String::from_utf16_lossy(&units))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{"a":{"dwell_ms":1,"x":["}",","]}, "s":"q\"\u4e2d\n", "dwell_ms" : 3e4 ,"ok":true,"no":null}"#;

    #[test]
    fn members_are_found_past_nested_ones() {
        assert_eq!(member(TEXT, "dwell_ms"), Some(Scalar::Number(30_000.0)));
        assert_eq!(member(TEXT, "ok"), Some(Scalar::Flag(true)));
        assert_eq!(member(TEXT, "s"), Some(Scalar::Text("q\"中\n".into())));
        for name in ["a", "no", "x", ""] {
            assert_eq!(member(TEXT, name), None, "{name}");
        }
    }

    #[test]
    fn no_text_makes_it_stumble() {
        for end in (0..TEXT.len()).filter(|end| TEXT.is_char_boundary(*end)) {
            let _ = member(&TEXT[..end], "no");
            let _ = member(&TEXT[end..], "no");
        }
    }
}
