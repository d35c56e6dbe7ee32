"""In which script a text is written, by the ranges of Unicode."""

from bisect import bisect_right
from functools import lru_cache

# Fewer letters are a name or a word of another language.
_FEWEST_LETTERS = 40
_MOST_LETTERS = 120
_MOST_READ = 400
_SHARE = 0.9
# Where the block of each script begins and ends, in order. Source: Blocks.txt of the Unicode Character Database.
_BLOCKS = (
    (0x0041, 0x024F, "latin"),
    (0x0370, 0x03FF, "greek"),
    (0x0400, 0x052F, "cyrillic"),
    (0x0590, 0x05FF, "hebrew"),
    (0x0600, 0x077F, "arabic"),
    (0x0900, 0x097F, "devanagari"),
    (0x0980, 0x09FF, "bengali"),
    (0x0B80, 0x0BFF, "tamil"),
    (0x0E00, 0x0E7F, "thai"),
    (0x10A0, 0x10FF, "georgian"),
    (0x1E00, 0x1EFF, "latin"),
    (0x1F00, 0x1FFF, "greek"),
    (0x3040, 0x30FF, "japanese"),
    (0x4E00, 0x9FFF, "han"),
    (0xAC00, 0xD7AF, "korean"),
)
_STARTS = tuple(start for start, _, _ in _BLOCKS)


def script_of(text: str) -> str:
    """The script of nearly all letters; empty where there are few letters, or several scripts.

    Japanese is written with Chinese characters too: kana among them make it Japanese.
    """
    if text.isascii():
        return "latin" if sum(map(str.isalpha, text[:_MOST_READ])) >= _FEWEST_LETTERS else ""
    counted: dict[str, int] = {}
    letters = 0
    for letter in text:
        if letter.isalpha():
            letters += 1
            script = _of_letter(letter)
            counted[script] = counted.get(script, 0) + 1
            if letters >= _MOST_LETTERS:
                break
    if letters < _FEWEST_LETTERS:
        return ""
    if counted.get("japanese"):
        counted["japanese"] += counted.pop("han", 0)
    script, count = max(counted.items(), key=lambda item: item[1])
    return script if count >= _SHARE * letters else ""


@lru_cache(maxsize=16_384)
def _of_letter(letter: str) -> str:
    code = ord(letter)
    place = bisect_right(_STARTS, code) - 1
    if place < 0:
        return ""
    _, end, script = _BLOCKS[place]
    return script if code <= end else ""
