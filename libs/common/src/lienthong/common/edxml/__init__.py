"""edXML, the message of the national document axis (QCVN 102:2016/BTTTT), and ours: one table, both directions.

`table.py` is the table, `writer.py` writes strictly by it, `reader.py` reads tolerantly. Needs only pydantic.
"""

from lienthong.common.edxml.beside import Beside, StatusBeside, Stored
from lienthong.common.edxml.contents import FileContent
from lienthong.common.edxml.faults import MalformedEdxml, UnreadableEdxml, UnwritableEdxml
from lienthong.common.edxml.reader import MAX_BYTES, ReadDocument, ReadStatus, kind_of, read
from lienthong.common.edxml.writer import write_answer, write_document, write_status, write_take_back

__all__ = [
    "MAX_BYTES",
    "Beside",
    "FileContent",
    "MalformedEdxml",
    "ReadDocument",
    "ReadStatus",
    "StatusBeside",
    "Stored",
    "UnreadableEdxml",
    "UnwritableEdxml",
    "kind_of",
    "read",
    "write_answer",
    "write_document",
    "write_status",
    "write_take_back",
]
