"""Both answers of every permission."""

from itertools import product

import pytest

from lienthong.exchange.domain.permissions import (
    Allowed,
    AttachmentTies,
    TrackTies,
    may_read_attachment,
    may_read_every_line,
    may_read_track,
)


@pytest.mark.parametrize(("uploaded", "received"), list(product((True, False), repeat=2)))
def test_a_file_is_read_by_who_uploaded_or_received_it(uploaded: bool, received: bool) -> None:
    answer = may_read_attachment(AttachmentTies(uploaded=uploaded, received=received))
    assert isinstance(answer, Allowed) is (uploaded or received)


@pytest.mark.parametrize(("sent", "received"), list(product((True, False), repeat=2)))
def test_a_track_is_read_by_who_sent_or_received_and_whole_by_the_sender_alone(sent: bool, received: bool) -> None:
    ties = TrackTies(sent=sent, received=received)
    assert isinstance(may_read_track(ties), Allowed) is (sent or received)
    assert isinstance(may_read_every_line(ties), Allowed) is sent
