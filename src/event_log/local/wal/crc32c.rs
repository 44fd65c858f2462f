//! CRC-32C (Castagnoli), eight bytes at a time, in the masked form in which RocksDB stores it.
//!
//! Not here: the CPU's own instruction. A WAL is at most a few hundred megabytes and is read once, at
//! the start.

/// Bit-reversed Castagnoli polynomial.
const POLYNOMIAL: u32 = 0x82f6_3b78;
/// RocksDB's constant: a checksum of data that holds checksums would otherwise be weak.
const MASK_DELTA: u32 = 0xa282_ead8;

/// `TABLES[k][byte]`: what `byte` does to a checksum `k` bytes later (slicing by eight).
static TABLES: [[u32; 256]; 8] = tables();

/// The checksum of `bytes` as RocksDB stores it.
pub(super) fn masked(bytes: &[u8]) -> u32 {
    checksum(bytes).rotate_right(15).wrapping_add(MASK_DELTA)
}

fn checksum(bytes: &[u8]) -> u32 {
    let (chunks, rest) = bytes.as_chunks::<8>();
    let mut sum = !0;
    for chunk in chunks {
        let word = u64::from_le_bytes(*chunk) ^ u64::from(sum);
        sum = (0..8).fold(0, |next, k| next ^ TABLES[7 - k][(word >> (8 * k)) as usize & 0xff]);
    }
    for byte in rest {
        sum = (sum >> 8) ^ TABLES[0][((sum ^ u32::from(*byte)) & 0xff) as usize];
    }
    !sum
}

const fn tables() -> [[u32; 256]; 8] {
    let mut tables = [[0; 256]; 8];
    let mut byte = 0;
    while byte < 256 {
        let mut sum = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            sum = if sum & 1 == 1 { (sum >> 1) ^ POLYNOMIAL } else { sum >> 1 };
            bit += 1;
        }
        tables[0][byte] = sum;
        byte += 1;
    }
    let mut k = 1;
    while k < 8 {
        let mut byte = 0;
        while byte < 256 {
            let before = tables[k - 1][byte];
            tables[k][byte] = (before >> 8) ^ tables[0][(before & 0xff) as usize];
            byte += 1;
        }
        k += 1;
    }
    tables
}

#[cfg(test)]
mod tests {
    use super::checksum;

    #[test]
    fn the_checksum_is_that_of_rfc_3720() {
        assert_eq!(checksum(b"123456789"), 0xe306_9283);
        assert_eq!(checksum(&[0; 32]), 0x8a91_36aa);
        assert_eq!(checksum(&[0xff; 32]), 0x62a8_ab43);
    }
}
