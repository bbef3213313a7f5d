"""Time stamps (RFC 3161) with nothing but `cryptography`: ask for one, make one in training, verify one from files.

    query = TimeStampQuery.over(digest)                   # DER for an authority
    token = read_response(answer, query)                  # its token, or TimeStampRefused
    stamp = verify_token(token, digest, trust=trust, revocations=revocations)
    stamp.at                                              # the authority's time

The words of the standard are in `structures.py`; the training authority, for where there is none, in `authority.py`.
"""

from lienthong.common.timestamps.authority import TrainingTimeStamper
from lienthong.common.timestamps.query import TimeStampQuery, read_response
from lienthong.common.timestamps.token import TimeStamp, TimeStampRefused, TokenFault, certificates_of, verify_token

__all__ = [
    "TimeStamp",
    "TimeStampQuery",
    "TimeStampRefused",
    "TokenFault",
    "TrainingTimeStamper",
    "certificates_of",
    "read_response",
    "verify_token",
]
