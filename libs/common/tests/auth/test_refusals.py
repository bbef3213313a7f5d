"""Every reason of the signing library has one error for callers, in both languages."""

import pytest

from lienthong.common.auth import REFUSALS, to_error
from lienthong.common.errors import Kind
from lienthong.common.problems import to_problem
from lienthong.common.signing import MaterialRefused, Reason


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_words_and_advice(reason: Reason) -> None:
    error = to_error(MaterialRefused(reason, "quotes /v1/secret-path"))
    for language in ("vi", "en"):
        problem = to_problem(error, language=language, instance="/v1/messages")
        assert problem["code"] == reason.value.replace(".", "_")
        assert problem["violations"][0]["code"] == reason.value
        assert problem["title"]
        assert problem["advice"]
        assert "secret-path" not in str(problem)


def test_what_only_wants_revocation_data_may_be_sent_again() -> None:
    assert REFUSALS[Reason.REVOCATION_STALE].kind is Kind.UNAVAILABLE
    assert to_error(MaterialRefused(Reason.REVOCATION_STALE)).retry_after == 300
    assert REFUSALS[Reason.CERTIFICATE_REVOKED].kind is Kind.REFUSED


def test_codes_are_unique() -> None:
    assert len({error.code for error in REFUSALS.values()}) == len(Reason)
