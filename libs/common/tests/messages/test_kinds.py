"""Kinds of document have the names and abbreviations of Decree 30/2020."""

import json
from pathlib import Path

import pytest

from lienthong.common.messages.document import DocumentKind
from lienthong.common.messages.kinds import COPIES, KINDS, LEGAL_NORMATIVE

TOLD = json.loads((Path(__file__).parent / "data" / "document_types.json").read_text("utf-8"))


def test_every_kind_has_a_name() -> None:
    assert set(KINDS) == set(DocumentKind)


@pytest.mark.parametrize("told", TOLD["kinds"] + TOLD["copies"], ids=lambda told: told["name_vi"])
def test_names_and_abbreviations_are_those_of_the_decree(told: dict[str, str | None]) -> None:
    name = (told["name_vi"] or "").removesuffix(" (cá biệt)")
    kinds = set(KINDS) - LEGAL_NORMATIVE
    assert told["abbreviation"] in {KINDS[kind].abbreviation for kind in kinds if KINDS[kind].name == name}


@pytest.mark.parametrize("told", TOLD["legal_normative_kinds"], ids=lambda told: told["name_vi"])
def test_legal_normative_kinds_are_known(told: dict[str, str]) -> None:
    assert told["name_vi"] in {KINDS[kind].name for kind in LEGAL_NORMATIVE}


def test_copies_are_the_three_of_the_decree() -> None:
    assert {KINDS[kind].abbreviation for kind in COPIES} == {"SY", "TrS", "SL"}
