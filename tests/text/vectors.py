"""Golden vectors of scheme ``fs1``, by the plain implementation: ``python tests/text/vectors.py`` wrote them.

The scheme is frozen: the file is written once, and then tests hold the kernel and the plain implementation to it.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve()
PATH = HERE.parents[2] / "schemas" / "fs1-vectors.json"

EIGHT = "one two three four five six seven eight"
SENTENCE = (
    "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness. "
)

#: Names and texts; all are sampled at 1 and, where they are long, at 4.
TEXTS = {
    "empty": "",
    "no token": " \t\n—…!?()\U0001f600",
    "one token": "Findspot",
    "one letter": "a",
    "one character": "字",
    "seven words: too short": "one two three four five six seven",
    "eight words: one shingle": EIGHT,
    "case and punctuation": "ONE, two; “Three” (four) five—six: SEVEN/eight nine_ten",
    "repeated shingles": "a rose is a rose is a rose is a rose is a rose is a rose",
    "long and odd lengths of tokens": "a bc def ghij klmno pqrstu vwxyz01 23456789 abcdefghi " + "x" * 200,
    "apostrophes": "don't don’t donʼt o'clock it’s 'tis rock'n'roll we'll they'd I'm you're he's",
    "hyphens at line ends": "con-\nnection bro-  ken li\u2010\r\n nes end\u2011\u00a0ed -- not nor--\nhere state-of-the-art well-known -\nat the end-",
    "soft hyphens and joiners": "con\u00adnec\u00adtion zero\u200bwidth no\u2060break\ufeff mark\u200dsome more words follow here to be enough",
    "composed": "Ünïcödé naïve café Ångström señor garçon Dvořák Škoda Þórr Łódź smørrebrød fiancée",
    "decomposed": "U\u0308ni\u0308co\u0308de\u0301 nai\u0308ve cafe\u0301 A\u030angstro\u0308m sen\u0303or garc\u0327on Dvor\u030ca\u0301k S\u030ckoda Þo\u0301rr Ło\u0301dz\u0301 smørrebrød fiance\u0301e",
    "ligatures and compatibility": "ﬁnd ﬂow eﬀort oﬃce waﬄe ﬅone ĳs œuvre Ærø ½ ② Ⅳ ㎞ ℃ ™ ｆｕｌｌ ｗｉｄｔｈ 𝔉𝔯𝔞𝔨𝔱𝔲𝔯 x² H₂O",
    "special casing": "STRASSE straße İstanbul IŞIK ışık ΣΊΣΥΦΟΣ Σίσυφος ŉ ǰ ΐ ᾳ ſs Ǆ ǅ ǆ Ꭰ ꭰ Ა ა",
    "capitals newer than Unicode 14": "\u1c89\u1c8a \ua7cb\u0264 \ua7dc\u019b \U00010d50\U00010d70 \U00016ea0\U00016ebb one two three four five",
    "digits": "1 23 456 7,890 1.5 ٠١٢٣ ०१२३ ๐๑๒ ０１２ 二〇二六 1st 2nd 3rd 10th",
    "emoji and symbols": "so 😀 happy 👩\u200d👩\u200d👧 about 🇫🇷 that © ® ™ we → all √2 dance ❤\ufe0f on the street",
    "right to left": "בְּרֵאשִׁ֖ית בָּרָ֣א אֱלֹהִ֑ים אֵ֥ת הַשָּׁמַ֖יִם וְאֵ֥ת הָאָֽרֶץ׃ \u202eبِسْمِ ٱللَّهِ ٱلرَّحْمَٰنِ ٱلرَّحِيمِ\u202c كـتـاب کتاب كتاب",
    "Greek": "Ἐν ἀρχῇ ἦν ὁ λόγος, καὶ ὁ λόγος ἦν πρὸς τὸν θεόν, καὶ θεὸς ἦν ὁ λόγος.",
    "Cyrillic": "Все счастливые семьи похожи друг на друга, каждая несчастливая семья несчастлива по-своему. Ёлка й щёки",
    "Devanagari": "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है। क़ानून क\u093c\u094d क\u094d\u093c",
    "Tamil": "மனிதப் பிறிவியினர் சகலரும் சுதந்திரமாகவே பிறக்கின்றனர்; அவர்கள் மதிப்பிலும் உரிமைகளிலும் சமமானவர்கள்",
    "Tibetan marks": "འགྲོ་བ་མིའི་རིགས་རྒྱུད་ཡོངས་ལ་སྐྱེས་ཙམ་ཉིད་ནས་ཆེ་མཐོངས་དང༌། ཀ\u0f74\u0f71 ཀ\u0f73 ཀ\u0f71\u0f72 ཀ\u0f81",
    "Korean": "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다 \u1106\u1169\u1103\u1173\u11ab",
    "Chinese": "人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心，并应以兄弟关系的精神相对待。",
    "Chinese, traditional": "人人生而自由，在尊嚴和權利上一律平等。他們賦有理性和良心，並應以兄弟關係的精神相對待。",
    "Japanese": "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。何でも薄暗いじめじめした所でニャーニャー泣いていた事だけは記憶している。",
    "Japanese with ruby": "吾輩《わがはい》は猫である。名前はまだ無い。どこで生れたかとんと見当《けんとう》がつかぬ。何でも薄暗いじめじめした所でニャーニャー泣いていた事だけは記憶している。",
    "Japanese, half width and old forms": "ｶﾞｷﾞｸﾞｹﾞｺﾞ か\u3099き\u3099 國學院 氣 発 廣島 ㍿ 々 ゝ 一二三四五六七八九十",
    "kana title in brackets": "映画《ゴジラ》と小説《紅樓夢》《》《"
    + "か" * 33
    + "》のことを友達と長い間話していましたが終りませんでした",
    "Thai": "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ ต่างมีเหตุผลและมโนธรรม น้ำ ก\u0e48\u0e38 ก\u0e38\u0e48",
    "Lao": "ມະນຸດທຸກຄົນເກີດມາມີກຽດສັກສີ, ສິດທິ, ເສລີພາບແລະຄວາມສະເໝີພາບເທົ່າທຽມກັນ",
    "Khmer": "មនុស្សទាំងអស់កើតមកមានសេរីភាព និងភាពស្មើៗគ្នាក្នុងសេចក្ដីថ្លៃថ្នូរ និងសិទ្ធិ",
    "Burmese": "လူတိုင်းသည် တူညီ လွတ်လပ်သော ဂုဏ်သိက္ခာဖြင့် လည်းကောင်း၊ တူညီလွတ်လပ်သော အခွင့်အရေးများဖြင့် လည်းကောင်း",
    "scripts mixed": "In 1868 begann 明治維新 the Meiji Restoration; 東京 ist Tokyo, กรุงเทพ is Bangkok, и это всё in one sentence of 20 words",
    "characters beyond 16 bits": "\U00020000\U00020001\U0002a6d6\U00030000\U00012000\U00013000\U00017000 \U0001d400\U0001d401 \U00010400\U00010428 one two three four five six",
    "unassigned, private, control": "a\u0378b c\ue000d \U0010fffd e\0f \x1c g\x7fh i j k l m n o p",
    "marks without a letter": "\u0301 \u0e48 \u3099 \u094d one two three \u0e48four five six seven eight",
    "a run of many marks": "ก" + "\u0e48\u0e38" * 40 + " " + EIGHT,
    "Vietnamese": "Tất cả mọi người sinh ra đều được tự do và bình đẳng về nhân phẩm và quyền lợi",
    "Turkish": "Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar. İNSAN ılık",
    "prose": SENTENCE * 4 + EIGHT,
}

#: Long texts: a text and how often it is repeated, and ``scaled``.
LONG = {
    "10 MB of English": (SENTENCE + "{n} ", 86_000, 64),
    "1 MB of Chinese": ("人人生而自由{n}在尊严和权利上一律平等他们赋有理性和良心并应以兄弟关系的精神相对待", 8_500, 64),
    "one token of 100 kB": ("abcdefghij", 10_000, 1),
}


def plain() -> Any:
    """The plain implementation beside this file."""
    spec = importlib.util.spec_from_file_location("fs1_plain", HERE.with_name("fs1_plain.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def long_text(part: str, times: int) -> str:
    """``part`` again and again, ``{n}`` counting from 0."""
    return "".join(part.replace("{n}", str(n)) for n in range(times))


def vector(text: str, scaled: int) -> dict[str, Any]:
    """Fingerprint of a text: its tokens and hashes."""
    fs1 = plain()
    n_tokens, weight, whole, kept = fs1.sketch(text, scaled)
    tokens = [[token, weight] for token, weight in fs1.tokens(text)]
    return {
        "scaled": scaled,
        "n_tokens": n_tokens,
        "weight": weight,
        "tokens": tokens,
        "whole": None if whole is None else f"{whole:016x}",
        "hashes": [f"{h:016x}" for h, _ in kept],
        "positions": [place for _, place in kept],
    }


def long_vector(part: str, times: int, scaled: int) -> dict[str, Any]:
    """Fingerprint of a long text: counts, and the digest of its bytes."""
    fs1 = plain()
    made = fs1.sketch(long_text(part, times), scaled)
    digest = hashlib.sha256(fs1.to_bytes(made, scaled)).hexdigest()
    n_tokens, weight, whole, kept = made
    return {
        "repeat": part,
        "times": times,
        "scaled": scaled,
        "n_tokens": n_tokens,
        "weight": weight,
        "whole": None if whole is None else f"{whole:016x}",
        "n_hashes": len(kept),
        "sha256": digest,
    }


def document() -> dict[str, Any]:
    """The whole file."""
    vectors = [{"name": name, "text": text, **vector(text, 1)} for name, text in TEXTS.items()]
    vectors.append({"name": "prose, sampled", "text": TEXTS["prose"], **vector(TEXTS["prose"], 4)})
    vectors += [{"name": name, **long_vector(*parts)} for name, parts in LONG.items()]
    return {"scheme": "fs1", "unicode": "18.0.0", "k": 8, "vectors": vectors}


def to_json(content: dict[str, Any]) -> str:
    """One vector a line."""
    lines = ",\n".join(json.dumps(v, ensure_ascii=True) for v in content["vectors"])
    head = json.dumps({k: v for k, v in content.items() if k != "vectors"})
    return f'{head[:-1]}, "vectors": [\n{lines}\n]}}\n'


if __name__ == "__main__":
    PATH.write_text(to_json(document()), "ascii")
    sys.stdout.write(f"{PATH.name}: {PATH.stat().st_size} bytes\n")
