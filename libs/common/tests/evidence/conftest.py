"""One exchange of its own for all tests of the verifier."""

from datetime import UTC, datetime

import pytest

from lienthong.common.testing.evidence import Notary

AT = datetime(2026, 11, 22, 2, 37, 6, 123000, UTC)


@pytest.fixture(scope="session")
def notary() -> Notary:
    return Notary(AT)


@pytest.fixture(scope="session")
def good(notary: Notary) -> bytes:
    """A file that holds."""
    return notary.file()
