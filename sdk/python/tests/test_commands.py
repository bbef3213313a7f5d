"""The command line answers bad input with a sentence and an exit code, in Vietnamese unless told otherwise."""

import io
import json
from pathlib import Path

import pytest
from pydantic import BaseModel
from stamina.instrumentation import RetryDetails

from lienthong.common.database import DatabaseAway
from lienthong.common.errors import Words
from lienthong.common.messages.document import Lane
from lienthong.sdk.commands.output import Exit, Language, Output, choose_language, exit_code, lane_name
from lienthong.sdk.commands.root import main, tell_of_waiting
from lienthong.sdk.errors import BadInput, Unreachable


@pytest.fixture(autouse=True)
def _no_profile(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LIENTHONG_PROFILE", str(tmp_path / "none"))
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.delenv("LIENTHONG_LANG", raising=False)


@pytest.mark.parametrize(
    "arguments",
    [
        ["nothing"],
        ["agency", "nothing"],
        ["agency", "init"],
        ["agency", "inbox", "--lane", "fast"],
        ["agency", "inbox", "--wait", "soon"],
        ["agency", "whoami"],
        ["agency", "send", "missing.pdf", "--to", "X"],
        ["agency", "send", "--date", "31/02/2026"],
    ],
)
def test_bad_input_ends_in_a_sentence_and_exit_code_two(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.err.strip()
    assert "Traceback" not in captured.err + captured.out


def test_errors_speak_vietnamese_by_default_and_english_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    main(["agency", "whoami"])
    assert "Chưa có hồ sơ" in capsys.readouterr().err
    main(["agency", "whoami", "--lang", "en"])
    assert "no profile" in capsys.readouterr().err


def test_with_json_an_error_is_one_object_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["agency", "whoami", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "sdk_profile_missing"


def test_a_question_that_nobody_answers_ends_in_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    (tmp_path / "root.pem").write_bytes(b"")
    addresses = ["--accounts", "http://accounts", "--exchange", "http://exchange"]
    anchors = ["--anchors", str(tmp_path / "root.pem")]
    assert main(["agency", "init", "--agency", "000.00.11.H53", *addresses, *anchors]) == 130
    assert "Đã dừng" in capsys.readouterr().err


def test_help_is_given_without_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "agency" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("given", "variable", "locale", "language"),
    [
        ("en", None, "vi_VN.UTF-8", "en"),
        (None, "en", "vi_VN.UTF-8", "en"),
        (None, None, "en_GB.UTF-8", "en"),
        (None, None, "C.UTF-8", "vi"),
        (None, None, "fr_FR.UTF-8", "vi"),
        ("vi", "en", "en_GB.UTF-8", "vi"),
    ],
)
def test_the_language_is_chosen_by_option_then_variable_then_locale(
    given: str | None, variable: str | None, locale: str, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANG", locale)
    if variable:
        monkeypatch.setenv("LIENTHONG_LANG", variable)
    assert choose_language(given) == language


def test_programs_read_values_and_people_read_words(capsys: pytest.CaptureFixture[str]) -> None:
    facts = {"lane": (Words("Luồng", "Lane"), lane_name(Lane.ORDINARY)), "repeated": (Words("Lặp", "Repeated"), False)}
    title = Words("Tiếp nhận", "Accepted")
    Output("vi", json=True).facts(title, facts)
    assert json.loads(capsys.readouterr().out) == {"lane": "ordinary", "repeated": False}
    told: list[tuple[Language, str, str]] = [("vi", "Thường", "Không"), ("en", "Ordinary", "no")]
    for language, lane, repeated in told:
        Output(language).facts(title, facts)
        shown = capsys.readouterr().out
        assert lane in shown
        assert repeated in shown


def test_people_are_told_where_a_list_has_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    def row(_each: BaseModel, _output: Output) -> list[str]:
        return []

    Output("vi").listing(Words("Sổ sự cố", "Outages"), [Words("Số", "No.")], [], row)
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "Sổ sự cố: chưa có gì.\n")


def test_people_are_spared_rows_without_a_value(capsys: pytest.CaptureFixture[str]) -> None:
    facts = {"cause": (Words("Nguyên nhân", "Cause"), "")}
    Output("vi").facts(Words("Topic", "Topic"), facts)
    assert "Nguyên nhân" not in capsys.readouterr().out
    Output("vi", json=True).facts(Words("Topic", "Topic"), facts)
    assert json.loads(capsys.readouterr().out) == {"cause": ""}


def test_a_platform_that_does_not_answer_is_told_of_once_while_it_is_waited_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    hook = tell_of_waiting(Output("en"))
    for number in range(1, 6):
        hook(RetryDetails("ask", (), {}, number, 0.2, 0.0, ConnectionError()))
    assert capsys.readouterr().err.count("trying again") == 1


@pytest.mark.parametrize(
    ("arguments", "vi", "en"),
    [
        (["nothing"], "Không có lệnh 'nothing'", "No such command 'nothing'."),
        (["agency", "statu"], "có phải 'status'?", "Did you mean 'status'?"),
        (["agency", "status"], "Thiếu tham số 'item'", "Missing argument 'item'."),
        (["operator", "key"], "Thiếu tham số 'file'", "Missing argument 'file'."),
        (["evidence", "verify", "x"], "Thiếu tùy chọn '--trust'", "Missing option '--trust'."),
        (["agency", "whoami", "--quick"], "Không có tùy chọn --quick", "No such option: --quick"),
        (["agency", "whoami", "--jso"], "có phải --json", "Possible options: --json"),
        (["agency", "whoami", "--profile"], "'--profile' cần một giá trị", "'--profile' requires an argument."),
        (["agency", "receive", "--follow=2"], "'--follow' không nhận giá trị", "does not take a value."),
        (["agency", "whoami", "a", "b"], "Thừa tham số: a b", "unexpected extra argument"),
        (
            ["agency", "inbox", "--wait", "soon"],
            "'--wait': không phải là số",
            "'--wait': Input should be a valid number",
        ),
    ],
)
def test_what_is_wrong_with_a_command_line_is_told_in_one_language(
    arguments: list[str], vi: str, en: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert vi in capsys.readouterr().err
    assert main([*arguments, "--lang", "en"]) == 2
    assert en in capsys.readouterr().err


def test_a_command_line_that_is_wrong_is_told_to_programs_as_other_errors_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["agency", "nothing", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "sdk_wrong_usage"


@pytest.mark.parametrize("language", [["--lang", "fr"], ["--lang=fr"], ["--lang"]])
def test_a_language_that_is_not_spoken_is_refused(language: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["agency", "whoami", *language]) == 2
    assert "vi hoặc en" in capsys.readouterr().err


def test_help_speaks_one_language(capsys: pytest.CaptureFixture[str]) -> None:
    for words in ([], ["agency"], ["evidence", "--help"], ["agency", "status", "--help"]):
        assert main([*words]) == 0
        vietnamese = capsys.readouterr().out
        assert main([*words, "--lang", "en"]) == 0
        english = capsys.readouterr().out
        assert english.isascii() or "status" in words
        assert " / " not in vietnamese + english
        assert vietnamese != english


def test_what_is_away_may_be_tried_again_as_it_is() -> None:
    assert exit_code(DatabaseAway()) == Exit.AGAIN
    assert exit_code(Unreachable()) == Exit.AGAIN
    assert exit_code(BadInput()) == Exit.USAGE
