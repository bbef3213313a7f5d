"""The chain of an inbox shows every gap, change and reorder."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from lienthong.common.ids import new_id
from lienthong.common.messages.document import Lane
from lienthong.exchange.domain.numbers import InboxKey, Link

INBOX = InboxKey(new_id(), Lane.ORDINARY)
hashes = st.lists(st.binary(max_size=4).map(lambda value: hashlib.sha256(value).digest()), max_size=8)


def chained(values: list[bytes], inbox: InboxKey = INBOX) -> Link:
    link = Link.first(inbox)
    for value in values:
        link = link.next(value)
    return link


def test_each_entry_has_the_next_number() -> None:
    assert chained([b"a" * 32, b"b" * 32]).n == 2


def test_the_first_link_is_as_published() -> None:
    start = hashlib.sha256(f"/agencies/{INBOX.agency_id}/inbox/ordinary".encode()).digest()
    expected = hashlib.sha256(start + b"a" * 32 + (1).to_bytes(8, "big")).digest()
    assert chained([b"a" * 32]).chain == expected


@given(hashes, hashes)
def test_two_histories_agree_only_if_they_are_the_same(one: list[bytes], other: list[bytes]) -> None:
    assert (chained(one) == chained(other)) is (one == other)


@given(hashes)
def test_two_inboxes_never_agree(values: list[bytes]) -> None:
    urgent = InboxKey(INBOX.agency_id, Lane.URGENT)
    assert chained(values).chain != chained(values, urgent).chain
