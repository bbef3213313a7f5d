"""Take a directory of agencies into the register: shown first, then all of it or nothing."""

from uuid import UUID

from lienthong.accounts.domain.errors import ImportRefused
from lienthong.accounts.domain.import_changes import Plan
from lienthong.accounts.domain.import_file import read_file
from lienthong.accounts.domain.import_plan import make_plan
from lienthong.accounts.store import agencies
from lienthong.accounts.usecases.context import Context, done
from lienthong.common.audit import write_audit
from lienthong.common.clock import local_day
from lienthong.common.database import Connection
from lienthong.common.errors import Violation
from lienthong.common.ids import new_id


async def preview_import(context: Context, data: bytes) -> Plan:
    """What the import would do; nothing is changed. Faults are in the plan."""
    async with context.database.transaction() as connection:
        return await _plan(context, connection, data)


async def import_agencies(context: Context, data: bytes, *, who: str) -> Plan:
    """Do it. Raises ImportRefused, a violation for each fault, where the file has any."""
    now = context.clock.now()
    async with context.transaction() as connection:
        # 1. Compare with the register, which is locked against other imports until the end.
        plan = await _plan(context, connection, data)
        if plan.errors:
            raise ImportRefused(violations=_violations(plan))
        # 2. Write what differs. References between new agencies are checked at the commit.
        for change in plan.changes:
            if change.before is None:
                await agencies.insert(connection, change.after)
            else:
                await agencies.update(connection, change.after)
        # 3. One audit record for each agency, one event for each agency.
        records = [
            done(now, who, "agency.import", f"/agencies/{change.after.agency_id}", fields=",".join(change.fields))
            for change in plan.changes
        ]
        if records:
            await write_audit(connection, *records)
            await context.announcements.say(connection, [change.after for change in plan.changes])
    return plan


async def find_agency(connection: Connection, named: str) -> UUID | None:
    """An agency by its id or by any code it has or had, as operators name it."""
    try:
        return UUID(named)
    except ValueError:
        return await agencies.find_by_code(connection, named)


async def _plan(context: Context, connection: Connection, data: bytes) -> Plan:
    read = read_file(data)
    if read.errors:
        return Plan(errors=read.errors)
    known = await agencies.load_all(connection)
    return make_plan(read.entries, known, today=local_day(context.clock.now()), new_id=new_id)


def _violations(plan: Plan) -> list[Violation]:
    return [
        Violation(each.fault, None, f"line:{each.line}{each.pointer}", each.detail, each.advice) for each in plan.errors
    ]
