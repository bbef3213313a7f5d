"""What an attached file is to the document (QD28; N6)."""

import pytest

from lienthong.common.messages.document import AttachmentRole
from lienthong.sdk.attachments import Upload, with_roles

MAIN, APPENDIX, ORIGINAL = AttachmentRole.MAIN, AttachmentRole.APPENDIX, AttachmentRole.ORIGINAL


def upload(name: str) -> Upload:
    return Upload(name, "application/pdf", 10, "ab" * 32)


@pytest.mark.requirement("N6")
@pytest.mark.parametrize(
    ("files", "originals", "roles"),
    [
        ([], [], []),
        (["a.pdf"], [], [MAIN]),
        (["a.pdf", "b.pdf", "c.pdf"], [], [MAIN, APPENDIX, APPENDIX]),
        (["a.pdf", "b.pdf"], ["a.docx"], [MAIN, APPENDIX, ORIGINAL]),
        ([], ["a.docx"], [ORIGINAL]),
    ],
)
def test_the_first_file_is_the_document(files: list[str], originals: list[str], roles: list[AttachmentRole]) -> None:
    named = with_roles([*map(upload, files)], [*map(upload, originals)])
    assert [each.role for each in named] == roles
    assert [each.name for each in named] == [*files, *originals]
    assert len({each.id for each in named}) == len(named)
