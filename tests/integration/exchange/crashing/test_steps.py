"""The table of moments and docs/way-of-a-document.md tell the same steps, and every function of the table is there."""

import inspect
import re
from pathlib import Path

import pytest
from tests.integration.exchange.crashing.process import find
from tests.integration.exchange.crashing.steps import STEPS, WITHOUT_A_CRASH_OF_THEIR_OWN, places

_PAGE = Path(__file__).parents[4] / "docs/way-of-a-document.md"
_STEP = re.compile(r"^\| (\d+\.\d+) \|", re.MULTILINE)


def test_every_numbered_step_can_be_hit_or_has_a_reason_why_not() -> None:
    numbered = set(_STEP.findall(_PAGE.read_text("utf-8")))
    assert numbered == STEPS.keys() | WITHOUT_A_CRASH_OF_THEIR_OWN.keys()
    assert not STEPS.keys() & WITHOUT_A_CRASH_OF_THEIR_OWN.keys()


@pytest.mark.parametrize("where", sorted(places()))
def test_every_place_is_a_function_of_the_service(where: str) -> None:
    owner, name = find(where)
    assert inspect.isfunction(inspect.getattr_static(owner, name)), f"{where}: correct the table in steps.py"
