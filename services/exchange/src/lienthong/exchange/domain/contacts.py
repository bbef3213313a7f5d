"""Contact officers of agencies (N9)."""

from lienthong.common.errors import Kind, LienthongError, Words


class NoSuchAgency(LienthongError):
    """The exchange knows no agency of this id."""

    code = "no_such_agency"
    kind = Kind.NOT_FOUND
    title = Words("Không có cơ quan này", "There is no such agency")
    advice = Words("Tra cứu cơ quan trong danh bạ của accounts.", "Look the agency up in the register of accounts.")
