use super::*;
use crate::CategoryId;

fn doc(categories: &[&str], tags: &[&str], title: &str) -> ItemDoc {
    ItemDoc {
        categories: categories.iter().map(|name| (CategoryId(0), (*name).into())).collect(),
        tags: tags.iter().map(|tag| (*tag).into()).collect(),
        title: Some(title.into()),
        ..ItemDoc::default()
    }
}

fn shared(a: &ItemDoc, b: &ItemDoc) -> usize {
    let (a, b) = (Content::of(a), Content::of(b));
    a.features.iter().filter(|feature| b.features.contains(feature)).count()
}

fn angle(a: &[f32], b: &[f32]) -> f32 {
    let (a, b) = (project(a), project(b));
    a.iter().zip(&b).map(|(x, y)| x * y).sum()
}

#[test]
fn a_word_is_the_same_in_any_title_and_another_thing_as_a_tag() {
    let trail = doc(&["shoes"], &[], "Trail Shoe, red");
    assert_eq!(shared(&trail, &doc(&[], &[], "RED trail")), 2);
    assert_eq!(shared(&trail, &doc(&[], &["trail"], "")), 0);
    assert_eq!(shared(&trail, &doc(&["shoes"], &[], "a b c")), 1);
}

#[test]
fn a_document_that_says_nothing_is_no_content() {
    assert!(Content::of(&ItemDoc::default()).is_empty());
    let zeros = ItemDoc { embedding: [0.0; 8].into(), ..ItemDoc::default() };
    assert!(Content::of(&zeros).is_empty());
    let endless = ItemDoc { embedding: [f32::INFINITY, 1.0].into(), ..ItemDoc::default() };
    assert!(Content::of(&endless).is_empty());
}

#[test]
fn features_are_bounded_and_sound() {
    let many: Vec<String> = (0..200).map(|n| format!("w{n}")).collect();
    let content = Content::of(&doc(&[], &[], &many.join(" ")));
    assert!(content.features.len() <= MOST_FEATURES && 20 < content.features.len());
    let squares: f32 = content.parts().map(|(_, x)| x * x).sum();
    assert!((squares - 1.0).abs() < 1e-5);
    let (kinds, embedding) = content.raw();
    assert_eq!(Content::from_raw(&kinds.map(Into::into), embedding.into()), Some(content));
    let none = || Box::<[u16]>::default();
    assert_eq!(Content::from_raw(&[none(), [3, 3].into()], [].into()), None);
    assert_eq!(Content::from_raw(&[none(), none()], [1.0; 3].into()), None);
}

#[test]
fn long_embeddings_keep_their_angles_nearly_and_short_ones_exactly() {
    let wave = |shift: f32| (0..768).map(|n| (n as f32 * 0.37 + shift).sin()).collect::<Vec<f32>>();
    let huge: Vec<f32> = wave(0.0).iter().map(|x| x * 1e30).collect();
    assert!((angle(&wave(0.0), &huge) - 1.0).abs() < 1e-4);
    assert!(0.8 < angle(&wave(0.0), &wave(0.3)));
    assert!(angle(&wave(0.0), &wave(1.57)).abs() < 0.5);
    assert!((angle(&[1.0, 0.0], &[1.0, 1.0]) - 0.5_f32.sqrt()).abs() < 1e-6);
}
