"""File contents by SHA-256, in a folder or in S3."""

from pathlib import Path

from lienthong.common.objects.local import LocalObjects
from lienthong.common.objects.store import ObjectMissing, ObjectStore, RangeNotThere, StoreAway, StoredObject, StoreFull

__all__ = [
    "LocalObjects",
    "ObjectMissing",
    "ObjectStore",
    "RangeNotThere",
    "StoreAway",
    "StoreFull",
    "StoredObject",
    "open_objects",
]


def open_objects(uri: str) -> ObjectStore:
    """The store of LIENTHONG_OBJECTS: `file:/folder` or `s3://bucket/prefix`. Raises ValueError for another form."""
    scheme, _, rest = uri.partition(":")
    if scheme == "file" and rest:
        return LocalObjects(Path(rest.removeprefix("//")))
    if scheme == "s3" and rest.startswith("//"):
        from lienthong.common.objects.s3 import open_s3  # noqa: PLC0415 - obstore is loaded only where it is used

        return open_s3(uri)
    raise ValueError("LIENTHONG_OBJECTS is file:/folder or s3://bucket/prefix")
