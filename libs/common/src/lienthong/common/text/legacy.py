"""Words of the encodings before Unicode (TCVN3 "ABC", VNI) that were decoded as Latin-1.

A word is one if it is no Vietnamese syllable as it stands, but becomes one when read by the old table. Foreign names
(Müller, Curaçao) become no syllable, so they pass.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

_ONSETS: Final = "b c ch d đ g gh gi h k kh l m n ng ngh nh p ph qu r s t th tr v x"
_RHYMES: Final = (
    "a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây "
    "e ec em en eng eo ep et ê êch êm ên ênh êp êt êu "
    "i ia ich iêc iêm iên iêng iêp iêt iêu im in inh ip it iu "
    "o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oc oe oen oeo oet oi om on ong oong op "
    "ot ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt "
    "u ua uân uâng uât uây uc uê uêch uênh ui um un ung uơ uôc uôi uôm uôn uông uôt up ut "
    "uy uya uych uyên uyêt uynh uyt uyu ư ưa ưc ưi ưng ươc ươi ươm ươn ương ươp ươt ươu ưt ưu y yêm yên yêng yêt yêu"
)
_SYLLABLE = re.compile(f"(?:{_ONSETS.replace(' ', '|')})?(?:{_RHYMES.replace(' ', '|')})")
_STOPPED = re.compile(r".*(?:c|ch|p|t)")
_TONES: Final = "\u0300\u0309\u0303\u0301\u0323"
_TONES_OF_STOPPED: Final = frozenset("\u0301\u0323")

# Letters of Latin-1 and the signs TCVN3 put in their places, at least one plain letter and one beyond ASCII; a
# neighbour from elsewhere (ậ, a loose mark) shows that the text is Unicode.
_WORD = re.compile(
    r"(?<![A-Za-z\u00a1-\u036f\u1e00-\u1eff])(?=[\u00a1-\u00ff]*[A-Za-z])(?=[A-Za-z]*[\u00a1-\u00ff])"
    r"[A-Za-z\u00a1-\u00ff]++(?![\u0100-\u036f\u1e00-\u1eff])"
)
_STRONG_LENGTH: Final = 3
_LONGEST_REMEMBERED: Final = 48
_LONGEST: Final = 16
"""Letters of a word that is looked at: no syllable has as many in any encoding, and what is looked at is remembered."""
_MOST_DIFFERENT: Final = 5000
"""Words of one text that are looked at: a language has fewer of this sort, and each takes time."""

_TCVN3: Final = {
    ord(old): letter
    for olds, letters in (
        ("µ¸¶·¹", "àáảãạ"),
        ("¨»¾¼½Æ", "ăằắẳẵặ"),
        ("©ÇÊÈÉË", "âầấẩẫậ"),
        ("ÌÐÎÏÑ", "èéẻẽẹ"),
        ("ªÒÕÓÔÖ", "êềếểễệ"),
        ("×ÝØÜÞ", "ìíỉĩị"),
        ("ßãáâä", "òóỏõọ"),
        ("«åèæçé", "ôồốổỗộ"),
        ("¬êíëìî", "ơờớởỡợ"),
        ("ïóñòô", "ùúủũụ"),
        ("\u00adõøö÷ù", "ưừứửữự"),
        ("úýûüþ", "ỳýỷỹỵ"),
        ("®¡¢§£¤¥¦", "đĂÂĐÊÔƠƯ"),
    )
    for old, letter in zip(olds, letters, strict=True)
}

_VNI_VOWELS: Final = {
    **dict(zip(("aâ", "aê", "eâ", "oâ", "ô", "ö", "ñ"), "âăêôơưđ", strict=True)),
    **dict(zip(("aá", "aà", "aå", "aã", "aä"), "ấầẩẫậ", strict=True)),
    **dict(zip(("aé", "aè", "aú", "aü", "aë"), "ắằẳẵặ", strict=True)),
    **dict(zip(("eá", "eà", "eå", "eã", "eä"), "ếềểễệ", strict=True)),
    **dict(zip(("oá", "oà", "oå", "oã", "oä"), "ốồổỗộ", strict=True)),
    **dict(zip("íìæóòî", "íìỉĩịỵ", strict=True)),
}
_VNI_TONES: Final = dict(zip("øûõùï", _TONES, strict=True))
_VNI_PAIRS: Final = _VNI_VOWELS | {
    vowel + sign: unicodedata.normalize("NFC", _VNI_VOWELS.get(vowel, vowel) + tone)
    for vowel in ("a", "e", "o", "u", "y", "ô", "ö")
    for sign, tone in _VNI_TONES.items()
}
_VNI = re.compile("|".join(sorted(_VNI_PAIRS, key=len, reverse=True)))


def find_legacy_words(text: str) -> list[int]:
    """Where words of an old encoding begin. One short word alone (`µm`) is no evidence."""
    # Most texts have none. Blanks and quotes end words, so what stands between two is looked at first, and common
    # words once.
    if not any(_has_legacy(chunk) for chunk in set(text.replace('"', " ").split()) if not chunk.isascii()):
        return []
    judged: dict[str, bool] = {}
    found: list[re.Match[str]] = []
    for word in _WORD.finditer(text):
        letters = word[0]
        if letters not in judged and len(letters) <= _LONGEST and len(judged) < _MOST_DIFFERENT:
            judged[letters] = _is_legacy(letters)
        if judged.get(letters):
            found.append(word)
    if len(found) == 1 and len(found[0][0]) < _STRONG_LENGTH:
        return []
    return [word.start() for word in found]


def _has_legacy(chunk: str) -> bool:
    return len(chunk) > _LONGEST_REMEMBERED or _short_has_legacy(chunk)


@lru_cache(maxsize=8192)
def _short_has_legacy(chunk: str) -> bool:
    return any(_is_legacy(word) for word in _WORD.findall(chunk))


def _is_legacy(word: str) -> bool:
    return not is_syllable(word) and any(is_syllable(read) for read in _readings(word))


@lru_cache(maxsize=8192)  # a language has few syllables, and every text is asked about them
def is_syllable(word: str) -> bool:
    """Whether the word has the form of a Vietnamese syllable: onset, rhyme, one tone that fits the final."""
    letters = unicodedata.normalize("NFD", word.lower())
    tones = [mark for mark in letters if mark in _TONES]
    bare = unicodedata.normalize("NFC", "".join(mark for mark in letters if mark not in _TONES))
    if len(tones) > 1 or not _SYLLABLE.fullmatch(bare):
        return False
    return not _STOPPED.fullmatch(bare) or (bool(tones) and tones[0] in _TONES_OF_STOPPED)


def _readings(word: str) -> tuple[str, str]:
    # VNI capitals are the same table, capital by capital.
    return word.translate(_TCVN3), _VNI.sub(lambda pair: _VNI_PAIRS[pair[0]], word.lower())
