"""The family of errors refuses an incomplete or doubled declaration when it is imported."""

import pytest

from lienthong.common.errors import Kind, LienthongError, Words

WORDS = Words("Một câu", "A sentence")


def declare(name: str, members: dict[str, object], **keywords: bool) -> type[LienthongError]:
    return type(LienthongError)(name, (LienthongError,), {"__module__": __name__} | members, **keywords)


def complete(code: str) -> dict[str, object]:
    return {"__doc__": "Something.", "code": code, "kind": Kind.REFUSED, "title": WORDS, "advice": WORDS}


def test_a_complete_error_is_known_by_its_code() -> None:
    error = declare("Complete", complete("test_complete"))
    assert error in LienthongError.every_error()
    codes = [each.code for each in LienthongError.every_error()]
    assert codes == sorted(set(codes))


@pytest.mark.parametrize("member", ["__doc__", "code", "kind", "title", "advice"])
def test_an_incomplete_error_is_refused(member: str) -> None:
    members = complete(f"test_without_{member.strip('_')}")
    del members[member]
    with pytest.raises(TypeError, match="declares"):
        declare("Incomplete", members)


def test_a_code_taken_twice_is_refused() -> None:
    declare("First", complete("test_twice"))
    with pytest.raises(TypeError, match="belongs to"):
        declare("Second", complete("test_twice"))


def test_an_inherited_code_is_refused() -> None:
    parent = declare("Parent", complete("test_parent"))
    with pytest.raises(TypeError, match="code of its own"):
        type(LienthongError)("Child", (parent,), {"__module__": __name__, "__doc__": "Another."})


@pytest.mark.parametrize("code", ["Upper", "two words", "kebab-case", "_leading", "trailing_", "a__b", "1a", "đ"])
def test_a_code_of_another_form_is_refused(code: str) -> None:
    with pytest.raises(TypeError, match="underscores"):
        declare("Odd", complete(code))


def test_a_group_of_errors_has_no_code() -> None:
    group = declare("Group", {}, abstract=True)
    assert group not in LienthongError.every_error()


def test_an_error_without_detail_says_its_title() -> None:
    error = declare("Silent", complete("test_silent"))
    assert error().words == WORDS
    assert str(error()) == "A sentence"
    assert error(Words("Chi tiết", "Detail")).words.vi == "Chi tiết"


def test_the_rule_of_the_case_goes_before_the_rule_of_the_class() -> None:
    error = declare("Ruled", complete("test_ruled") | {"RULE": "N3"})
    assert error().rule == "N3"
    assert error(rule="N8").rule == "N8"


@pytest.mark.parametrize("words", [("", "x"), ("x", " ")])
def test_a_sentence_stands_in_both_languages(words: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match="Vietnamese"):
        Words(*words)


def test_every_kind_is_an_http_status_of_refusal() -> None:
    assert all(400 <= kind.status < 600 for kind in Kind)
    assert len({kind.status for kind in Kind}) == len(Kind)
