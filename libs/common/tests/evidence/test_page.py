"""The page for people shows what others wrote, and obeys nothing of it."""

import io
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from lienthong.common.evidence import read_container
from lienthong.common.messages.document import CodeNumber, SignerInfo
from lienthong.common.messages.envelope import to_bytes
from lienthong.common.messages.status import StatusCode
from lienthong.common.testing.evidence import Notary, organization

pytestmark = pytest.mark.requirement("N5")

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</table></body><meta http-equiv=refresh content='0;url=//x'>",
    "<!--",
    "]]><svg/onload=alert(1)>",
    "&lt;script&gt; &amp;#60;",
    "</title><style>*{display:none}</style>",
    "\u202eđảo\x1b]0;x\x07\x9b1m",
]
ALLOWED = {
    *("html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "i", "br", "code"),
    *("table", "tr", "th", "td"),
}


class Tags(HTMLParser):
    """What a browser would make of it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, tuple(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


def read(notary: Notary, words: str) -> Tags:
    named = organization(notary.sender, words).model_copy(update={"code": words[:50]})
    document = notary.document(
        attachments=[b"x"],
        sender=named,
        subject=words,
        code=CodeNumber(number=words, notation=words),
        signer=SignerInfo(position=words, full_name=words),
    )
    attached = document.data.attachments[0].model_copy(update={"name": words})
    data = document.data.model_copy(update={"attachments": (attached,), "document_id": words})
    document = document.model_copy(update={"data": data})
    status = notary.status(document, StatusCode.REFUSED, description=words)
    sealed = notary.sender.signer.sign(to_bytes(document))
    accepted, *beside = notary.accept([(document, sealed), (status, notary.recipient.signer.sign(to_bytes(status)))])
    parts = replace(notary.parts(), subject=notary.subject(document), document=accepted, messages=beside)
    page = Tags()
    page.feed(read_container(io.BytesIO(notary.file(parts))).entries["summary.html"].decode())
    return page


def test_what_others_wrote_is_text_and_nothing_else(notary: Notary) -> None:
    plain = read(notary, "Văn bản").found
    assert {tag for tag, _ in plain} <= ALLOWED
    for words in HOSTILE:
        page = read(notary, words)
        assert page.found == plain, words
        if words.isprintable():
            assert words in page.text
        assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(page.text)
