"""Renewal of the agency's seal under the present one, before that ends (A8).

1. make the next key, and keep it
2. ask for its certificate under the present seal
3. take the certificate from the register, and put both in the place of the present ones

The register says what has been done. So a renewal that was interrupted, or whose answer was lost, goes on when it is
run again, and none is made twice.
"""

import base64
from dataclasses import dataclass
from datetime import datetime
from fcntl import LOCK_EX, LOCK_NB, flock

from pydantic import ValidationError

from lienthong.common.clock import Clock
from lienthong.common.errors import Words
from lienthong.common.messages.accounts import (
    CertificateRecord,
    CertificateRequest,
    CertificateRequested,
    CertificateState,
)
from lienthong.common.pki import key_from_pem, make_csr
from lienthong.common.signing.algorithms import PrivateKey
from lienthong.common.signing.certificate import Certificate, load_chain
from lienthong.common.signing.errors import MaterialRefused
from lienthong.sdk.errors import BadInput, ProfileBroken, UnexpectedAnswer
from lienthong.sdk.files import make_key, sync_folder, write_atomically
from lienthong.sdk.profile import Profile
from lienthong.sdk.seal import Seal
from lienthong.sdk.transport import Transport


@dataclass(frozen=True, slots=True)
class Renewal:
    """The new seal, and when the one before it ends; None where that had been told before."""

    seal: Certificate
    before_ends: datetime | None


@dataclass(frozen=True, slots=True)
class RenewSeal:
    """Renews the seal of one profile."""

    profile: Profile
    transport: Transport
    clock: Clock

    async def __call__(self) -> Renewal:
        """Do the steps above, in one process at a time.

        Raises BadInput, ProfileBroken, SealUnusable, PlatformError, Unreachable, OutcomeUnknown.
        """
        if self.profile.seal is not None:
            raise BadInput(
                Words(
                    "Con dấu do tổ chức khác cấp: gia hạn ở nơi đã cấp",
                    "Another authority has issued the seal: renew it there",
                )
            )
        with (self.profile.folder / "seal.lock").open("ab") as handle:
            try:
                flock(handle, LOCK_EX | LOCK_NB)
            except BlockingIOError as error:
                running = Words("Con dấu đang được gia hạn ở tiến trình khác", "Another process renews the seal")
                raise BadInput(running) from error
            return await self._renew()

    async def _renew(self) -> Renewal:
        present = self._present()
        # 1. The next key.
        key = self._next_key()
        if present.public_key == key.public_key():  # all that was left is to put the key beside its certificate
            self._put_key_in_place()
            return Renewal(present, None)
        # 2. Its certificate, unless the register has it from a run before.
        entry = await self._entry(present.fingerprint)
        if entry.successor is None:
            await self._ask(key)
            entry = await self._entry(present.fingerprint)
        # 3. The certificate first: by it the next run sees that the key is still to follow.
        new = await self._put_in_place(entry, key)
        return Renewal(new, next((each.since for each in entry.history if each.state is CertificateState.ENDED), None))

    def _present(self) -> Certificate:
        path = self.profile.seal_certificate
        try:
            return load_chain(path.read_bytes())[0]
        except (OSError, MaterialRefused) as error:
            raise ProfileBroken(Words(f"{path}: không đọc được ({error})", f"{path}: {error}")) from error

    def _next_key(self) -> PrivateKey:
        path = self.profile.next_seal_key
        make_key(path)
        try:
            return key_from_pem(path.read_bytes())
        except (OSError, ValueError) as error:
            raise ProfileBroken(Words(f"{path}: không đọc được ({error})", f"{path}: {error}")) from error

    async def _ask(self, key: PrivateKey) -> None:
        csr = make_csr(key, self.profile.agency_id, self.profile.name).decode("ascii")
        event = CertificateRequested.new(
            source=self.profile.source,
            time=self.clock.now(),
            data=CertificateRequest(agency_id=self.profile.agency_id, csr=csr),
        )
        sealed = Seal(self.profile, self.clock).sign(event)
        await self.transport.ask(
            "POST",
            f"{self.profile.accounts}/v1/certificate-requests",
            headers=sealed.headers,
            body=lambda: sealed.signed.payload,
        )

    async def _entry(self, fingerprint: str) -> CertificateRecord:
        answer = await self.transport.ask("GET", f"{self.profile.accounts}/v1/certificates/{fingerprint}")
        try:
            return CertificateRecord.model_validate_json(answer.body, extra="ignore")
        except ValidationError as error:
            raise UnexpectedAnswer(
                Words("Chứng thư trả về không đọc được", "The certificate cannot be read")
            ) from error

    async def _put_in_place(self, before: CertificateRecord, key: PrivateKey) -> Certificate:
        if before.successor is None:
            raise UnexpectedAnswer(Words("Chưa thấy chứng thư mới", "The new certificate is not to be seen"))
        entry = await self._entry(before.successor)
        chain = [Certificate.from_der(base64.b64decode(each)) for each in entry.x5c]
        if chain[0].public_key != key.public_key():
            raise BadInput(
                Words(
                    "Con dấu đã được gia hạn từ hệ thống khác: chép seal.key và seal.pem từ hồ sơ của hệ thống đó",
                    "The seal was renewed from another system: copy seal.key and seal.pem of its profile",
                )
            )
        write_atomically(self.profile.seal_certificate, b"".join(each.to_pem() for each in chain), mode=0o644)
        self._put_key_in_place()
        return chain[0]

    def _put_key_in_place(self) -> None:
        self.profile.next_seal_key.replace(self.profile.seal_key)
        sync_folder(self.profile.folder)
