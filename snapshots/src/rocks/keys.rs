//! Keys of the checkpoint store.
//!
//! | key | value |
//! |---|---|
//! | `0x00 m` | current generation and [`engine::part::CutManifest`], encoded |
//! | `0x00 o` | generation, u64 BE: being written, not current |
//! | `0x01`, shard u16 BE, key, generation | version of a shard's entry |
//! | `0x02`, key, generation | version of an entry of item activity |
//! | `0x03`, key, generation | version of an entry of the model |
//! | `0x04`, key, generation | version of an entry of live rooms |
//!
//! A key is escaped (0 becomes 0 255) and closed by 0 0, so that no key is the beginning of another and
//! keys sort as they would alone. The generation is inverted, u64 BE, so that newer versions come first.

use engine::part::PartOwner;

/// Key of the manifest.
pub const MANIFEST: &[u8] = b"\0m";
/// Key of the note that a generation is being written.
pub const OPEN: &[u8] = b"\0o";

const SHARD: u8 = 1;
const ACTIVITY: u8 = 2;
const MODEL: u8 = 3;
const ROOMS: u8 = 4;
const CLOSE: [u8; 2] = [0, 0];
const ESCAPED: u8 = 0xff;
const GENERATION_BYTES: usize = 8;

/// Key of one version of an entry.
pub fn entry(owner: PartOwner, key: &[u8], generation: u64) -> Vec<u8> {
    let mut bytes = prefix(owner);
    for byte in key {
        bytes.push(*byte);
        if *byte == 0 {
            bytes.push(ESCAPED);
        }
    }
    bytes.extend(CLOSE);
    bytes.extend((!generation).to_be_bytes());
    bytes
}

/// First key of an owner, and the first behind all of its keys.
pub fn range(owner: PartOwner) -> (Vec<u8>, Vec<u8>) {
    let behind = match owner {
        PartOwner::Shard(shard) if shard.0 < u16::MAX => {
            prefix(PartOwner::Shard(engine::ShardId(shard.0 + 1)))
        }
        PartOwner::Shard(_) => vec![ACTIVITY],
        PartOwner::Activity => vec![ACTIVITY + 1],
        PartOwner::Model => vec![MODEL + 1],
        PartOwner::Rooms => vec![ROOMS + 1],
    };
    (prefix(owner), behind)
}

/// The escaped key and the generation of a version; `None` for a key that is none.
pub fn split(bytes: &[u8]) -> Option<(&[u8], u64)> {
    let owner = match *bytes.first()? {
        SHARD => 3,
        ACTIVITY | MODEL | ROOMS => 1,
        _ => return None,
    };
    let (rest, generation) = bytes.split_last_chunk::<GENERATION_BYTES>()?;
    let key = rest.get(owner..)?.strip_suffix(&CLOSE)?;
    Some((key, !u64::from_be_bytes(*generation)))
}

/// What all versions of an entry have in common; `None` for a key that is no version's.
pub fn identity(bytes: &[u8]) -> Option<&[u8]> {
    split(bytes)?;
    bytes.get(..bytes.len() - GENERATION_BYTES)
}

/// The generation of a version; `None` for a key that is none.
pub fn generation(bytes: &[u8]) -> Option<u64> {
    Some(split(bytes)?.1)
}

/// The key as its owner gave it.
pub fn unescape(key: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(key.len());
    let mut bytes = key.iter();
    while let Some(byte) = bytes.next() {
        plain.push(*byte);
        if *byte == 0 {
            bytes.next();
        }
    }
    plain
}

fn prefix(owner: PartOwner) -> Vec<u8> {
    match owner {
        PartOwner::Shard(shard) => {
            let [high, low] = shard.0.to_be_bytes();
            vec![SHARD, high, low]
        }
        PartOwner::Activity => vec![ACTIVITY],
        PartOwner::Model => vec![MODEL],
        PartOwner::Rooms => vec![ROOMS],
    }
}
