use super::*;

/// A WAL with `payloads` as its records, fragment by fragment, as RocksDB writes it.
fn wal(payloads: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for payload in payloads {
        let mut rest = payload.as_slice();
        let mut first = true;
        loop {
            let left = BLOCK - bytes.len() % BLOCK;
            if left < HEADER {
                bytes.resize(bytes.len() + left, 0);
                continue;
            }
            let (part, behind) = rest.split_at(rest.len().min(left - HEADER));
            let kind = match (first, behind.is_empty()) {
                (true, true) => FULL,
                (true, false) => FIRST,
                (false, true) => LAST,
                (false, false) => MIDDLE,
            };
            push(&mut bytes, kind, part);
            (rest, first) = (behind, false);
            if rest.is_empty() {
                break;
            }
        }
    }
    bytes
}

fn push(bytes: &mut Vec<u8>, kind: u8, part: &[u8]) {
    let checked: Vec<u8> = std::iter::once(kind).chain(part.iter().copied()).collect();
    bytes.extend(crc32c::masked(&checked).to_le_bytes());
    bytes.extend((part.len() as u16).to_le_bytes());
    bytes.extend(checked);
}

fn payload(length: usize, seed: u8) -> Vec<u8> {
    (0..length).map(|at| (at as u8).wrapping_mul(31) ^ seed | 1).collect()
}

#[test]
fn whole_records_of_any_length_are_whole() {
    for length in [0, 1, 6, 7, 32_754, 32_755, 32_761, 32_762, 40_000, 100_000] {
        let bytes = wal(&[payload(9, 1), payload(length, 2), payload(9, 3)]);
        assert_eq!(judge(&bytes), Verdict::Whole, "{length}");
    }
    assert_eq!(judge(&[]), Verdict::Whole);
}

#[test]
fn a_last_record_cut_at_any_length_is_torn_and_nothing_else_goes() {
    for length in [20, 33_000] {
        let before = wal(&[payload(50, 1), payload(60, 2)]);
        let bytes = wal(&[payload(50, 1), payload(60, 2), payload(length, 3)]);
        for cut in before.len() + 1..bytes.len() {
            let verdict = judge(&bytes[..cut]);
            assert_eq!(verdict, Verdict::Torn { whole: before.len() }, "{length} cut at {cut}");
        }
        assert_eq!(judge(&bytes[..before.len()]), Verdict::Whole);
    }
}

#[test]
fn any_flipped_bit_in_a_record_is_damage_even_in_the_last_record() {
    let bytes = wal(&[payload(50, 1), payload(40, 2), payload(30, 3)]);
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << bit;
            let verdict = judge(&flipped);
            assert!(matches!(verdict, Verdict::Damaged { .. }), "byte {at} bit {bit}: {verdict:?}");
        }
    }
}

#[test]
fn any_flipped_byte_in_front_of_a_record_that_spans_blocks_is_damage() {
    let bytes = wal(&[payload(70_000, 1), payload(70_000, 2), payload(30, 3)]);
    for at in (0..bytes.len()).step_by(97).chain(32_760..32_780) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 0x40;
        let verdict = judge(&flipped);
        assert!(matches!(verdict, Verdict::Damaged { .. }), "byte {at}: {verdict:?}");
    }
}

#[test]
fn a_last_record_with_sectors_that_never_arrived_is_torn() {
    let before = wal(&[payload(50, 1)]);
    let bytes = wal(&[payload(50, 1), payload(5_000, 2)]);
    for hole in [512..1024, 1024..bytes.len(), before.len()..bytes.len()] {
        let mut torn = bytes.clone();
        torn[hole.clone()].fill(0);
        assert_eq!(judge(&torn), Verdict::Torn { whole: before.len() }, "{hole:?}");
    }
}

#[test]
fn a_hole_with_a_later_record_behind_it_is_damage() {
    let mut bytes = wal(&[payload(50, 1), payload(5_000, 2), payload(50, 3)]);
    bytes[1024..2048].fill(0);
    assert!(matches!(judge(&bytes), Verdict::Damaged { offset: 57, .. }));
}
