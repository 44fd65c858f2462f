//! What a room's comments say, summed up: mood, and how many ask for what.

use super::fade::Fading;
use super::words::{INTENTS, Reading};
use crate::Timestamp;

/// Readings of comments, fading.
#[derive(Clone, Debug, Default, PartialEq, bincode::Encode, bincode::Decode)]
pub(super) struct Talk {
    feeling: Fading,
    /// Comments that said how they feel.
    felt: Fading,
    asked: [Fading; INTENTS],
    pub(super) asked_ever: [u64; INTENTS],
}

impl Talk {
    pub(super) fn hear(&mut self, reading: Reading, at: Timestamp, half_life_ms: u64) {
        if reading.feeling != 0.0 {
            self.feeling.add(f64::from(reading.feeling), at, half_life_ms);
            self.felt.add(1.0, at, half_life_ms);
        }
        let asked = self.asked.iter_mut().zip(&mut self.asked_ever).zip(reading.asks);
        for ((fading, ever), _) in asked.filter(|(_, asks)| *asks) {
            fading.add(1.0, at, half_life_ms);
            *ever += 1;
        }
    }

    /// The mean feeling of late, -1 to 1, drawn towards 0 where few said anything: one comment is no mood.
    pub(super) fn mood(&self, at: Timestamp, half_life_ms: u64) -> f64 {
        self.feeling.at(at, half_life_ms) / (self.felt.at(at, half_life_ms) + 1.0)
    }

    /// Questions of late, by intent.
    pub(super) fn asked(&self, at: Timestamp, half_life_ms: u64) -> [f64; INTENTS] {
        self.asked.map(|asked| asked.at(at, half_life_ms))
    }
}
