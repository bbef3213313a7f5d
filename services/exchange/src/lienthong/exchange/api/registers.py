"""What stands beside the way of a document: pre-flight, groups of recipients, registrations, late entries, figures."""

from dataclasses import dataclass
from typing import Any, NoReturn

from fastapi import APIRouter

from lienthong.exchange.api import capabilities, figures, groups, registrations
from lienthong.exchange.api.batches import BatchLimits
from lienthong.exchange.api.callers import Callers
from lienthong.exchange.domain.file_kinds import FilePolicy
from lienthong.exchange.domain.policy import AdmissionPolicy
from lienthong.exchange.usecases.scan_upload import ScannerState


@dataclass(frozen=True, slots=True)
class Registers:
    """What is behind these routes."""

    check_recipients: capabilities.Check
    offers: capabilities.Offers
    groups: groups.GroupDoors
    register: registrations.Register
    read_registrations: registrations.ReadList
    read_registration: registrations.ReadOne
    read_late_entries: registrations.ReadLate
    count_figures: figures.Count

    @classmethod
    def described(cls) -> "Registers":
        """For the description of the interface alone: behind its doors is nothing."""

        async def nothing(*_: Any) -> NoReturn:
            raise RuntimeError("this application only describes itself")

        offers = capabilities.Offers(
            "training", AdmissionPolicy(), FilePolicy(frozenset()), 0, BatchLimits(), lambda: (ScannerState.NONE, None)
        )
        return cls(nothing, offers, groups.GroupDoors(*[nothing] * 5), *[nothing] * 5)


def make_registers_routers(callers: Callers, registers: Registers) -> list[APIRouter]:
    """Their routes."""
    return [
        capabilities.make_capabilities_router(callers, registers.check_recipients, registers.offers),
        groups.make_groups_router(callers, registers.groups),
        registrations.make_registrations_router(
            callers,
            registers.register,
            registers.read_registrations,
            registers.read_registration,
        ),
        registrations.make_late_entries_router(callers, registers.read_late_entries),
        figures.make_figures_router(callers, registers.count_figures),
    ]
