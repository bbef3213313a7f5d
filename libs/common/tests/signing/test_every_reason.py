"""Every reason the library can give is provoked here, and nothing else comes of the provocation."""

import pytest

from lienthong.common.signing import Reason, SigningError, explain

from . import provoke_certificate, provoke_form, provoke_material, provoke_revocation
from .provocations import PROVOCATIONS, Provocation

assert provoke_form
assert provoke_certificate
assert provoke_revocation
assert provoke_material

CASES = [
    pytest.param(reason, provocation, id=f"{reason.value}-{number}")
    for reason, provocations in sorted(PROVOCATIONS.items())
    for number, provocation in enumerate(provocations)
]


@pytest.mark.parametrize(("reason", "provocation"), CASES)
def test_a_provocation_is_refused_by_its_own_name(reason: Reason, provocation: Provocation) -> None:
    with pytest.raises(SigningError) as refused:
        provocation()
    assert refused.value.reason is reason, refused.value


def test_no_reason_is_left_unprovoked() -> None:
    assert set(PROVOCATIONS) == set(Reason)


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_its_sentence_in_both_languages(reason: Reason) -> None:
    sentence = explain(reason)
    assert sentence.vi.endswith(".")
    assert sentence.en.endswith(".")


def test_names_of_reasons_are_unique_and_of_one_form() -> None:
    values = [reason.value for reason in Reason]
    assert len(set(values)) == len(values)
    assert all(len(value.split(".")) == 2 and value.replace(".", "_").isidentifier() for value in values)
