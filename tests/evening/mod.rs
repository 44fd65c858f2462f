//! Real evenings of live rooms as rows: a Bilibili evening of seven rooms, two months of four Twitch channels.
//!
//! The files may not be redistributed: `None` where they are not there, which is said.

#![allow(dead_code, reason = "every suite uses its part of these helpers")]
#![allow(clippy::expect_used, reason = "a test says what it expects by failing")]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read};

use engine::Timestamp;
use engine::rooms::words::Words;
use engine::rooms::{Act, RoomEvent};
use flate2::read::GzDecoder;

use crate::in_process::data_file;

/// One row of a file: who did what when, in which room.
pub struct Row {
    pub at: u64,
    pub room: String,
    pub viewer: u64,
    pub act: Act,
    pub value: Option<f32>,
    pub text: String,
}

impl Row {
    pub fn event(&self) -> RoomEvent<'_> {
        let at = Timestamp::from_millis(self.at);
        let text = Some(self.text.as_str());
        RoomEvent { value: self.value, text, ..RoomEvent::new(self.viewer, self.act, at) }
    }
}

pub fn text_of(name: &str) -> Option<String> {
    let file = File::open(data_file(name)?).expect("a readable file");
    let mut bytes = Vec::new();
    GzDecoder::new(BufReader::new(file)).read_to_end(&mut bytes).expect("a sound file");
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

pub fn millis(seconds: &str) -> u64 {
    (seconds.parse::<f64>().expect("a time") * 1_000.0).round() as u64
}

/// A pseudonym of a letter and digits.
fn viewer(code: &str) -> u64 {
    code.get(1..).and_then(|digits| digits.parse().ok()).unwrap_or(u64::MAX)
}

pub fn bilibili() -> Option<Vec<Row>> {
    let text = text_of("bilibili-live/events.tsv.gz")?;
    let row = |line: &str| {
        let columns: Vec<&str> = line.split('\t').collect();
        let act = match columns[2] {
            "danmaku" => Act::Comment,
            "enter" | "enter_vip" => Act::Join,
            "gift" | "guard_buy" | "super_chat" => Act::Gift,
            _ => return None,
        };
        let value = columns[6].parse::<f32>().ok().map(|coins| coins / 1_000.0);
        let (room, text) = (columns[1].to_owned(), columns[7].to_owned());
        Some(Row { at: millis(columns[0]), room, viewer: viewer(columns[3]), act, value, text })
    };
    Some(text.lines().skip(1).filter_map(row).collect())
}

/// A broadcast is a room: the next day's has viewers of its own.
pub fn twitch() -> Option<Vec<Row>> {
    let mut rows = Vec::new();
    for month in ["03", "04"] {
        let text = text_of(&format!("twitch-chat/chat_2021-{month}.tsv.gz"))?;
        rows.extend(text.lines().skip(1).map(|line| {
            let columns: Vec<&str> = line.split('\t').collect();
            Row {
                at: millis(columns[0]),
                room: format!("{} {}", columns[1], columns[2]),
                viewer: viewer(columns[3]),
                act: Act::Comment,
                value: None,
                text: columns.get(5).copied().unwrap_or_default().to_owned(),
            }
        }));
    }
    Some(rows)
}

pub fn by_room(rows: &[Row]) -> BTreeMap<&str, Vec<&Row>> {
    let mut rooms: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        rooms.entry(&row.room).or_default().push(row);
    }
    rooms
}

pub fn words() -> Words {
    let lists = [
        include_str!("../../config/words/english.txt"),
        include_str!("../../config/words/chinese.txt"),
        include_str!("../../config/words/live.txt"),
    ];
    Words::parse(&lists).expect("the shipped lists")
}
