//! Blocks for storage: runs of zeros, of which a young instance is full, become two bytes.
//!
//! | bytes | what |
//! |---|---|
//! | 1 | n: below 128, n + 1 bytes follow as they are; from 128 on, n − 127 zeros are meant |

/// The longest run of one kind.
const RUN: usize = 128;

/// The bytes without their runs of zeros.
#[must_use]
pub fn squeezed(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() / 2);
    let mut at = 0;
    while at < bytes.len() {
        let zeros = bytes[at..].iter().take(RUN).take_while(|byte| **byte == 0).count();
        if 0 < zeros {
            out.push((127 + zeros) as u8);
            at += zeros;
            continue;
        }
        // A single zero costs as much inside of a run.
        let rest = &bytes[at..bytes.len().min(at + RUN)];
        let pair = rest.windows(2).position(|pair| pair == [0, 0]);
        let end = pair.unwrap_or(rest.len());
        out.push((end - 1) as u8);
        out.extend_from_slice(&rest[..end]);
        at += end;
    }
    out
}

/// The bytes with their zeros; `None` where they are damaged or more than `most`.
#[must_use]
pub fn loosened(squeezed: &[u8], most: usize) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut rest = squeezed;
    while let Some((&kind, behind)) = rest.split_first() {
        rest = behind;
        if usize::from(kind) < RUN {
            let (run, behind) = rest.split_at_checked(usize::from(kind) + 1)?;
            out.extend_from_slice(run);
            rest = behind;
        } else {
            out.resize(out.len() + usize::from(kind) - 127, 0);
        }
        if most < out.len() {
            return None;
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bytes_come_back_as_they_were(bytes in prop::collection::vec(
            prop_oneof![3 => Just(0u8), 1 => any::<u8>()], 0..600)) {
            let packed = squeezed(&bytes);
            prop_assert!(packed.len() <= bytes.len() + bytes.len() / 64 + 2);
            prop_assert_eq!(loosened(&packed, 600), Some(bytes));
        }

        #[test]
        fn no_bytes_make_it_stumble(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            if let Some(found) = loosened(&bytes, 1_000) {
                prop_assert!(found.len() <= 1_000);
            }
        }
    }

    #[test]
    fn zeros_cost_next_to_nothing() {
        assert_eq!(squeezed(&[0; 1_280]).len(), 10);
    }
}
