"""A real authority issues the seals: accounts has no issuing key, takes its lists over, and checks what is brought.

The authority of these tests is one whose key the service is not given; its certificates bear no name of ours, as the
Government CA's do not: whose they are is told by the register alone.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from uuid import UUID

import httpx
import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from tests.integration.accounts.installation import (
    Installation,
    MachineClient,
    Seal,
    client_event,
    order_event,
    post,
    refusal,
    renewal_event,
    sign,
    until,
    until_answered,
)

from lienthong.common.clock import SystemClock
from lienthong.common.messages.accounts import CertificateOrder
from lienthong.common.pki import (
    Authority,
    Revoked,
    TrainingAuthority,
    generate_key,
    make_crl,
    make_csr,
    make_training_authority,
)
from lienthong.common.pki.building import Extensions, build, key_usage
from lienthong.common.signing import LocalKey, Reason, Signer
from lienthong.common.strict_json import dumps
from lienthong.common.testing.addresses import Servers
from lienthong.common.testing.processes import Processes

pytestmark = pytest.mark.requirement("N2")


@dataclass(slots=True)
class Government:
    """The accounts service, and an authority outside it."""

    accounts: Installation
    authority: TrainingAuthority
    numbers: int = 0

    def issue(self, authority: Authority | None = None) -> LocalKey:
        """A seal as a government authority issues it: no name of ours in it."""
        key, issuer = generate_key(), authority or self.authority.issuing
        certificate = build(
            subject=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "SỞ CÔNG THƯƠNG")]),
            public_key=key.public_key(),
            issuer=issuer.certificate,
            issuer_key=issuer.key,
            at=SystemClock().now(),
            lifetime=timedelta(days=365),
            extensions=Extensions(usage=key_usage(signature=True, commitment=True)),
        )
        return LocalKey.of(key, certificate, issuer.chain)

    def publish(self, folder: Path, *revoked: LocalKey, code: int = 0) -> list[dict[str, object]]:
        """Lists of every authority, also of the services' own, loaded by an operator; gives what the command said."""
        self.numbers += 1
        now = SystemClock().now()
        told: list[dict[str, object]] = []
        services = self.accounts.authority
        for issuer in (services.root, services.issuing, self.authority.root, self.authority.issuing):
            marks = [Revoked(key.certificate.serial, now) for key in revoked if issuer is self.authority.issuing]
            file = folder / "list.crl"
            file.write_bytes(make_crl(issuer, marks, number=self.numbers, at=now))
            told.append(self.accounts.run("certificates", "crl", "--file", str(file), code=code))
        return told

    async def enrol(self, http: httpx.AsyncClient, agency: str, key: LocalKey, **changes: str) -> httpx.Response:
        agency_id, code = self.accounts.enrolment_code(agency)
        return await http.post(f"/v1/agencies/{agency_id}/certificates", json=body(agency_id, code, key) | changes)


def body(agency_id: UUID, code: str, key: LocalKey) -> dict[str, object]:
    payload = dumps({"agency_id": str(agency_id), "enrolment_code_sha256": hashlib.sha256(code.encode()).hexdigest()})
    return {
        "enrolment_code": code,
        "certificates": [key.certificate.to_pem().decode()],
        "proof": Signer(key, SystemClock().now).sign(payload).jws,
    }


@pytest.fixture
def government(own_servers: Servers, tmp_path: Path, processes: Processes) -> Government:
    """Two anchors: the authority of the services, and one of which only certificates are known here."""
    return found(own_servers, tmp_path, processes)


def found(own_servers: Servers, tmp_path: Path, processes: Processes, **settings: str) -> Government:
    accounts = Installation.make(own_servers, tmp_path / "accounts", processes)
    outside = make_training_authority(SystemClock().now() - timedelta(minutes=1), name="Chính phủ")
    anchors, below = tmp_path / "anchors", tmp_path / "below.pem"
    anchors.mkdir()
    (anchors / "services.pem").write_bytes(accounts.authority.root.certificate.to_pem())
    (anchors / "government.pem").write_bytes(outside.root.certificate.to_pem())
    below.write_bytes(outside.issuing.certificate.to_pem())
    accounts.without_authority(anchors)
    accounts.extra |= {"LIENTHONG_ACCOUNTS_INTERMEDIATES": str(below), **settings}
    accounts.start()
    accounts.import_sample()
    return Government(accounts, outside)


@pytest.fixture
def list_server(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder of revocation lists, and the address at which an authority publishes it."""
    folder = tmp_path / "published"
    folder.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=folder)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield folder, f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


async def test_a_seal_from_outside_is_enrolled_used_and_revoked_by_its_authority(
    government: Government, tmp_path: Path
) -> None:
    accounts, key = government.accounts, government.issue()
    async with accounts.http() as http:
        unknown = await government.enrol(http, "000.00.02.H53", key)
        assert refusal(unknown) == (503, "revocation_missing")  # never good by default
        assert [told["published"] for told in government.publish(tmp_path)] == [True] * 4
        answer = await government.enrol(http, "000.00.02.H53", key)
        assert answer.status_code == 201, answer.text
        assert len(answer.json()["certificates"]) == 2  # the intermediate it did not bring
        told = (await http.get(f"/v1/certificates/{answer.json()['fingerprint']}")).json()
        seal = Seal(UUID(told["holder"]["agency_id"]), key, Signer(key, SystemClock().now))

        async with accounts.follow(government.authority.anchors) as reader:
            await until(lambda: reader.certificates.find(seal.fingerprint) is not None)
            known = reader.certificates.find(seal.fingerprint)
            assert known is not None
            assert known.holder == seal.source

        renewal = await post(http, "/v1/certificate-requests", sign(seal, renewal_event(seal, generate_key())))
        assert refusal(renewal) == (422, "issuing_not_available")
        csr = make_csr(generate_key(), seal.agency_id, "x").decode()
        agency_id, code = accounts.enrolment_code("000.00.03.H53")
        by_csr = await http.post(f"/v1/agencies/{agency_id}/certificates", json={"enrolment_code": code, "csr": csr})
        assert refusal(by_csr) == (422, "issuing_not_available")

        government.publish(tmp_path, key)
        order = order_event(seal, seal.fingerprint, CertificateOrder.SUSPEND)
        assert refusal(await post(http, "/v1/certificate-orders", sign(seal, order))) == (422, "certificate_revoked")


async def test_what_is_brought_must_be_anchored_and_proven(government: Government, tmp_path: Path) -> None:
    government.publish(tmp_path)
    foreign = government.issue(make_training_authority(SystemClock().now(), name="Chính phủ").issuing)
    key, other = government.issue(), government.issue()
    async with government.accounts.http() as http:
        refused = await government.enrol(http, "000.00.02.H53", foreign)
        assert refusal(refused) in ((422, "certificate_look_alike_ca"), (422, "certificate_foreign_ca"))
        assert refused.json()["violations"][0]["pointer"] == "/certificates"
        agency_id, code = government.accounts.enrolment_code("000.00.02.H53")
        path = f"/v1/agencies/{agency_id}/certificates"
        wrong = body(agency_id, code, key) | {"proof": body(agency_id, code, other)["proof"]}
        answer = await http.post(path, json=wrong)
        assert answer.status_code == 422
        assert answer.json()["violations"][0]["pointer"] == "/proof"
        another_code = body(agency_id, "0000-0000-0000-0000-0000", key)["proof"]
        assert (await http.post(path, json=body(agency_id, code, key) | {"proof": another_code})).status_code == 422
        assert (await http.post(path, json=body(agency_id, code, key))).status_code == 201
        taken_id, taken_code = government.accounts.enrolment_code("000.00.03.H53")
        taken = await http.post(f"/v1/agencies/{taken_id}/certificates", json=body(taken_id, taken_code, key))
        assert refusal(taken) == (409, "certificate_already_registered")


async def test_lists_are_fetched_where_their_authorities_publish_them(
    own_servers: Servers, tmp_path: Path, processes: Processes, list_server: tuple[Path, str]
) -> None:
    """An address that is away, one that has nothing and one that lies do not keep the others from being asked."""
    folder, address = list_server
    names = ("services-root", "services", "root", "issuing")
    sources = ["http://127.0.0.1:1/away.crl", f"{address}/nothing.crl", f"{address}/broken.crl"]
    sources += [f"{address}/{name}.crl" for name in names[1:]] + [f"file:{folder}/services-root.crl"]
    (folder / "broken.crl").write_bytes(b"broken")
    settings = {"LIENTHONG_ACCOUNTS_CRL_SOURCES": ",".join(sources), "LIENTHONG_ACCOUNTS_CRL_POLL_SECONDS": "1"}
    government = found(own_servers, tmp_path, processes, **settings)
    services, outside, key = government.accounts.authority, government.authority, government.issue()

    def publish(number: int, *revoked: LocalKey) -> None:
        now = SystemClock().now()
        issuers = (services.root, services.issuing, outside.root, outside.issuing)
        for name, issuer in zip(names, issuers, strict=True):
            marks = [Revoked(each.certificate.serial, now) for each in revoked if issuer is outside.issuing]
            (folder / f"{name}.new").write_bytes(make_crl(issuer, marks, number=number, at=now))
            (folder / f"{name}.new").rename(folder / f"{name}.crl")

    publish(1)
    async with government.accounts.http() as http, government.accounts.follow(outside.anchors) as reader:
        path = f"/v1/revocation-lists/{outside.issuing.certificate.fingerprint}"

        async def fetched() -> bool:
            return (await http.get(path)).status_code == 200

        await until_answered(fetched)
        assert (await government.enrol(http, "000.00.02.H53", key)).status_code == 201
        await until(lambda: reader.certificates.find(key.certificate.fingerprint) is not None)
        known = reader.certificates.find(key.certificate.fingerprint)
        assert known is not None
        publish(2, key)
        revoked = Reason.CERTIFICATE_REVOKED
        await until(lambda: reader.verifier.check_certificate(known, SystemClock().now()).reason is revoked, seconds=20)


def test_an_old_a_foreign_and_a_broken_list_are_refused(government: Government, tmp_path: Path) -> None:
    government.publish(tmp_path)
    government.publish(tmp_path)
    government.numbers = 0
    assert {told["error"]["code"] for told in government.publish(tmp_path, code=1)} == {"revocation_list_refused"}  # type: ignore[index]
    stranger = make_training_authority(SystemClock().now(), name="Chính phủ").issuing
    file = tmp_path / "list.crl"
    for data in (make_crl(stranger, [], number=9, at=SystemClock().now()), b"broken", b""):
        file.write_bytes(data)
        told = government.accounts.run("certificates", "crl", "--file", str(file), code=1)
        assert told["error"]["code"] == "revocation_list_refused"


async def test_after_an_anchor_was_taken_away_its_seals_are_foreign_and_the_others_are_judged(
    own_servers: Servers, tmp_path: Path, processes: Processes
) -> None:
    accounts = Installation.make(own_servers, tmp_path / "accounts", processes)
    outside = make_training_authority(SystemClock().now() - timedelta(minutes=1), name="Chính phủ")
    anchors, below = tmp_path / "anchors", tmp_path / "below.pem"
    anchors.mkdir()
    (anchors / "services.pem").write_bytes(accounts.authority.root.certificate.to_pem())
    (anchors / "government.pem").write_bytes(outside.root.certificate.to_pem())
    below.write_bytes(outside.issuing.certificate.to_pem())
    accounts.extra |= {"LIENTHONG_ANCHORS": str(anchors), "LIENTHONG_ACCOUNTS_INTERMEDIATES": str(below)}
    running = accounts.start()
    accounts.import_sample()
    for issuer in (outside.root, outside.issuing):
        file = tmp_path / "list.crl"
        file.write_bytes(make_crl(issuer, [], number=1, at=SystemClock().now()))
        accounts.run("certificates", "crl", "--file", str(file))
    government, key = Government(accounts, outside), Government(accounts, outside).issue()
    async with accounts.http() as http:
        answer = await government.enrol(http, "000.00.02.H53", key)
        assert answer.status_code == 201, answer.text
        told = (await http.get(f"/v1/certificates/{answer.json()['fingerprint']}")).json()
        foreign = Seal(UUID(told["holder"]["agency_id"]), key, Signer(key, SystemClock().now))
        own = await accounts.enrol(http, "000.00.03.H53")
    running.terminate()
    (anchors / "government.pem").unlink()
    accounts.extra.pop("LIENTHONG_ACCOUNTS_INTERMEDIATES")
    accounts.start()
    async with accounts.http() as http:
        path = "/v1/client-requests"
        refused = await post(http, path, sign(foreign, client_event(foreign, MachineClient())))
        assert refusal(refused) == (422, "certificate_foreign_ca")
        accepted = await post(http, path, sign(own, client_event(own, MachineClient())))
        assert accepted.status_code == 201, accepted.text
