"""What an import would change: a pure comparison of a file's entries with the register, shown before it is done.

A file states facts about the agencies it names; others stay as they are, and nothing is dropped by leaving it out.
Agencies are found by any code they have or had, so that the same file again changes nothing.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

from lienthong.accounts.domain import import_faults as faults
from lienthong.accounts.domain.agencies import life_on, next_version
from lienthong.accounts.domain.days import day_before
from lienthong.accounts.domain.import_changes import Change, Plan
from lienthong.accounts.domain.import_file import Entry, Placed
from lienthong.common.messages.accounts import Agency, AgencyCode, AgencyName, CodeScheme


def make_plan(
    entries: Sequence[Placed], register: Iterable[Agency], *, today: date, new_id: Callable[[], UUID]
) -> Plan:
    """Compare the entries with the register as of `today` (a date in Vietnam)."""
    known = {agency.agency_id: agency for agency in register}
    by_code = _by_code(known.values())
    errors = faults.find_errors(entries, by_code)
    if errors:
        return Plan(errors=errors)
    ids = {placed.entry.code: _identity(placed.entry, by_code) or new_id() for placed in entries}
    names = by_code | {code: ids[placed.entry.code] for placed in entries for code in placed.entry.codes}
    compared = [_compare(placed, known.get(ids[placed.entry.code]), ids, names, today) for placed in entries]
    after = known | {change.after.agency_id: change.after for change in compared}
    errors = faults.find_circles(compared, after)
    if errors:
        return Plan(errors=errors)
    changes = [change for change in compared if change.fields]
    return Plan(changes, len(compared) - len(changes), (), faults.find_warnings(entries, compared, after))


def _by_code(agencies: Iterable[Agency]) -> dict[str, UUID]:
    """The agency of each code; where a code went from one to another, the one that has it last."""
    claims = [(code.valid_to or date.max, code.code, agency) for agency in agencies for code in agency.codes]
    claims.sort(key=lambda claim: claim[0])
    return {code: agency.agency_id for _, code, agency in claims}


def _identity(entry: Entry, by_code: Mapping[str, UUID]) -> UUID | None:
    return next((by_code[code] for code in entry.codes if code in by_code), None)


def _compare(
    placed: Placed, before: Agency | None, ids: Mapping[str, UUID], names: Mapping[str, UUID], today: date
) -> Change:
    entry = placed.entry
    successors = tuple(names[code] for code in entry.merged_into)
    after = Agency(
        agency_id=ids[entry.code],
        version=1 if before is None else before.version,
        state=life_on(today, entry.valid_to, successors),
        kind=entry.kind,
        level=entry.level,
        parent=None if entry.parent is None else names[entry.parent],
        names=_names(entry, () if before is None else before.names, today),
        codes=_codes(entry, () if before is None else before.codes, today),
        successors=successors,
        contact_officer=entry.contact_officer or (before and before.contact_officer),
        ended_on=entry.valid_to,
    )
    change = Change(placed.line, before, after)
    if before is None or not change.fields:
        return change
    return Change(placed.line, before, next_version(after))


def _names(entry: Entry, known: tuple[AgencyName, ...], today: date) -> tuple[AgencyName, ...]:
    first = AgencyName(name=entry.name, name_en=entry.name_en, valid_from=entry.valid_from)
    if entry.status != "renamed":
        return _named(known, first, today) if known else (first,)
    renamed = AgencyName(name=entry.renamed_to or entry.name, valid_from=entry.renamed_from_date)
    return _named(known or (first,), renamed, entry.renamed_from_date or today)


def _named(names: tuple[AgencyName, ...], wanted: AgencyName, since: date) -> tuple[AgencyName, ...]:
    """The names once the agency is called `wanted` from `since` on."""
    *earlier, last = names
    if last.name == wanted.name:
        return (*earlier, last.model_copy(update={"name_en": wanted.name_en or last.name_en}))
    if last.valid_from is not None and last.valid_from >= since:  # it never bore that name
        return (*earlier, wanted.model_copy(update={"valid_from": last.valid_from, "valid_to": None}))
    closed = last.model_copy(update={"valid_to": day_before(since)})
    return (*earlier, closed, wanted.model_copy(update={"valid_from": since, "valid_to": None}))


def _codes(entry: Entry, known: tuple[AgencyCode, ...], today: date) -> tuple[AgencyCode, ...]:
    codes = known
    for scheme, code in ((CodeScheme.QCVN102, entry.code), (CodeScheme.QD20, entry.code_qd20)):
        if code is not None:
            codes = _coded(codes, scheme, code, today if known else entry.valid_from)
    return tuple(_closed(code, entry.valid_to) if code.code in entry.codes else code for code in codes)


def _coded(codes: tuple[AgencyCode, ...], scheme: CodeScheme, code: str, since: date | None) -> tuple[AgencyCode, ...]:
    """The codes once `code` is the one in use of its scheme; the one before it ends the day before."""
    closing = None if since is None else day_before(since)
    kept = tuple(_closed(each, closing) if _is_replaced(each, scheme, code) else each for each in codes)
    if any(each.code == code for each in codes):
        return kept
    return (*kept, AgencyCode(code=code, scheme=scheme, valid_from=since))


def _is_replaced(known: AgencyCode, scheme: CodeScheme, code: str) -> bool:
    return known.scheme is scheme and known.valid_to is None and known.code != code


def _closed(code: AgencyCode, last_day: date | None) -> AgencyCode:
    if last_day is not None and code.valid_from is not None and code.valid_from > last_day:
        last_day = code.valid_from  # a period is never shorter than a day
    return code.model_copy(update={"valid_to": last_day})
