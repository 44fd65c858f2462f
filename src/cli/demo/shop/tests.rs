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
