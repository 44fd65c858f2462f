use super::*;

const LIST: &str = "# remarks are left out
[feeling 2]
good\tlove\tlol\t:)\t好\t开心
[feeling -2]
bad\t差\t66
[negation]
not\tdon't\t不\t不是
[strength 1.5]
very\t很\t非常
[strength 0.5]
a bit\t有点
[price]
how much\t多少钱\t贵
[link]
link\t链接
[size]
what size\t尺码
[feeling -1]
贵
";

fn words() -> Words {
    Words::parse(&[LIST]).unwrap()
}

/// The sum behind a feeling.
fn check(comment: &str, sum: f32) {
    let found = words().read(comment).feeling;
    let expected = sum / (sum * sum + EVENNESS).sqrt();
    assert!((found - expected).abs() < 1e-5, "{comment}: {found}, not {expected}");
}

fn check_asks(comment: &str, asks: [bool; INTENTS]) {
    assert_eq!(words().read(comment).asks, asks, "{comment}");
}

#[test]
fn words_are_whole_and_of_any_case() {
    check("GOOD!", 2.0);
    check("goods and goodness", 0.0);
    check("this is good, I love it :)", 6.0);
}

#[test]
fn chinese_needs_no_spaces() {
    check("今天真开心啊", 2.0);
    check("质量差", -2.0);
}

#[test]
fn a_negation_turns_what_follows_around() {
    check("not good", -1.48);
    check("don’t really love it", -1.48);
    check("not this one here but good", 2.0);
    check("not. good", 2.0);
    check("not good, good", 0.52);
    check("not good good", 0.52);
    check("不好", -1.48);
    check("不是很好", -2.22);
    check("not not good", 2.0 * 0.74 * 0.74);
}

#[test]
fn strength_weighs_what_follows() {
    check("very good", 3.0);
    check("a bit bad", -1.0);
    check("非常差", -3.0);
}

#[test]
fn letters_that_are_repeated_count_as_two() {
    check("loooool", 0.0);
    check("gooooood", 2.0);
    check("6666666", -2.0);
    check("好好好好好好", 4.0);
}

#[test]
fn questions_are_told_apart() {
    check_asks("how much is it?", [true, false, false]);
    check_asks("多少钱，链接呢", [true, true, false]);
    check_asks("What SIZE are you wearing", [false, false, true]);
    check_asks("linked in blinking", [false; 3]);
    // One entry may do two things.
    check_asks("太贵了", [true, false, false]);
    check("太贵了", -1.0);
}

#[test]
fn nothing_says_nothing() {
    assert_eq!(words().read(""), Reading::default());
    assert_eq!(Words::default().read("good"), Reading::default());
    assert!(Words::default().is_empty() && words().len() == 25);
}

#[test]
fn a_long_comment_is_read_up_to_its_bound() {
    let long = "x ".repeat(LONGEST_COMMENT / 2) + "good";
    check(&long, 0.0);
}

#[test]
fn what_cannot_be_read_is_told_by_line() {
    let fails = |list: &str| Words::parse(&[list]).unwrap_err();
    let heading = fails("[feeling 1]\ngood\n[mood]\n");
    assert_eq!(heading, WordsError { line: 3, problem: WordsProblem::Heading("mood".into()) });
    assert_eq!(fails("[feeling 9]").problem, WordsProblem::Number("feeling 9".into()));
    assert_eq!(fails("[strength]").problem, WordsProblem::Number("strength".into()));
    assert_eq!(fails("good").problem, WordsProblem::NoHeading);
    let long = "x ".repeat(30);
    assert_eq!(fails(&format!("[price]\n{long}")).problem, WordsProblem::Long(long.into()));
}

#[test]
fn a_later_list_corrects_an_earlier_one() {
    let words = Words::parse(&[LIST, "[feeling -3]\nlol\n"]).unwrap();
    assert!(words.read("lol").feeling < 0.0);
}
