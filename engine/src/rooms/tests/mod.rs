//! A room against plain recounts, and what the rules say in words.

mod plain;
mod random;
mod rules;
