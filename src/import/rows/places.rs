//! At which line of a file a record of a table begins.
//!
//! The table's reader says at which byte it went on behind the record before; line ends and empty lines may
//! come first, so its own count of lines is not that of the file. Here the first bytes of all lines are noted
//! as they are read, and forgotten as records pass them.
//!
//! Not here: what a record is.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, Read};
use std::rc::Rc;

/// First bytes of lines that are not empty, with the lines' numbers: those read and not passed yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Places(Rc<RefCell<VecDeque<(u64, u64)>>>);

impl Places {
    /// The line of the first byte from `byte` on that is no line end; bytes are asked for in order.
    pub(super) fn line(&self, byte: u64) -> u64 {
        let mut noted = self.0.borrow_mut();
        let mut line = 0;
        while let Some((first, number)) = noted.front().copied() {
            line = number;
            if byte <= first {
                break;
            }
            noted.pop_front();
        }
        line
    }
}

/// Notes where lines begin while they are read.
pub(super) struct Noting<R> {
    inner: R,
    byte: u64,
    line: u64,
    empty: bool,
    places: Places,
}

impl<R> Noting<R> {
    /// Reads `inner`, whose first line is number `line`.
    pub(super) fn from_line(inner: R, line: u64) -> (Self, Places) {
        let places = Places::default();
        (Self { inner, byte: 0, line, empty: true, places: places.clone() }, places)
    }
}

impl<R: Read> Read for Noting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let taken = self.inner.read(buffer)?;
        let mut noted = self.places.0.borrow_mut();
        for byte in &buffer[..taken] {
            match byte {
                b'\n' => {
                    self.line += 1;
                    self.empty = true;
                }
                b'\r' => {}
                _ if self.empty => {
                    noted.push_back((self.byte, self.line));
                    self.empty = false;
                }
                _ => {}
            }
            self.byte += 1;
        }
        Ok(taken)
    }
}
