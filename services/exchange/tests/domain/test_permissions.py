"""Both answers of every permission."""

from itertools import product

import pytest

from lienthong.exchange.domain.permissions import Allowed, AttachmentTies, may_read_attachment


@pytest.mark.parametrize(("uploaded", "received"), list(product((True, False), repeat=2)))
def test_a_file_is_read_by_who_uploaded_or_received_it(uploaded: bool, received: bool) -> None:
    answer = may_read_attachment(AttachmentTies(uploaded=uploaded, received=received))
    assert isinstance(answer, Allowed) is (uploaded or received)
