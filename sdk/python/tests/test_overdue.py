"""What is late, told page by page and shown to clerks and programs."""

from typing import Any

import pytest
from commanding import run
from counterpart import Counterpart, Line
from letters import organizations

from lienthong.common.clock import SystemClock, to_text
from lienthong.common.ids import new_id
from lienthong.sdk.commands.root import main

pytestmark = pytest.mark.usefixtures("profile")


def owed(counterpart: Counterpart, title: str, **changes: Any) -> Line:
    own, other = organizations(counterpart)
    at = to_text(SystemClock().now())
    officer = {"full_name": "Lê Văn An", "position": None, "email": None, "telephone": "0276 3822 000"}
    told: Line = {
        "kind": "receive",
        "owed_by": {"agency_id": str(other.agency_id), "name": other.name, "contact_officer": officer},
        "source": f"/agencies/{own.agency_id}",
        "message_id": str(new_id()),
        "lane": "ordinary",
        "document_id": "000.00.11.H53,2026/11/22,15/STC-QLNS",
        "title": title,
        "accepted_at": at,
        "due_at": at,
        "ends_at": at,
    }
    return told | changes


def test_every_page_is_read_and_clerks_see_whom_to_call(
    counterpart: Counterpart, capsys: pytest.CaptureFixture[str]
) -> None:
    counterpart.overdue["others", ""] = {"overdue": [owed(counterpart, "V/v góp ý")], "next": "a.b.receive"}
    later = owed(counterpart, "V/v khác", kind="from_the_future", unheard_of=1)
    counterpart.overdue["others", "a.b.receive"] = {"overdue": [later], "next": None}
    counterpart.overdue["own", ""] = {"overdue": [], "next": None}
    told = run(capsys, "overdue", "--others")
    assert [each["title"] for each in told] == ["V/v góp ý", "V/v khác"]
    assert main(["agency", "overdue", "--others"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert all(each in shown for each in ("Sở Tư pháp", "Lê Văn An", "V/v góp ý", "from_the_future"))
    assert run(capsys, "overdue") == []
    assert main(["agency", "overdue"]) == 0
    assert "Không có việc quá hạn" in capsys.readouterr().err


@pytest.mark.parametrize("page", [{"overdue": "x", "next": None}, {"overdue": [{"kind": "receive"}]}, {}])
def test_odd_answers_are_not_believed(counterpart: Counterpart, capsys: pytest.CaptureFixture[str], page: Line) -> None:
    counterpart.overdue["own", ""] = page
    assert main(["agency", "overdue"]) == 1
    assert "unexpected_answer" in capsys.readouterr().err


@pytest.mark.parametrize("way", [["a", "a"], ["a", "b", "a"], ["a", "b", "c", "b"]])
@pytest.mark.timeout(20)
def test_a_list_that_leads_back_to_itself_comes_to_an_end(
    counterpart: Counterpart, capsys: pytest.CaptureFixture[str], way: list[str]
) -> None:
    for here, there in zip(["", *way], way, strict=False):
        counterpart.overdue["own", here] = {"overdue": [], "next": there}
    assert main(["agency", "overdue", "--json"]) == 1
    assert "unexpected_answer" in capsys.readouterr().out
