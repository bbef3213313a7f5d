"""Small pieces that messages of several services share: limits, bounded texts, references to agencies.

Limits are wider than what implementations of edXML keep, so that no real document is refused for its length, and never
wider than what a reader can be asked to hold.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from lienthong.common.ids import Id

Code = Annotated[str, StringConstraints(min_length=1, max_length=50)]
"""A code of an agency (OrganId): 13 characters in the old form, up to 35 in the new one; other forms occur."""

ShortText = Annotated[str, StringConstraints(min_length=1, max_length=250)]
LongText = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256 in lower-case hexadecimal."""

Fingerprint = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]
"""SHA-256 of a certificate's DER in base64url without padding: the `x5t#S256` of RFC 7515."""

Base64 = Annotated[str, StringConstraints(min_length=4, pattern=r"^[A-Za-z0-9+/]+={0,2}$")]
"""Standard base64 with padding (RFC 4648 section 4), as `x5c` of RFC 7515 wants it."""


class Part(BaseModel):
    """A piece of a message: frozen, and an undeclared member is a mistake of its writer."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, serialize_by_alias=True)


class Organization(Part):
    """An agency as a message names it (edXML `Organization`).

    `agency_id` decides; everything else is what stood in the directory when the message was signed.
    """

    agency_id: Annotated[Id, Field(description="The agency's id for ever")]
    code: Annotated[Code, Field(description="edXML OrganId: the code valid at the time of signing")]
    name: Annotated[ShortText, Field(description="edXML OrganName")]
    in_charge: Annotated[ShortText | None, Field(description="edXML OrganizationInCharge: the superior agency")] = None
    address: Annotated[LongText | None, Field(description="edXML OrganAdd")] = None
    email: Annotated[ShortText | None, Field(description="edXML Email")] = None
    telephone: Annotated[ShortText | None, Field(description="edXML Telephone")] = None
    fax: Annotated[ShortText | None, Field(description="edXML Fax")] = None
    website: Annotated[ShortText | None, Field(description="edXML Website")] = None
