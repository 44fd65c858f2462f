#!/usr/bin/env python3
"""Makes english.txt and chinese.txt from the lists they are drawn from: make.py FOLDER

FOLDER holds vader_lexicon.txt (vaderSentiment 3.3.2) and, of jionlp 1.5.31, zh_jionlp_sentiment_words.txt,
zh_jionlp_negative_words.txt and zh_jionlp_sentiment_expand_words.txt. Left out are, in English, feelings below 0.4 and words that
negate; in Chinese, words of more than three characters, which are sayings nobody types in a live room. Chinese feelings, from -1.9
to 1.9 there, are stretched to the range of the English ones, good ones less: many of them stand in any text.
"""
import sys
from collections import defaultdict
from pathlib import Path

NEGATIONS = """ain't aint arent aren't cannot cant can't couldnt couldn't darent didnt didn't doesnt doesn't dont don't hadnt
hadn't hardly hasnt hasn't havent haven't isnt isn't mightnt mightn't mustnt mustn't neednt needn't neither never no none nope nor
not nothing nowhere oughtnt oughtn't rarely scarcely seldom shant shan't shouldnt shouldn't wasnt wasn't werent weren't without
wont won't wouldnt wouldn't""".split()
STRONGER = """absolutely amazingly awfully completely considerably decidedly deeply enormously entirely especially exceptionally
extremely fabulously fully greatly highly hugely incredibly intensely majorly more most particularly purely quite really remarkably so
substantially super thoroughly totally tremendously uber unbelievably unusually utterly very way""".split()
WEAKER = ["almost", "barely", "kind of", "kinda", "kindof", "less", "little", "marginally", "occasionally", "partly", "a bit",
          "scarcely", "slightly", "somewhat", "sort of", "sorta"]


def rows(folder, name):
    for line in (folder / name).read_text(encoding="utf-8").splitlines():
        if line.strip():
            yield line.split("\t")


def write(path, source, sections):
    lines = [f"# {line}" for line in source]
    for heading, words in sections:
        lines.append(f"[{heading}]")
        words = sorted(words)
        lines.extend("\t".join(words[at:at + 24]) for at in range(0, len(words), 24))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def feelings(values):
    groups = defaultdict(set)
    for word, value in values:
        groups[round(value, 1)].add(word)
    return [(f"feeling {value:g}", groups[value]) for value in sorted(groups)]


def english(folder):
    values = [(row[0].lower(), float(row[1])) for row in rows(folder, "vader_lexicon.txt")]
    kept = [(word, value) for word, value in values if abs(value) >= 0.4 and word not in NEGATIONS
            and not word.startswith("#") and not (word.startswith("[") and word.endswith("]"))]
    return feelings(dict(kept).items()) + [
        ("negation", NEGATIONS), ("strength 1.3", STRONGER), ("strength 0.7", WEAKER)]


def chinese(folder):
    negations = {row[0] for row in rows(folder, "zh_jionlp_negative_words.txt")}
    told = [(row[0], float(row[1])) for row in rows(folder, "zh_jionlp_sentiment_words.txt")]
    values = [(word, value * (1.0 if value > 0 else 1.5)) for word, value in told]
    kept = [(word, value) for word, value in values if len(word) <= 3 and word not in negations]
    strengths = defaultdict(set)
    for word, value in rows(folder, "zh_jionlp_sentiment_expand_words.txt"):
        strengths[float(value)].add(word)
    return feelings(dict(kept).items()) + [("negation", negations)] + [
        (f"strength {value:g}", strengths[value]) for value in sorted(strengths)]


def main():
    folder, here = Path(sys.argv[1]), Path(__file__).parent
    write(here / "english.txt", ["Drawn from VADER's lexicon by make.py. Copyright (c) 2016 C.J. Hutto, MIT licence: see NOTICE.md."],
          english(folder))
    write(here / "chinese.txt", ["Drawn from jionlp's lists by make.py. Copyright jionlp's authors, Apache License 2.0: see NOTICE.md."],
          chinese(folder))


main()
