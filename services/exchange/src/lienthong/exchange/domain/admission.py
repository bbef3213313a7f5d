"""Whether a message is admitted: every rule is asked, and everything that is wrong is told at once."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from lienthong.common.errors import Violation
from lienthong.exchange.domain.rules import addressing, attachments, content, identity, order, statuses, texts
from lienthong.exchange.domain.submission import Facts, Submission

Rule = Callable[[Submission, Facts], Iterable[Violation]]

RULES: tuple[Rule, ...] = (
    identity.one_agency_speaks,
    identity.sender_is_active,
    content.no_state_secret,
    content.no_complaint,
    texts.text_is_vietnamese_unicode,
    addressing.recipients_are_active,
    addressing.recipients_are_named_once,
    attachments.attachments_are_own_uploads,
    attachments.attachment_ids_are_unique,
    attachments.attachment_names_are_safe,
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
    order.subject_names_the_document,
    order.predecessor_was_accepted,
)
"""What refuses a status. It goes to the document's sender whatever became of it: its inbox is there for good."""

WARNINGS: tuple[Rule, ...] = (addressing.recipients_codes_are_known,)
"""What is told with the receipt of a document."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The outcome: admitted where there are no violations."""

    violations: tuple[Violation, ...]
    warnings: tuple[Violation, ...]


def judge(submission: Submission, facts: Facts) -> Judgement:
    """Ask every rule about one submission."""
    if submission.is_status:
        return Judgement(_ask(STATUS_RULES, submission, facts), ())
    return Judgement(_ask(RULES, submission, facts), _ask(WARNINGS, submission, facts))


def _ask(rules: tuple[Rule, ...], submission: Submission, facts: Facts) -> tuple[Violation, ...]:
    return tuple(violation for rule in rules for violation in rule(submission, facts))
