"""Whether a message is admitted: every rule is asked, and everything that is wrong is told at once.

Of one rule, the first hundred faults.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from lienthong.common.errors import Violation
from lienthong.common.messages.exchange import (
    ChangeAnswered,
    ContentRemoved,
    DocumentSent,
    Exchanged,
    StatusReported,
    TakeBackRequested,
)
from lienthong.exchange.domain.rules import (
    addressing,
    answers,
    attachments,
    business,
    changes,
    content,
    identity,
    kinds,
    late_entry,
    numbering,
    order,
    originals,
    statuses,
    suspicions,
    texts,
    times,
)
from lienthong.exchange.domain.submission import Facts, Submission

_MOST_OF_A_RULE = 100
"""A thousand recipients can all be unknown: nobody needs to be told more than a hundred times."""

S = TypeVar("S")
F = TypeVar("F")

Rule = Callable[[Submission, Facts], Iterable[Violation]]

DOCUMENT_RULES: tuple[Rule, ...] = (
    identity.one_agency_speaks,
    identity.sender_is_active,
    content.no_state_secret,
    content.no_complaint,
    texts.text_is_vietnamese_unicode,
    business.members_suit_the_type,
    numbering.number_is_well_formed,
    numbering.document_id_is_well_formed,
    numbering.document_id_agrees,
    times.time_is_not_ahead,
    times.promulgation_is_past,
    late_entry.late_entry_lies_behind,
    late_entry.late_entry_is_recent,
    addressing.recipients_are_active,
    addressing.recipients_are_named_once,
    addressing.recipients_are_within_limits,
    attachments.attachments_are_own_uploads,
    attachments.attachment_ids_are_unique,
    attachments.attachment_names_are_safe,
    attachments.attachment_names_are_unique,
    attachments.attachments_are_no_programs,
    attachments.attachments_are_within_limits,
    originals.original_is_attached,
    changes.request_names_its_documents,
    changes.request_is_within_limits,
    changes.replaced_for_recipients,
    changes.documents_are_the_askers,
    changes.document_is_called_as_it_is,
    changes.change_stays_in_the_lane,
    changes.change_is_possible,
    order.subject_names_the_document,
    order.predecessor_was_accepted,
)
"""What refuses a document, in the order in which it is told."""

STATUS_RULES: tuple[Rule, ...] = (
    identity.one_agency_speaks,
    identity.sender_is_active,
    texts.text_is_vietnamese_unicode,
    statuses.delivery_is_the_reporters,
    statuses.status_fits_the_delivery,
    statuses.refusal_gives_its_reason,
    statuses.time_said_is_possible,
    late_entry.late_entry_lies_behind,
    late_entry.late_entry_is_recent,
    order.subject_names_the_document,
    order.predecessor_was_accepted,
)
"""What refuses a status. It goes to the document's sender whatever became of it: its inbox is there for good."""

TAKE_BACK_RULES: tuple[Rule, ...] = (
    identity.one_agency_speaks,
    identity.sender_is_active,
    texts.text_is_vietnamese_unicode,
    addressing.recipients_are_named_once,
    addressing.recipients_are_within_limits,
    changes.request_is_within_limits,
    changes.documents_are_the_askers,
    changes.document_is_called_as_it_is,
    changes.change_is_possible,
    changes.request_gives_its_reason,
    changes.time_said_has_come,
    late_entry.late_entry_lies_behind,
    late_entry.late_entry_is_recent,
    order.subject_names_the_document,
    order.predecessor_was_accepted,
)
"""What refuses a take-back. It goes to those that have the document whatever became of them."""

ANSWER_RULES: tuple[Rule, ...] = (
    identity.one_agency_speaks,
    identity.sender_is_active,
    texts.text_is_vietnamese_unicode,
    answers.request_is_the_answerers,
    answers.request_waits,
    answers.refusal_gives_its_reason,
    changes.time_said_has_come,
    answers.said_after_it_was_asked,
    late_entry.late_entry_lies_behind,
    late_entry.late_entry_is_recent,
    order.subject_names_the_document,
    order.predecessor_was_accepted,
)
"""What refuses an answer to a change request."""

REMOVAL_RULES: tuple[Rule, ...] = (
    identity.one_agency_speaks,
    identity.sender_is_active,
    texts.text_is_vietnamese_unicode,
    answers.request_is_the_answerers,
    answers.removal_is_owed,
    changes.time_said_has_come,
    answers.said_after_it_was_asked,
    late_entry.late_entry_lies_behind,
    late_entry.late_entry_is_recent,
    order.subject_names_the_document,
    order.predecessor_was_accepted,
)
"""What refuses the report that content was removed."""

RULES_OF: Mapping[type[Exchanged], tuple[Rule, ...]] = {
    DocumentSent: DOCUMENT_RULES,
    StatusReported: STATUS_RULES,
    TakeBackRequested: TAKE_BACK_RULES,
    ChangeAnswered: ANSWER_RULES,
    ContentRemoved: REMOVAL_RULES,
}
"""What refuses each kind of message."""

DOCUMENT_WARNINGS: tuple[Rule, ...] = (
    suspicions.nothing_looks_secret,
    suspicions.nothing_looks_like_a_complaint,
    kinds.purpose_suits_the_kind,
    kinds.type_name_is_the_kinds,
    kinds.issuer_may_issue,
    kinds.circulation_is_known,
    numbering.number_is_new,
    numbering.document_id_is_the_axis_own,
    numbering.notation_fits_the_kind,
    times.document_is_sent_in_time,
    times.promulgation_is_plausible,
    times.deadline_can_be_kept,
    late_entry.late_entry_lies_in_an_outage,
    addressing.senders_code_is_known,
    addressing.recipients_codes_are_known,
    addressing.recipients_are_others,
    attachments.something_is_attached,
    attachments.one_file_is_the_main_one,
    attachments.main_file_is_pdf,
    attachments.types_are_those_of_the_uploads,
    business.references_name_documents,
)
"""What is told with the receipt of a document."""

OTHER_WARNINGS: tuple[Rule, ...] = (late_entry.late_entry_lies_in_an_outage,)
"""What is told with the receipt of everything else."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The outcome: admitted where there are no violations."""

    violations: tuple[Violation, ...]
    warnings: tuple[Violation, ...]


def judge(submission: Submission, facts: Facts) -> Judgement:
    """Ask every rule about one submission."""
    warnings = DOCUMENT_WARNINGS if submission.is_document else OTHER_WARNINGS
    return Judgement(ask(RULES_OF[type(submission.event)], submission, facts), ask(warnings, submission, facts))


def ask(rules: Iterable[Callable[[S, F], Iterable[Violation]]], submission: S, facts: F) -> tuple[Violation, ...]:
    """What these rules find, in their order; of each the first hundred faults."""
    found = list[Violation]()
    for rule in rules:
        found.extend(islice(rule(submission, facts), _MOST_OF_A_RULE))
    return tuple(found)
