"""What is behind the routes that stand beside the way of a document."""

from lienthong.common.outbox import Outbox
from lienthong.exchange.api.batches import BatchLimits
from lienthong.exchange.api.capabilities import Offers
from lienthong.exchange.api.groups import GroupDoors
from lienthong.exchange.api.registers import Registers
from lienthong.exchange.bootstrap.parts import Parts
from lienthong.exchange.domain.file_kinds import FilePolicy
from lienthong.exchange.usecases.check_recipients import CheckRecipients
from lienthong.exchange.usecases.check_seal import CheckSeal
from lienthong.exchange.usecases.count_figures import CountFigures
from lienthong.exchange.usecases.keep_groups import KeepGroups
from lienthong.exchange.usecases.read_registers import ReadRegisters
from lienthong.exchange.usecases.register_document import RegisterDocument
from lienthong.exchange.usecases.scan_upload import ScanUpload
from lienthong.exchange.usecases.submit_document import SubmitDocument


def open_registers(parts: Parts, submit: SubmitDocument, *, scan: ScanUpload, files: FilePolicy) -> Registers:
    """Pre-flight, groups of recipients, registrations, late entries, figures."""
    settings, policy = parts.settings, parts.settings.admission_policy
    groups, reading = KeepGroups(parts.database, parts.clock), ReadRegisters(parts.database, parts.clock)
    register = RegisterDocument(
        parts.database,
        Outbox(parts.database, parts.outbox_bell),
        parts.statements,
        parts.clock,
        verify=submit.verify,
        settle=submit.settle,
        check_seal=CheckSeal(parts.trust),
        policy=policy,
    )
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
        register=register,
        read_registrations=reading.registrations,
        read_registration=reading.registration,
        read_late_entries=reading.late_entries,
        count_figures=CountFigures(parts.database, parts.clock).own,
    )
