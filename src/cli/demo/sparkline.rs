//! A row of figures as a row of small bars.

const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The last `width` values as bars of a scale that ends at `top`; blanks where there is none.
#[must_use]
pub fn sparkline(values: &[Option<f64>], top: f64, width: usize) -> String {
    let last = &values[values.len().saturating_sub(width)..];
    last.iter().map(|value| value.map_or(' ', |value| bar(value, top))).collect()
}

fn bar(value: f64, top: f64) -> char {
    let share = if 0.0 < top { (value / top).clamp(0.0, 1.0) } else { 0.0 };
    BARS[(share * (BARS.len() - 1) as f64).round() as usize]
}

#[cfg(test)]
mod tests;
