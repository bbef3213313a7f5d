"""Enrolment of an agency and of this system: afterwards the profile is complete.

1. find the agency in the register; write the profile with a fresh client id
2. make the seal's key and a request for its certificate; the one-time code shows that the agency asked. Where the
   seal comes from a real authority (`seal`, a key URI), its certificates are shown and its key signs for itself
3. make the client's key; the agency grants, under its new seal, that this client acts for it
4. fetch a token: shows that everything fits

Every step leaves its file before the next one begins and is passed over when that is there, so that an enrolment that
was interrupted is continued by running it again.
"""

import asyncio
import unicodedata
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from lienthong.common.clock import Clock
from lienthong.common.errors import LienthongError, Words
from lienthong.common.ids import new_id
from lienthong.common.messages.accounts import ClientRequest, ClientRequested
from lienthong.common.messages.parts import Organization
from lienthong.common.pki import key_from_pem, make_csr
from lienthong.common.signing.algorithms import PublicKey
from lienthong.common.signing.certificate import load_chain
from lienthong.common.signing.errors import MaterialRefused, SigningError
from lienthong.common.signing.keys import open_key
from lienthong.common.signing.signer import Signer
from lienthong.common.strict_json import JsonValue, dumps, loads
from lienthong.sdk.directory import Directory
from lienthong.sdk.errors import BadInput, EnrolmentUnknown, OutcomeUnknown, ProfileBroken, UnexpectedAnswer
from lienthong.sdk.files import make_key, private_folder, write_atomically
from lienthong.sdk.outgoing import Sealed
from lienthong.sdk.problems import NotFound, PlatformError
from lienthong.sdk.profile import FILE, Environment, Profile
from lienthong.sdk.seal import Seal
from lienthong.sdk.tokens import Login, Tokens, make_assertion, open_client_key
from lienthong.sdk.transport import Transport
from lienthong.sdk.trust import load_anchors

CONSENT_SECONDS = 600
NEWS_SECONDS = 10.0
"""How long accounts may take to learn its own new certificate from its topics."""

_PUBLIC = ("kty", "crv", "x", "y")


@dataclass(frozen=True, slots=True)
class Wish:
    """What an agency says to be enrolled. `agency` is its id or any of its codes; `code` is the one-time code.

    `seal` is the URI of a key whose certificate another authority has issued.
    """

    accounts: str
    exchange: str
    environment: Environment
    anchors: bytes
    agency: str
    code: str
    client_name: str
    clerk: str | None = None
    place: str | None = None
    seal: str | None = None


async def enrol(folder: Path, wish: Wish, transport: Transport, clock: Clock) -> Profile:
    """Enrol into the folder. Raises BadInput, ProfileBroken, PlatformError, Unreachable, EnrolmentUnknown."""
    try:
        return await _enrol(folder, wish, transport, clock)
    except OutcomeUnknown as error:
        raise EnrolmentUnknown(error.detail) from error


async def _enrol(folder: Path, wish: Wish, transport: Transport, clock: Clock) -> Profile:
    await _check_exchange(wish, transport)
    profile = await _begin(folder, wish, transport, clock)
    if not profile.seal_certificate.exists():
        seal = profile.seal is not None
        body = _seal_request(profile, wish.code, clock) if seal else _certificate_request(profile, wish.code)
        await _fetch_certificate(profile, body, transport)
    make_key(profile.client_key)
    await _grant(profile, wish.client_name, transport, clock)
    await Tokens(transport, Login.of(profile)).header()
    return profile


async def _check_exchange(wish: Wish, transport: Transport) -> None:
    """Whether the exchange's address is one. Raises BadInput where something else answers there."""
    try:
        await transport.ask("GET", f"{wish.exchange.rstrip('/')}/v1/inbox/ordinary", repeat=False)
    except NotFound as error:
        raise BadInput(
            Words(
                f"{wish.exchange} không phải trục liên thông: --accounts và --exchange có bị đổi chỗ không?",
                f"{wish.exchange} is no exchange: were --accounts and --exchange mistaken for each other?",
            )
        ) from error
    except LienthongError:
        return  # it asks who we are, as an exchange does; or it is away, and the enrolment needs accounts alone


async def _begin(folder: Path, wish: Wish, transport: Transport, clock: Clock) -> Profile:
    private_folder(folder)
    organization = await Directory(transport, wish.accounts.rstrip("/"), clock).organization(wish.agency)
    if (folder / FILE).exists():
        return _continued(Profile.load(folder), organization, wish)
    write_atomically(folder / "anchors.pem", wish.anchors, mode=0o644)
    profile = Profile(
        folder=folder,
        agency_id=organization.agency_id,
        client_id=new_id(),
        accounts=wish.accounts.rstrip("/"),
        exchange=wish.exchange.rstrip("/"),
        environment=wish.environment,
        code=organization.code,
        name=organization.name,
        clerk=_nfc(wish.clerk),
        place=_nfc(wish.place),
        seal=wish.seal,
    )
    try:
        load_anchors(profile)
    except ProfileBroken as error:
        raise BadInput(
            Words(
                "--anchors: không có chứng thư gốc PEM dùng được trong môi trường này",
                "--anchors: there is no root certificate in PEM that this environment may trust",
            )
        ) from error
    profile.save()
    return profile


def _continued(profile: Profile, organization: Organization, wish: Wish) -> Profile:
    if profile.agency_id != organization.agency_id:
        raise BadInput(
            Words(
                f"{profile.folder} đã là hồ sơ của {profile.name}; dùng --profile khác",
                f"{profile.folder} is the profile of {profile.name} already; name another --profile",
            )
        )
    # Addresses and people are taken as they are told now: a wrong one is why many run it again.
    profile = replace(
        profile,
        accounts=wish.accounts.rstrip("/"),
        exchange=wish.exchange.rstrip("/"),
        code=organization.code,
        name=organization.name,
        clerk=_nfc(wish.clerk) or profile.clerk,
        place=_nfc(wish.place) or profile.place,
    )
    profile.save()
    return profile


async def _fetch_certificate(profile: Profile, body: bytes, transport: Transport) -> None:
    answer = await transport.ask(
        "POST",
        f"{profile.accounts}/v1/agencies/{profile.agency_id}/certificates",
        headers={"content-type": "application/json"},
        body=lambda: body,
    )
    write_atomically(profile.seal_certificate, _checked_chain(profile, answer.body), mode=0o644)


def _certificate_request(profile: Profile, code: str) -> bytes:
    make_key(profile.seal_key)
    request = profile.folder / "seal.csr"
    if not request.exists():
        # Kept, because the one-time code is good for a repeat of exactly this request.
        key = key_from_pem(profile.seal_key.read_bytes())
        write_atomically(request, make_csr(key, profile.agency_id, profile.name))
    return dumps({"csr": request.read_text("ascii"), "enrolment_code": code})


def _seal_request(profile: Profile, code: str, clock: Clock) -> bytes:
    digest = sha256(code.encode()).hexdigest()
    told: dict[str, JsonValue] = {"agency_id": str(profile.agency_id), "enrolment_code_sha256": digest}
    try:
        key = open_key(profile.seal_uri)
        proof = Signer(key, clock.now).sign(dumps(told)).jws
    except (SigningError, OSError) as error:
        raise ProfileBroken(Words(f"Không mở được khóa: {error}", f"The seal's key cannot be used: {error}")) from error
    certificates: list[JsonValue] = [each.to_pem().decode("ascii") for each in (key.certificate, *key.chain)]
    return dumps({"certificates": certificates, "proof": proof, "enrolment_code": code})


def _checked_chain(profile: Profile, body: bytes) -> bytes:
    try:
        told: Any = loads(body)
        pem = "".join(told["certificates"]).encode("ascii")
        leaf = load_chain(pem)[0]
    except (ValueError, KeyError, TypeError, MaterialRefused) as error:
        raise UnexpectedAnswer(Words("Chứng thư trả về không đọc được", "The certificate cannot be read")) from error
    if leaf.public_key != _public_key(profile):
        raise UnexpectedAnswer(Words("Chứng thư trả về cho khóa khác", "The certificate is for another key"))
    return pem


def _public_key(profile: Profile) -> PublicKey:
    if profile.seal:
        return open_key(profile.seal_uri).certificate.public_key
    return key_from_pem(profile.seal_key.read_bytes()).public_key()


async def _grant(profile: Profile, name: str, transport: Transport, clock: Clock) -> None:
    key = open_client_key(profile.client_key)
    now = clock.now()
    consent = make_assertion(
        key, str(profile.client_id), {"agency": str(profile.agency_id)}, now.timestamp(), seconds=CONSENT_SECONDS
    )
    data = ClientRequest(
        agency_id=profile.agency_id,
        client_id=profile.client_id,
        name=_nfc(name) or str(profile.client_id),
        public_key={name: str(value) for name, value in key.as_dict(private=False).items() if name in _PUBLIC},
        proof=consent,
    )
    event = ClientRequested.new(source=profile.source, time=now, data=data, subject=str(profile.client_id))
    sealed = Seal(profile, clock).sign(event)
    await _say(transport, f"{profile.accounts}/v1/client-requests", sealed)


async def _say(transport: Transport, url: str, sealed: Sealed) -> None:
    deadline = asyncio.get_running_loop().time() + NEWS_SECONDS
    while True:
        try:
            await transport.ask(
                "POST",
                url,
                headers=sealed.headers,
                body=lambda: sealed.signed.payload,
            )
        except PlatformError as error:
            too_late = asyncio.get_running_loop().time() > deadline
            if too_late or "certificate.unknown" not in error.problem.codes:
                raise
            await asyncio.sleep(0.2)
        else:
            return


def _nfc(text: str | None) -> str | None:
    return unicodedata.normalize("NFC", text) if text else None
