"""References of the manifest joined to the files carried along: one attachment each, by content id."""

from collections.abc import Sequence

from lienthong.common.edxml.building import place_of
from lienthong.common.edxml.contents import ZIP_TYPE, FileContent, media_type_of, unpacked
from lienthong.common.edxml.table import DOCUMENT
from lienthong.common.edxml.walk import Members, Walk


def join(
    references: Sequence[Members], carried: Sequence[Members], walk: Walk, max_bytes: int
) -> tuple[tuple[Members, ...], dict[str, FileContent]]:
    """Attachments as the message describes them, and their contents by id; what a reference says comes first.

    A file without a reference is an attachment too. Two of one id cannot be told apart: that is a fault.
    """
    referred, files = _by_id("attachments", references, walk), _by_id("contents", carried, walk)
    places = {content_id: place_of(DOCUMENT, ("contents", index)) for index, content_id in enumerate(files)}
    attachments: list[Members] = []
    contents: dict[str, FileContent] = {}
    for content_id in (*referred, *(each for each in files if each not in referred)):
        file = files.get(content_id, {})
        attachment = {**file, **referred.get(content_id, {})}
        content: FileContent | None = attachment.pop("content", None)
        if content is not None:
            try:
                inner = unpacked(content, attachment.get("name", ""), max_bytes)
            except ValueError:
                walk.tell("edxml_zip", places[content_id])
                continue
            if inner is not content:
                max_bytes -= inner.size  # for all files together: many small ZIPs are a bomb too
                _name_type(attachment, file)
            contents[content_id] = inner
        attachments.append(attachment)
    return tuple(attachments), contents


def _name_type(attachment: Members, file: Members) -> None:
    """A file out of its ZIP has its own media type, also where it was called after the ZIP."""
    said = (attachment.get("media_type", ZIP_TYPE), file.get("media_type", ZIP_TYPE))
    own = media_type_of(attachment.get("name", ""))
    attachment["media_type"] = next((each for each in said if each != ZIP_TYPE), own)


def _by_id(member: str, parts: Sequence[Members], walk: Walk) -> dict[str, Members]:
    found: dict[str, Members] = {}
    for index, part in enumerate(parts):
        content_id = part.get("id", "")
        if content_id in found:
            walk.tell("edxml_repeated", place_of(DOCUMENT, (member, index)))
        found.setdefault(content_id, part)
    return found
