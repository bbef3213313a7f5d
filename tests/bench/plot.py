"""`python -m tests.bench.plot BEFORE AFTER > docs/performance.svg`: shares of the floor, two runs beside each other.

Each file holds the JSON lines of one run. Drawn by hand: bars and words need no library, and the page no picture of
another kind than text.
"""

import json
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path

GOALS = {"batch-2k": 0.5, "batch-10k": 0.5, "single-2k": 0.25, "fanout100-2k": 2.0}
_WIDTH, _LEFT, _ROW, _BAR = 760, 130, 44, 15
_MOST = 3.25
"""The ratio at the right end."""
_LABEL = 36
_COLOURS = ("#b8c4d6", "#2f5d9b")


def main() -> int:
    """Draw what the two files say."""
    before, after = (_ratios(Path(name)) for name in sys.argv[1:3])
    sys.stdout.write("".join(_drawn(before, after)))
    return 0


def _ratios(path: Path) -> dict[str, float]:
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.startswith("{")]
    return {line["scenario"]: line["ratio"] for line in lines if line.get("ratio") and not line.get("stored")}


def _drawn(before: dict[str, float], after: dict[str, float]) -> Iterator[str]:
    height = 40 + _ROW * len(after) + 30
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif" '
    yield 'font-size="12">\n<rect width="100%" height="100%" fill="white"/>\n'
    for place, (words, colour) in enumerate(zip(("before", "after", "goal"), (*_COLOURS, "#c0392b"), strict=True)):
        yield f'<rect x="{_LEFT + place * 90}" y="10" width="12" height="12" fill="{colour}"/>\n'
        yield f'<text x="{_LEFT + place * 90 + 18}" y="20">{words}</text>\n'
    for row, name in enumerate(after):
        yield from _row(40 + row * _ROW, name, (before.get(name), after[name]))
    yield f'<text x="{_LEFT}" y="{height - 10}" fill="#555">CPU time of the floor / CPU time of the product, '
    yield "all server processes; more is better</text>\n</svg>\n"


def _row(top: int, name: str, ratios: tuple[float | None, float]) -> Iterator[str]:
    yield f'<text x="{_LEFT - 10}" y="{top + 20}" text-anchor="end">{escape(name)}</text>\n'
    for place, (ratio, colour) in enumerate(zip(ratios, _COLOURS, strict=True)):
        if ratio is not None:
            y = top + place * (_BAR + 1)
            yield f'<rect x="{_LEFT}" y="{y}" width="{_long(ratio):.1f}" height="{_BAR}" fill="{colour}"/>\n'
            goal = GOALS.get(name, 0.0)
            beside = goal if 0 <= _long(goal) - _long(ratio) < _LABEL else ratio  # a line through a number hides it
            yield f'<text x="{_LEFT + _long(beside) + 6:.1f}" y="{y + 12}">{ratio:.2f}</text>\n'
    if name in GOALS:
        x = _LEFT + _long(GOALS[name])
        yield f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top - 3}" y2="{top + 2 * _BAR + 4}" stroke="#c0392b" '
        yield 'stroke-width="2"/>\n'


def _long(ratio: float) -> float:
    return min(ratio, _MOST) / _MOST * (_WIDTH - _LEFT - 60)


if __name__ == "__main__":
    sys.exit(main())
