"""One strict reading; what is malformed and forbidden is refused as forbidden."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from services.exchange.tests.builders import attachment, event, report

from lienthong.common.errors import LienthongError
from lienthong.common.messages.envelope import MalformedEvent, UnknownEventType, to_bytes
from lienthong.exchange.domain.errors import MessageRefused
from lienthong.exchange.domain.reading import hashes_named, id_named, read_message

SAID = event(attachments=(attachment(),))
PAYLOAD = to_bytes(SAID)


def changed(**data: Any) -> bytes:
    value = json.loads(PAYLOAD)
    value["data"] |= data
    return json.dumps(value, ensure_ascii=False).encode()


def test_a_message_is_read_as_it_was_written() -> None:
    assert read_message(PAYLOAD) == SAID


def test_a_status_is_read_as_it_was_written() -> None:
    said = report().event
    assert read_message(to_bytes(said)) == said


def test_the_list_of_what_agencies_may_say_is_closed() -> None:
    with pytest.raises(UnknownEventType):
        read_message(PAYLOAD.replace(b"exchange.document_sent.v1", b"accounts.client_withdrawn.v1"))


def test_a_malformed_message_names_its_faults() -> None:
    with pytest.raises(MalformedEvent) as refused:
        read_message(changed(to=[], purpose="gossip"))
    assert [violation.pointer for violation in refused.value.violations] == ["/data/to", "/data/purpose"]


@pytest.mark.requirement("N3")
def test_a_malformed_secret_is_refused_with_both() -> None:
    with pytest.raises(MessageRefused) as refused:
        read_message(changed(secrecy="top_secret", purpose="gossip"))
    assert refused.value.rule == "N3"
    assert [violation.pointer for violation in refused.value.violations] == ["/data/secrecy", "/data/purpose"]


@pytest.mark.requirement("N8")
def test_text_that_is_not_nfc_is_told_once() -> None:
    with pytest.raises(MessageRefused) as refused:
        read_message(changed(subject="Ba\u0301o ca\u0301o"))
    found = [(violation.code, violation.rule, violation.pointer) for violation in refused.value.violations]
    assert found == [("not_nfc", "N8", "/data/subject")]


def test_what_a_message_names_is_found_in_a_broken_one_too() -> None:
    assert hashes_named(PAYLOAD) == ["ab" * 32]
    assert hashes_named(changed(to=[], attachments=[{"sha256": "cd" * 32}, {"sha256": "../x"}, 5])) == ["cd" * 32]
    assert id_named(PAYLOAD) == str(SAID.id)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_whatever_comes_is_refused_by_name(payload: bytes) -> None:
    assert hashes_named(payload) == []
    id_named(payload)
    with pytest.raises(LienthongError):
        read_message(payload)


@given(st.integers(0, len(PAYLOAD) - 1), st.binary(max_size=3))
def test_a_damaged_message_is_read_or_refused_by_name(place: int, put: bytes) -> None:
    with contextlib.suppress(LienthongError):
        read_message(PAYLOAD[:place] + put + PAYLOAD[place + 1 :])
