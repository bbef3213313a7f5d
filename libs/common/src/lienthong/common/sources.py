"""What services are called where it says who speaks: in events, of certificates, in the audit log."""

from typing import Final

ACCOUNTS: Final = "/services/accounts"
EXCHANGE: Final = "/services/exchange"
