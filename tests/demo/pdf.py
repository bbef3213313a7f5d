"""Valid PDF files as offices scan them: a page of text, a page image of some megabytes, Vietnamese metadata."""

import random
import unicodedata
from datetime import datetime
from pathlib import Path
from xml.sax.saxutils import escape

_WIDTH = 1240
"""Pixels of an A4 page at 150 dpi."""


def write_pdf(path: Path, *, title: str, author: str, made_at: datetime, megabytes: float, seed: int) -> None:
    """Write a PDF 1.7 of about the size asked for; the same arguments give the same bytes."""
    rows = max(1, round(megabytes * (1 << 20) / _WIDTH))
    noise = random.Random(seed).randbytes(rows * _WIDTH)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /Metadata 7 0 R /Lang (vi-VN) >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> /XObject << /Im1 6 0 R >> >> >>",
        _stream(b"", _page(title)),
        # A font of the reader's own: its letters have no Vietnamese, so the page shows the title without diacritics.
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman /Encoding /WinAnsiEncoding >>",
        _stream(
            b"/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray /BitsPerComponent 8"
            % (_WIDTH, rows),
            noise,
        ),
        _stream(b"/Type /Metadata /Subtype /XML", _xmp(title, author, made_at)),
        b"<< /Title %s /Author %s /Producer (lienthong) /CreationDate (D:%s) >>"
        % (_text(title), _text(author), made_at.strftime("%Y%m%d%H%M%SZ").encode()),
    ]
    path.write_bytes(_file(objects))


def _file(objects: list[bytes]) -> bytes:
    body = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    offsets: list[int] = []
    for number, each in enumerate(objects, 1):
        offsets.append(len(body))
        body += b"%d 0 obj\n" % number + each + b"\nendobj\n"
    start = len(body)
    body += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    body += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    body += b"trailer\n<< /Size %d /Root 1 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        len(objects),
        start,
    )
    return bytes(body)


def _stream(members: bytes, data: bytes) -> bytes:
    return b"<< %s /Length %d >>\nstream\n" % (members, len(data)) + data + b"\nendstream"


def _page(title: str) -> bytes:
    plain = unicodedata.normalize("NFD", title).translate(str.maketrans("đĐ", "dD"))
    shown = "".join(letter for letter in plain if not unicodedata.combining(letter)).encode("latin-1", "replace")
    for special in (b"\\", b"(", b")"):
        shown = shown.replace(special, b"\\" + special)
    return b"q 451 0 0 638 72 60 cm /Im1 Do Q\nBT /F1 13 Tf 72 780 Td (%s) Tj ET\n" % shown[:90]


def _text(text: str) -> bytes:
    return b"<" + b"\xfe\xff".hex().encode() + text.encode("utf-16-be").hex().encode() + b">"


def _xmp(title: str, author: str, made_at: datetime) -> bytes:
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/">
<dc:title><rdf:Alt><rdf:li xml:lang="vi">{escape(title)}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>{escape(author)}</rdf:li></rdf:Seq></dc:creator>
<dc:language><rdf:Bag><rdf:li>vi</rdf:li></rdf:Bag></dc:language>
<xmp:CreateDate>{made_at.isoformat()}</xmp:CreateDate>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>""".encode()
