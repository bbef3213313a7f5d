"""Both answers of every permission."""

from itertools import product

import pytest

from lienthong.common.ids import new_id
from lienthong.common.messages.document import Lane
from lienthong.exchange.domain.numbers import InboxKey
from lienthong.exchange.domain.permissions import Allowed, AttachmentTies, Denied, may_read_attachment, may_read_inbox


@pytest.mark.parametrize(("uploaded", "received"), list(product((True, False), repeat=2)))
def test_a_file_is_read_by_who_uploaded_or_received_it(uploaded: bool, received: bool) -> None:
    answer = may_read_attachment(AttachmentTies(uploaded=uploaded, received=received))
    assert isinstance(answer, Allowed) is (uploaded or received)


def test_an_inbox_is_read_by_its_agency_alone() -> None:
    own = new_id()
    assert may_read_inbox(own, InboxKey(own, Lane.URGENT)) == Allowed()
    assert isinstance(may_read_inbox(own, InboxKey(new_id(), Lane.URGENT)), Denied)
