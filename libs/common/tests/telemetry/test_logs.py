"""Logs say what happened and where, never what was sent."""

import io
import json
import logging
from collections.abc import Generator
from typing import Any

import pytest
import structlog
from pydantic import BaseModel, ValidationError

from lienthong.common.http.faults import BodyTooLarge
from lienthong.common.telemetry import configure_logs, make_tracing

SECRET = "nội dung mật"


class Form(BaseModel):
    pages: int


@pytest.fixture
def stream() -> Generator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logs("exchange", "api", stream=stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_says_who_speaks(stream: io.StringIO) -> None:
    structlog.get_logger("lienthong.x").info("thing done", number=3)
    [line] = lines(stream)
    assert (line["event"], line["level"], line["logger"]) == ("thing done", "info", "lienthong.x")
    assert (line["service"], line["role"], line["number"]) == ("exchange", "api", 3)
    assert line["time"].endswith("Z")


def test_a_line_carries_the_trace(stream: io.StringIO) -> None:
    with make_tracing("t").span("x", parent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"):
        structlog.get_logger("x").info("in a trace")
    assert lines(stream)[0]["trace_id"] == "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.mark.parametrize("member", ["payload", "content", "token", "password", "headers", "title"])
def test_members_that_could_carry_content_are_blanked(stream: io.StringIO, member: str) -> None:
    structlog.get_logger("x").info("seen", **{member: SECRET})
    assert SECRET not in stream.getvalue()


def test_bytes_are_given_by_their_length(stream: io.StringIO) -> None:
    structlog.get_logger("x").info("seen", attachment=SECRET.encode())
    assert lines(stream)[0]["attachment"] == f"[{len(SECRET.encode())} bytes]"


def test_an_exception_shows_its_place_and_not_its_words(stream: io.StringIO) -> None:
    try:
        Form.model_validate({"pages": SECRET})
    except ValidationError:
        structlog.get_logger("x").exception("refused")
    [line] = lines(stream)
    assert SECRET not in stream.getvalue()
    assert line["exception"]["type"].endswith("ValidationError")
    assert "test_logs.py" in line["exception"]["at"][0]


def test_so_does_one_that_a_library_logs(stream: io.StringIO) -> None:
    try:
        int(SECRET)
    except ValueError:
        logging.getLogger("asyncio").exception("Task exception was never retrieved")
    [line] = lines(stream)
    assert SECRET not in stream.getvalue()
    assert line["exception"]["type"] == "builtins.ValueError"


def test_causes_are_shown(stream: io.StringIO) -> None:
    try:
        try:
            raise ConnectionRefusedError(111, "Connection refused")
        except OSError as error:
            raise RuntimeError(SECRET) from error
    except RuntimeError:
        structlog.get_logger("x").exception("failed")
    [line] = lines(stream)
    assert line["exception"]["cause"]["words"] == "[Errno 111] Connection refused"
    assert "words" not in line["exception"]


def test_our_own_errors_keep_their_words(stream: io.StringIO) -> None:
    structlog.get_logger("x").warning("refused", exc_info=BodyTooLarge(10))
    assert lines(stream)[0]["exception"]["words"] == "The body is larger than 10 bytes"
