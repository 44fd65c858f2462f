use super::*;

#[test]
fn an_item_is_nearer_to_its_own_category_than_to_others() {
    let shop = Shop::new(Dice::new(3));
    for item in 0..OPENING_ITEMS {
        let nature = shop.nature(item);
        let near = |category| dot(&nature.latent, shop.centre(category));
        let others = (0..CATEGORIES).filter(|other| *other != nature.category);
        let mean = others.map(near).sum::<f32>() / (CATEGORIES - 1) as f32;
        assert!(mean < near(nature.category), "item {item}");
    }
}

#[test]
fn categories_have_nothing_to_do_with_each_other() {
    let shop = Shop::new(Dice::new(2));
    for a in 0..CATEGORIES {
        assert!((dot(shop.centre(a), shop.centre(a)) - 1.0).abs() < 1e-5);
        assert!((0..a).all(|b| dot(shop.centre(a), shop.centre(b)).abs() < 1e-4));
    }
}
