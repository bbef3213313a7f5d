"""What others wrote cannot speak to the terminal of whoever reads it."""

import json

import pytest
import typer

from lienthong.common.errors import Words
from lienthong.sdk.commands.output import Output
from lienthong.sdk.commands.usage import wrong_usage
from lienthong.sdk.problems import error_of_line

HOSTILE = "Báo cáo\x1b[2J\x1b]0;x\x07 \x9b31m \u202efdp.exe \ud800 \x7f"
OBEYED = set("\x1b\x07\x9b\u202e\ud800\x7f\r")


def test_titles_names_and_reasons_are_shown_without_what_a_terminal_obeys(capsys: pytest.CaptureFixture[str]) -> None:
    output, words = Output("en"), Words(HOSTILE, HOSTILE)
    output.table(words, [Words("Cột", "Column")], [[HOSTILE], ["[red]\r" + HOSTILE]])
    output.facts(words, {"to": (Words("Nơi nhận", "To"), HOSTILE)})
    output.say(HOSTILE)
    output.note(words)
    output.error(wrong_usage(typer.BadParameter(HOSTILE)))
    output.error(error_of_line(422, {"code": HOSTILE, "title": HOSTILE, "detail": "x\r" + HOSTILE, "advice": HOSTILE}))
    told = capsys.readouterr()
    assert not OBEYED & set(told.out + told.err)
    assert "Báo cáo\\u001b[2J" in told.out


def test_a_line_stays_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    Output("vi").say("Công văn\nThường 7 · 1/TB-UBND · giả")
    assert capsys.readouterr().out.count("\n") == 1


def test_json_is_read_back_as_it_was(capsys: pytest.CaptureFixture[str]) -> None:
    Output("vi", json=True).line({"title": HOSTILE + "\n\u2028"})
    told = capsys.readouterr().out
    assert not OBEYED & set(told)
    assert json.loads(told) == {"title": HOSTILE + "\n\u2028"}
