//! What viewers say: in English and Chinese, of praise, questions, complaints and nothing much.

/// What a comment is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// It pleases.
    Praise,
    /// What it costs, whether it fits, where it is.
    Question,
    /// It does not please.
    Complaint,
    /// Nothing much.
    Chat,
}

/// Each topic in English, then in Chinese.
const SAID: [(Topic, [&[&str]; 2]); 4] = [
    (
        Topic::Praise,
        [
            &[
                "love it",
                "so pretty!",
                "this is great",
                "wow, want one",
                "best one tonight",
                "beautiful colour",
            ],
            &["好看!", "太喜欢了", "真不错", "想要", "太美了", "质量很好"],
        ],
    ),
    (
        Topic::Question,
        [
            &[
                "how much is it?",
                "what sizes are there?",
                "does it fit wide feet?",
                "link please",
                "is the price for two?",
            ],
            &["多少钱?", "有几个尺码?", "链接在哪里?", "包邮吗?", "还有优惠吗?"],
        ],
    ),
    (
        Topic::Complaint,
        [
            &["too expensive", "looks cheap", "not my thing", "boring", "bad quality last time"],
            &["太贵了", "不好看", "没意思", "质量差", "不喜欢"],
        ],
    ),
    (
        Topic::Chat,
        [
            &[
                "hi all",
                "hello from Lisbon",
                "first time here",
                "who else is from Hamburg?",
                "good evening",
            ],
            &["大家好", "晚上好", "第一次来", "主播好", "来自成都"],
        ],
    ),
];

/// One comment: `language` 0 is English, 1 Chinese; `luck` chooses among them.
#[must_use]
pub fn said(topic: Topic, language: usize, luck: usize) -> &'static str {
    let all = SAID.iter().find(|(known, _)| *known == topic).map_or(&SAID[3], |found| found);
    let phrases = all.1[language % 2];
    phrases[luck % phrases.len()]
}
