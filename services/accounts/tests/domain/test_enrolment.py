"""Enrolment codes: random, readable, kept as digests."""

import os
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from lienthong.accounts.domain.enrolment import Enrolment, digest, make_code
from lienthong.common.ids import new_id


def test_a_code_is_five_groups_of_four_unmistakable_letters() -> None:
    code = make_code(os.urandom)
    groups = code.split("-")
    assert [len(group) for group in groups] == [4] * 5
    assert not set("".join(groups)) & set("ILOU")
    assert make_code(os.urandom) != code


@given(st.binary(min_size=20, max_size=20))
def test_a_code_read_out_on_the_telephone_is_the_same_code(random: bytes) -> None:
    code = make_code(lambda count: random[:count])
    heard = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert digest(heard) == digest(code)


def test_another_code_does_not_fit() -> None:
    code = make_code(os.urandom)
    kept = Enrolment(new_id(), digest(code), datetime(2026, 1, 1, tzinfo=UTC))
    assert kept.fits(code)
    assert not kept.fits(make_code(os.urandom))
    assert not kept.fits("")
    assert code not in repr(kept)
