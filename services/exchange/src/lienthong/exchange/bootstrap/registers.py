"""What is behind the routes that stand beside the way of a document."""

from lienthong.exchange.api.batches import BatchLimits
from lienthong.exchange.api.capabilities import Offers
from lienthong.exchange.api.groups import GroupDoors
from lienthong.exchange.api.registers import Registers
from lienthong.exchange.bootstrap.parts import Parts
from lienthong.exchange.domain.file_kinds import FilePolicy
from lienthong.exchange.usecases.check_recipients import CheckRecipients
from lienthong.exchange.usecases.check_seal import CheckSeal
from lienthong.exchange.usecases.keep_groups import KeepGroups
from lienthong.exchange.usecases.scan_upload import ScanUpload


def open_registers(parts: Parts, scan: ScanUpload, files: FilePolicy) -> Registers:
    """Pre-flight and groups of recipients."""
    settings, policy = parts.settings, parts.settings.admission_policy
    groups = KeepGroups(parts.database, parts.clock)
    return Registers(
        check_recipients=CheckRecipients(parts.database, CheckSeal(parts.trust), parts.clock, policy.calendar),
        offers=Offers(
            environment=settings.environment,
            policy=policy,
            files=files,
            upload_bytes=settings.exchange_upload_max_bytes,
            batches=BatchLimits(settings.exchange_batch_lines, settings.exchange_batch_bytes),
            scanner=lambda: (scan.state, scan.most_bytes),
        ),
        groups=GroupDoors(groups.put, groups.remove, groups.find, groups.find_all, groups.expand),
    )
