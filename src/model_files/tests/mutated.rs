//! Files that are anything at all: they are refused or taken in, and what is taken in computes, learns and is kept.

use proptest::prelude::*;

use super::*;

/// What is done to a file.
#[derive(Clone, Debug)]
enum Mutation {
    Flip { place: usize, bit: u8 },
    Number { place: usize, bytes: Vec<u8> },
    Digit { place: usize, digit: u8 },
    Cut { place: usize },
    Grow { bytes: Vec<u8> },
    Repeat { from: usize, to: usize, bytes: usize },
}

fn numbers() -> impl Strategy<Value = Vec<u8>> {
    let floats = prop_oneof![
        Just(f32::NAN),
        Just(f32::INFINITY),
        Just(f32::MAX),
        Just(f32::MIN_POSITIVE / 2.0),
        Just(-1.0),
        Just(5.9),
        Just(1e8),
    ];
    prop_oneof![
        floats.prop_map(|number| number.to_le_bytes().to_vec()),
        any::<u32>().prop_map(|number| number.to_le_bytes().to_vec()),
        prop_oneof![Just(u64::MAX), Just(0), Just(1 << 62), 0..4_000_u64]
            .prop_map(|number| number.to_le_bytes().to_vec()),
    ]
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let place = 0..1_usize << 16;
    prop_oneof![
        (place.clone(), 0..8_u8).prop_map(|(place, bit)| Mutation::Flip { place, bit }),
        (place.clone(), numbers()).prop_map(|(place, bytes)| Mutation::Number { place, bytes }),
        (place.clone(), b'0'..=b'9').prop_map(|(place, digit)| Mutation::Digit { place, digit }),
        place.clone().prop_map(|place| Mutation::Cut { place }),
        proptest::collection::vec(any::<u8>(), 1..40).prop_map(|bytes| Mutation::Grow { bytes }),
        (place.clone(), place, 1..64_usize).prop_map(|(from, to, bytes)| Mutation::Repeat {
            from,
            to,
            bytes
        }),
    ]
}

impl Mutation {
    fn apply(&self, file: &mut Vec<u8>) {
        let length = file.len().max(1);
        match self {
            Self::Flip { place, bit } => {
                if let Some(byte) = file.get_mut(place % length) {
                    *byte ^= 1 << bit;
                }
            }
            Self::Number { place, bytes } => {
                // Where numbers are: on a multiple of four.
                let places = file.iter_mut().skip((place % length) & !3);
                places.zip(bytes).for_each(|(byte, new)| *byte = *new);
            }
            Self::Digit { place, digit } => {
                let digits: Vec<usize> =
                    (0..file.len().min(1_600)).filter(|at| file[*at].is_ascii_digit()).collect();
                if let Some(at) = digits.get(place % digits.len().max(1)) {
                    file[*at] = *digit;
                }
            }
            Self::Cut { place } => file.truncate(place % length),
            Self::Grow { bytes } => file.extend_from_slice(bytes),
            Self::Repeat { from, to, bytes } => {
                let from = from % length;
                let piece = file[from.min(file.len())..(from + bytes).min(file.len())].to_vec();
                let places = file.iter_mut().skip(to % length);
                places.zip(piece).for_each(|(byte, new)| *byte = new);
            }
        }
    }
}

/// Takes the file in, if it will be, and holds what came of it to what every model promises.
fn take_in(bytes: &[u8]) -> Result<(), ImportError> {
    let learner = brought(bytes, 40)?.learner;
    let items: Vec<u32> = (0..100).collect();
    assert!(scores(&learner, &items, 70).iter().all(|score| score.is_finite()), "a score is none");
    let dir = tempfile::tempdir().unwrap();
    let files = KeptModels::open(dir.path().to_owned(), (SEED + 1, config()), Sequence(0)).unwrap();
    let mut live = learner.clone();
    let digest = files.keep(learner).unwrap();
    files.settled(digest);
    let mut replayed = files.load(digest).unwrap();
    for n in 1..30 {
        for learner in [&mut live, &mut replayed] {
            let item = |salt| ItemIndex(60 + (mix(salt, n) % 40) as u32);
            let history = vec![Past { item: item(2), age_s: 30 }];
            let user = ModelUser { hash: n % 3, events: 1, visit: 1, history, row: None };
            let (sequence, recent) = (Sequence(n), Vec::new());
            let sample = Sample { sequence, item: item(1), weight: 1.0, user, recent };
            let _ = learner.learn(&sample, &NoSources, Effort::Full);
        }
    }
    assert_eq!(live.digest(), replayed.digest(), "a replay comes to something else");
    assert!(scores(&live, &items, 70).iter().all(|score| score.is_finite()), "learning broke it");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn mutated_files_are_refused_or_make_a_model_that_computes_learns_and_is_kept(
        mutations in proptest::collection::vec(mutation(), 1..6),
    ) {
        let mut bytes = exported(&learned(60));
        for mutation in &mutations {
            mutation.apply(&mut bytes);
        }
        let _ = take_in(&bytes);
    }

    #[test]
    fn random_bytes_are_refused(
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
        header in "[\\[\\]{}\":,a-z_0-9]{0,200}",
    ) {
        prop_assert!(take_in(&bytes).is_err());
        let mut headed = (header.len() as u64).to_le_bytes().to_vec();
        headed.extend_from_slice(header.as_bytes());
        headed.extend_from_slice(&bytes);
        prop_assert!(take_in(&headed).is_err());
    }

    #[test]
    fn random_bytes_under_a_kept_models_name_are_refused(
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("00000000000000aa.model"), &bytes).unwrap();
        let mut headed = b"frshtmd1".to_vec();
        headed.extend_from_slice(&bytes);
        std::fs::write(dir.path().join("00000000000000bb.model"), &headed).unwrap();
        let files = kept(dir.path(), 0);
        prop_assert!(files.load(0xaa).is_err());
        prop_assert!(files.load(0xbb).is_err());
    }
}

#[test]
fn numbers_that_are_merely_odd_are_taken_in() {
    let odd = changed(&exported(&learned(60)), |tensors, _| {
        let bias = &mut tensors.get_mut("items.bias").unwrap().2;
        bias[..4].copy_from_slice(&7.5_f32.to_le_bytes());
        let age = &mut tensors.get_mut("items.age").unwrap().2;
        age[..4].copy_from_slice(&u32::MAX.to_le_bytes());
        drop(tensors.remove("highest"));
    });
    take_in(&odd).unwrap();
}
