"""Where in the code each numbered step of docs/way-of-a-document.md is done: the places where a process may be hit.

To add a step, add a line: its number and the function (module below `lienthong.`, name in it) that does it. A process
can be hit right before and right after each. `test_steps.py` compares this table with the page.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

STEPS: Mapping[str, tuple[str, ...]] = {
    "1.1": ("common.auth.tokens:TokenVerifier.verify_token",),
    "1.2": ("exchange.store.uploads:reserve",),
    "1.3": ("common.objects.local:LocalObjects.put", "common.objects.local:LocalObjects._adopt"),
    "1.4": ("exchange.usecases.scan_upload:ScanUpload.__call__",),
    "1.5": ("exchange.store.uploads:finish", "exchange.usecases.upload_attachment:UploadAttachment.__call__"),
    "2.1": ("exchange.usecases.submit_document:SubmitDocument.__call__",),
    "2.2": ("common.trust:TrustFollower.require_current",),
    "2.3": ("exchange.usecases.submit_document:SubmitDocument._verify",),
    "2.4": ("exchange.usecases.submit_document:read_message",),
    "2.5": (
        "exchange.usecases.submit_document:SubmitDocument._first_answers",
        "exchange.usecases.submit_document:SubmitDocument._keep_refusals",
    ),
    "2.6": ("exchange.usecases.submit_batch:_Batch.add", "exchange.usecases.submit_batch:SubmitBatch.__call__"),
    "3.1": ("exchange.store.messages:find_first_answers",),
    "3.2": ("exchange.usecases.accept_page:sort_page",),
    "3.3": ("exchange.usecases.accept_page:keep_refusals", "exchange.store.uploads:forget"),
    "3.4": ("exchange.store.inboxes:lock",),
    "3.5": ("exchange.domain.statements:Statements.submission_receipt", "exchange.store.messages:add"),
    "3.6": ("exchange.usecases.accept_page:number", "exchange.store.inboxes:deliver"),
    "3.7": ("exchange.store.uploads:adopt",),
    "3.8": ("common.outbox:Outbox.put", "exchange.usecases.accept_page:AcceptPage.__call__"),
    "3.9": ("exchange.usecases.page_writer:PageWriter._answer", "exchange.usecases.page_writer:PageWriter._tell"),
    "4.1": ("exchange.usecases.read_inbox:ReadInbox.__call__",),
    "4.2": (
        "exchange.usecases.give_entries:GiveEntries.alone",
        "exchange.usecases.give_entries:GiveEntries.together",
        "exchange.store.acknowledgements:note_given",
        "exchange.store.acknowledgements:note_given_where_free",
    ),
    "4.3": ("exchange.domain.statements:Statements.inbox_head",),
    "5.1": ("common.relay.store:read_page", "exchange.store.messages:contents"),
    "5.2": (
        "common.relay.publisher:Publisher.publish",
        "common.relay.store:clear",
        "common.relay.lane:LaneRelay._settle",
    ),
    "6.1": ("exchange.store.uploads:see",),
    "6.2": (
        "exchange.usecases.read_attachment:write_audit",
        "exchange.usecases.read_attachment:ReadAttachment.__call__",
    ),
    "6.3": ("exchange.store.acknowledgements:lock_given",),
    "6.4": ("exchange.store.acknowledgements:find_covering",),
    "6.5": (
        "exchange.domain.statements:Statements.delivery_receipt",
        "exchange.store.acknowledgements:add",
        "exchange.usecases.acknowledge:Acknowledge.__call__",
    ),
    "7.2": ("exchange.store.deliveries:lock",),
    "7.3": ("exchange.domain.deliveries:judge_status",),
    "7.4": ("exchange.store.statuses:add",),
    "7.5": ("exchange.store.tracks:see", "exchange.store.tracks:read_deliveries"),
    "7.6": ("exchange.usecases.read_track:write_audit", "exchange.usecases.read_track:ReadTrack.__call__"),
    "8.1": ("exchange.store.deliveries:find_newest", "exchange.store.deliveries:lock_readings"),
    "8.2": ("exchange.domain.rules.changes:decide",),
    "8.3": ("exchange.domain.effects:settle",),
    "8.4": (
        "exchange.store.changes:add",
        "exchange.store.changes:answer",
        "exchange.store.changes:note_removals",
        "exchange.store.deliveries:move",
    ),
    "8.5": ("exchange.usecases.say_to_sender:SayToSender.store",),
    "8.6": ("exchange.usecases.inbox_lines:inbox_lines",),
    "8.7": ("exchange.store.tracks:read_versions",),
    "9.1": ("exchange.store.due:add",),
    "9.2": ("exchange.store.due:lock_ended", "exchange.store.due:lock_open"),
    "9.3": ("exchange.store.due:expire", "exchange.store.due:close_deliveries"),
    "9.4": (
        "exchange.usecases.say_to_sender:SayToSender.__call__",
        "exchange.usecases.expire_deliveries:ExpireDeliveries._page",
    ),
    "9.5": ("exchange.usecases.inbox_bell:Ring.__call__",),
    "9.7": ("exchange.store.lapses:lapse", "exchange.usecases.lapse_changes:LapseChanges._page"),
    "10.1": ("exchange.store.own_topics:ask", "exchange.usecases.manage_topic:ManageTopic.open"),
    "10.2": (
        "exchange.clients.agency_topics:AgencyTopics.make",
        "exchange.clients.agency_topics:AgencyTopics.allow",
    ),
    "10.3": ("exchange.store.own_topics:open_", "exchange.usecases.keep_topics:KeepTopics._fill_up"),
    "10.4": ("exchange.store.own_topics:open_among", "exchange.store.own_topics:contents"),
    "10.6": ("exchange.store.webhook_senders:due", "exchange.store.webhook_senders:take"),
    "10.7": (
        "exchange.store.webhooks:lock",
        "exchange.store.webhooks:fix_page",
        "exchange.store.webhook_attempts:begin",
        "exchange.usecases.push_page:PushPage.prepare",
    ),
    "10.8": ("exchange.usecases.push_page:PushPage.send",),
    "10.9": (
        "exchange.store.webhooks:move",
        "exchange.store.webhook_senders:release",
        "exchange.usecases.push_page:PushPage.settle",
    ),
}

BESIDE: Mapping[str, tuple[str, ...]] = {
    "register": ("exchange.store.agencies:put",),
    "timers": (
        "exchange.store.uploads:next_destruction",
        "common.objects.local:LocalObjects.delete",
        "exchange.store.uploads:end_destruction",
    ),
}
"""What happens beside the numbered way: accounts' agencies become rows, files that nobody may have are removed."""

EVERY: Mapping[str, tuple[str, ...]] = {**STEPS, **BESIDE}

WITHOUT_A_CRASH_OF_THEIR_OWN: Mapping[str, str] = {
    "7.1": "a status is read where a document is: 2.4",
    "9.6": "a late entry is judged where every status is: 7.3",
    "10.5": "one transaction of its agency alone, which may say it again",
    **dict.fromkeys(
        ("11.1", "11.2", "11.3", "11.4"),
        "a registration lies beside the way: one transaction of the parts of 3.1 to 3.8",
    ),
    "11.5": "in the transaction of 3.5 to 3.8",
    **dict.fromkeys(
        ("12.1", "12.2", "12.3", "12.4", "12.5", "12.6"),
        "evidence lies beside the way: one transaction that reads, and adds one record to the audit log",
    ),
}
"""Numbered steps that are not in the table, and why."""

When = Literal["before", "after"]


@dataclass(frozen=True, slots=True)
class Moment:
    """Right before or right after the function `where`, which does (a part of) a step."""

    step: str
    where: str
    when: When

    def __str__(self) -> str:
        return f"{self.step} {self.when} {self.where.rpartition(':')[2].removesuffix('.__call__')}"


def places() -> set[str]:
    """Every function of the tables, once."""
    return {where for wheres in EVERY.values() for where in wheres}


def moments_of(step: str) -> list[Moment]:
    """Every moment of one step, in the order of the way."""
    return list(_around(step, EVERY[step]))


def all_moments() -> list[Moment]:
    """Every moment there is."""
    return [moment for step in EVERY for moment in moments_of(step)]


def _around(step: str, wheres: tuple[str, ...]) -> Iterator[Moment]:
    """Steps are told from the outside to the inside or one after another; both ends of each function count."""
    for where in wheres:
        yield Moment(step, where, "before")
        yield Moment(step, where, "after")
