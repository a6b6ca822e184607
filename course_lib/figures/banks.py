"""Which bank of shared memory each lane of a warp hits: words that lie below one another share a bank."""

from collections import Counter

from course_lib.figures.drawing import BLUE, GREY, INK, QUIET, Drawing, box, drawing, text

BANKS = 32
CELL, GAP, LEFT, TOP, BARS = 7, 26, 14, 44, 40  # pixels; BARS: the height of a bar for 32 words


def banks(accesses: dict[str, list[int]]) -> Drawing:
    """`accesses`: what it is called -> the word (4 bytes) that each lane of a warp wants, in the order of lanes.

    Shared memory is drawn a row of 32 words at a time, a column for each bank. The words that the lanes want are
    filled; the bars below count the different words that a bank must give, one after the other.
    """
    rows = 1 + max(word // BANKS for words in accesses.values() for word in words)
    width = LEFT + len(accesses) * (BANKS * CELL + GAP) - GAP + LEFT
    bottom = TOP + rows * CELL
    parts = []
    for number, (name, words) in enumerate(accesses.items()):
        x = LEFT + number * (BANKS * CELL + GAP)
        load = _load(words)
        parts.append(text(x, 18, name, font_weight="bold"))
        parts.append(text(x, 36, _passes(max(load.values())), fill=INK))
        parts.append(box(x - 1, TOP - 1, BANKS * CELL + 2, rows * CELL + 2, GREY))
        parts += [_cell(x, word) for word in sorted(set(words))]
        parts += [_bar(x, bottom + 8, bank, count) for bank, count in sorted(load.items())]
        for bank in (0, 8, 16, 24, 31):
            parts.append(text(x + (bank + 0.5) * CELL, bottom + BARS + 24, bank, "middle", QUIET, font_size=10))
    captions = "bank; each row is 32 words of memory", "bars: how many words a bank must give"
    parts += [text(LEFT, bottom + BARS + 40 + 16 * line, words, fill=QUIET) for line, words in enumerate(captions)]
    words = "; ".join(f"{name}: {_in_words(_load(words))}" for name, words in accesses.items())
    return drawing(width, bottom + BARS + 66, "Lanes of a warp on the banks of shared memory", f"{words}.", parts)


def _load(words: list[int]) -> Counter:
    """How many different words each bank must give; lanes that want the same word get it together."""
    return Counter(word % BANKS for word in set(words))


def _cell(x: float, word: int) -> str:
    row, bank = divmod(word, BANKS)
    return box(x + bank * CELL, TOP + row * CELL, CELL - 1, CELL - 1, BLUE)


def _bar(x: float, y: float, bank: int, count: int) -> str:
    return box(x + bank * CELL, y, CELL - 1, max(2.0, BARS * count / BANKS), INK)


def _passes(most: int) -> str:
    return f"{most} pass{'es' if most > 1 else ''} over the banks"


def _in_words(load: Counter) -> str:
    most = max(load.values())
    if len(load) == BANKS and most == 1:
        return "each lane hits a bank of its own, 1 pass"
    which = ", ".join(str(bank) for bank in sorted(load)[:4]) + (", …" if len(load) > 4 else "")
    hit = f"{len(load)} bank{'s are' if len(load) > 1 else ' is'} hit ({which})"
    return f"{hit}, up to {most} word{'s' if most > 1 else ''} in one, {_passes(most)}"
