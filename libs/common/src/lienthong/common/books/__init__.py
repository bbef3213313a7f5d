"""`lienthong books`: all that a service has written down, as files that anybody can read and count.

One folder per service: a file of JSON lines per table, in the order of its primary key, and `manifest.json`, which is
written last: without it the export is unfinished. All files show one moment of the database. Bytes stand in base64,
times in UTC. Secrets are not among them, because no table holds any.
"""

from lienthong.common.books.check import check_books
from lienthong.common.books.export import BooksThere, Manifest, export_books

__all__ = ["BooksThere", "Manifest", "check_books", "export_books"]
