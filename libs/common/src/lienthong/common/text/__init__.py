"""Vietnamese text: what may be signed, how it is searched and sorted (TCVN 6909:2001, Unicode NFC)."""

from lienthong.common.text.faults import (
    FileNameFault,
    Nfc,
    TextFault,
    TextFaultKind,
    check_clean,
    find_text_faults,
    is_nfc,
    safe_file_name_fault,
)
from lienthong.common.text.keys import search_key, sort_key

__all__ = [
    "FileNameFault",
    "Nfc",
    "TextFault",
    "TextFaultKind",
    "check_clean",
    "find_text_faults",
    "is_nfc",
    "safe_file_name_fault",
    "search_key",
    "sort_key",
]
