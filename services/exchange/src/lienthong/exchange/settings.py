"""What the exchange is told from outside."""

from datetime import time, timedelta
from pathlib import Path
from typing import Self

from pydantic import Field, field_validator, model_validator

from lienthong.common.calendar import WorkingCalendar, WorkingHours, shipped_overrides
from lienthong.common.settings import ServiceSettings
from lienthong.exchange.domain.deadlines import DeadlinePolicy
from lienthong.exchange.domain.endpoints import EndpointPolicy
from lienthong.exchange.domain.policy import AdmissionPolicy
from lienthong.exchange.domain.stuck import Patience
from lienthong.exchange.domain.webhooks import RetryPolicy


class ExchangeSettings(ServiceSettings):
    """Settings of the exchange. Limits of a process hold for each process."""

    exchange_database: str = Field(default="lienthong_exchange", description="Name of the exchange's database.")
    kafka_agencies: str | None = Field(
        default=None,
        pattern=r"^\S+:\d+$",
        description="Address of the agencies' listener, as agencies reach it; unset: none has a topic of its own.",
    )
    exchange_seal_ahead_seconds: int = Field(
        default=300, ge=0, le=3600, description="How far the time of sealing may lie ahead of the time of receipt."
    )
    exchange_seal_behind_seconds: int = Field(
        default=259_200, ge=60, description="How far the time of sealing may lie behind the time of receipt."
    )
    exchange_upload_max_bytes: int = Field(default=2 << 30, ge=1, description="Largest attachment.")
    exchange_upload_kept_seconds: int = Field(
        default=86_400, ge=1, description="How long an upload waits for the message that carries it."
    )
    exchange_recipients_most: int = Field(default=1000, ge=1, le=1000, description="Most recipients of one message.")
    exchange_attachments_most: int = Field(default=50, ge=1, le=200, description="Most files attached to one message.")
    exchange_attached_bytes_most: int = Field(
        default=4 << 30, ge=1, description="Most bytes of all files attached to one message."
    )
    exchange_provincial_kinds: str = Field(
        default="province,provincial_office",
        pattern=r"^[a-z_]+(,[a-z_]+)*$",
        description="Kinds of agency whose programmes and plans are the province's and carry their originals (N6).",
    )
    exchange_media_types: str = Field(
        default="office",
        description="Media types that may be attached, separated by commas: office stands for the list in "
        "docs/operations, type/* and */* for many; what runs as a program must be named.",
    )
    scanner: str = Field(
        default="none",
        pattern=r"^(none|clamd:/\S+)$",
        description="Virus scanner of uploads: none, clamd://host:port or clamd:/unix/socket.",
    )
    exchange_scan_max_bytes: int = Field(
        default=25 << 20,
        ge=1,
        description="Largest file the scanner looks through; larger ones are refused. Not more than clamd's "
        "StreamMaxLength and MaxFileSize.",
    )
    exchange_scan_seconds: float = Field(default=120.0, gt=0, description="Longest scan of one file.")
    exchange_scan_grace_seconds: float = Field(
        default=20.0, ge=0, description="How long a scanner that does not answer is tried again; then 503."
    )
    exchange_scans_at_once: int = Field(
        default=8, ge=1, description="Files with the scanner at the same time; not more than clamd's MaxThreads."
    )
    exchange_uploads_at_once: int = Field(default=64, ge=1, description="Uploads a process takes at the same time.")
    exchange_uploads_of_one_agency: int = Field(default=16, ge=1, description="Uploads of one agency among them.")
    exchange_queue: int = Field(
        default=400, ge=1, description="Submissions that may wait for their page in each lane; more are answered 429."
    )
    exchange_queue_of_one_agency: int = Field(
        default=200, ge=1, description="Submissions of one agency among them, in each lane; more are answered 429."
    )
    exchange_queue_bytes: int = Field(
        default=32 << 20, ge=1, description="Bytes of the submissions that wait in each lane; a quarter of one agency."
    )
    exchange_share_of_one_agency: float = Field(
        default=0.4,
        gt=0,
        le=1,
        description="Share of a process's time that the requests of one agency get while others are at work that have "
        "not had theirs.",
    )
    exchange_page_lines_of_one_agency: int = Field(
        default=16,
        ge=1,
        description="Most submissions of one agency in one transaction while others are at work who send few.",
    )
    exchange_page_lines: int = Field(default=256, ge=1, le=5000, description="Most submissions in one transaction.")
    exchange_page_deliveries: int = Field(
        default=4096,
        ge=1,
        description="Most deliveries and kilobytes in one transaction, unless one message alone has more.",
    )
    exchange_answer_seconds: float = Field(
        default=30.0, gt=0, description="Longest wait for the answer to a submission; then its outcome is unknown."
    )
    exchange_batch_lines: int = Field(default=1000, ge=1, le=100_000, description="Most messages in one batch.")
    exchange_batch_bytes: int = Field(default=16 << 20, ge=1, description="Most bytes of one batch.")
    exchange_batches_at_once: int = Field(default=16, ge=1, description="Batches a process takes at the same time.")
    exchange_batches_of_one_agency: int = Field(default=2, ge=1, description="Batches of one agency among them.")
    exchange_inbox_bytes: int = Field(default=8 << 20, ge=1, description="Most bytes of messages in one inbox answer.")
    exchange_readers: int = Field(
        default=500,
        ge=1,
        description="Readers that may wait for their inbox; the server takes 1024 requests.",
    )
    exchange_readers_of_one_inbox: int = Field(default=20, ge=1, description="Readers of one inbox among them.")
    exchange_trust_silence_seconds: float = Field(
        default=60.0, gt=0, description="How long acts go on while certificates cannot be kept up to date."
    )
    exchange_webhook_anywhere: bool | None = Field(
        default=None,
        description="Webhooks may use http, and any address and port; unset: in training only. Refused in production.",
    )
    exchange_webhook_ports: str = Field(
        default="443",
        pattern=r"^[1-9]\d{0,4}(,[1-9]\d{0,4})*$",
        description="Ports that webhooks may lead to, separated by commas.",
    )
    exchange_webhook_ca: Path | None = Field(
        default=None, description="PEM file of authorities that endpoints' certificates may come from, too."
    )
    exchange_webhook_seconds: float = Field(
        default=15.0, gt=0, le=20, description="Longest wait for an endpoint's answer; then the page goes again later."
    )
    exchange_webhook_entries: int = Field(default=100, ge=1, le=1000, description="Most entries in one page.")
    exchange_webhook_bytes: int = Field(
        default=1 << 20, ge=1, description="Most bytes of messages in one page, unless one message alone has more."
    )
    exchange_webhooks_at_once: int = Field(
        default=32, ge=1, le=500, description="Endpoints a worker sends to at once, and tests an api carries out."
    )
    exchange_webhook_first_seconds: float = Field(
        default=1.0, gt=0, description="Longest pause after the first failure; doubled with each further one."
    )
    exchange_webhook_cap_seconds: float = Field(
        default=900.0, gt=0, description="Longest pause between attempts, also where Retry-After asks for a longer one."
    )
    exchange_webhook_open_after: int = Field(
        default=5, ge=1, description="Failures in a row after which a webhook's circuit opens."
    )
    exchange_webhook_attempts_most: int = Field(
        default=1000, ge=1, description="Attempts that are kept of one webhook, the newest."
    )
    exchange_webhook_attempts_days: int = Field(default=30, ge=1, description="Days that attempts are kept.")
    exchange_hotline_a_day: int = Field(
        default=50, ge=1, description="What one agency may tell the hotline in a day; more is answered 429."
    )
    exchange_outage_seconds: float = Field(
        default=60.0,
        gt=10,
        description="A time without an exchange that takes documents is an outage in the ledger if it is longer.",
    )
    exchange_timer_seconds: float = Field(default=30.0, gt=0, description="Pause between rounds of the timers.")
    exchange_working_hours: str = Field(
        default="08:00-17:00",
        pattern=r"^\d\d:\d\d-\d\d:\d\d$",
        description="Hours of a working day in Vietnam: deadlines in days end with them.",
    )
    exchange_urgent_minutes: int = Field(
        default=60,
        ge=1,
        le=1440,
        description="By when an urgent document is to be received: counted at once in the urgent lane, in working "
        "hours where it is only khẩn.",
    )
    exchange_delivery_days: int = Field(
        default=5,
        ge=1,
        le=250,
        description="Working days until a delivery that was neither received nor refused expires.",
    )
    exchange_answer_days: int = Field(
        default=5, ge=1, le=250, description="Working days until an unanswered request to change a document lapses."
    )

    exchange_stuck_kafka_seconds: float = Field(
        default=60, gt=0, description="From when on a record that is not on Kafka yet counts as stuck."
    )
    exchange_stuck_unread_seconds: float = Field(
        default=3600, gt=0, description="From when on a document that was not read, or not acknowledged, is stuck."
    )
    exchange_stuck_unhandled_seconds: float = Field(
        default=86_400,
        gt=0,
        description="From when on one that was acknowledged, but not received or refused, is stuck.",
    )
    exchange_stuck_unanswered_seconds: float = Field(
        default=172_800, gt=0, description="From when on a request to change a document is stuck without an answer."
    )
    exchange_measure_seconds: float = Field(
        default=300, gt=0, description="Pause between counts of what is overdue and stuck."
    )

    @field_validator("exchange_working_hours")
    @classmethod
    def _are_hours(cls, text: str) -> str:
        _read_hours(text)
        return text

    @model_validator(mode="after")
    def _public_endpoints_in_production(self) -> Self:
        if self.environment == "production" and self.exchange_webhook_anywhere:
            raise ValueError("LIENTHONG_EXCHANGE_WEBHOOK_ANYWHERE: production sends to public https addresses only")
        return self

    @property
    def endpoint_policy(self) -> EndpointPolicy:
        """Where webhooks may lead here."""
        training = self.environment == "training"
        ports = frozenset(map(int, self.exchange_webhook_ports.split(",")))
        anywhere = training if self.exchange_webhook_anywhere is None else self.exchange_webhook_anywhere
        return EndpointPolicy(anywhere=anywhere, ports=ports)

    @property
    def webhook_retries(self) -> RetryPolicy:
        """When a webhook that failed is tried again."""
        return RetryPolicy(
            first=self.exchange_webhook_first_seconds,
            cap=self.exchange_webhook_cap_seconds,
            open_after=self.exchange_webhook_open_after,
        )

    @property
    def seal_ahead(self) -> timedelta:
        """How far `iat` may lie ahead."""
        return timedelta(seconds=self.exchange_seal_ahead_seconds)

    @property
    def seal_behind(self) -> timedelta:
        """How far `iat` may lie behind."""
        return timedelta(seconds=self.exchange_seal_behind_seconds)

    @property
    def admission_policy(self) -> AdmissionPolicy:
        """What admission allows here."""
        return AdmissionPolicy(
            most_recipients=self.exchange_recipients_most,
            most_attachments=self.exchange_attachments_most,
            most_attached_bytes=self.exchange_attached_bytes_most,
            provincial_kinds=frozenset(self.exchange_provincial_kinds.split(",")),
            deadlines=self.deadline_policy,
        )

    @property
    def patience(self) -> Patience:
        """From when on a delivery hangs."""
        unread = timedelta(seconds=self.exchange_stuck_unread_seconds)
        return Patience(
            kafka=timedelta(seconds=self.exchange_stuck_kafka_seconds),
            reading=unread,
            acknowledging=unread,
            handling=timedelta(seconds=self.exchange_stuck_unhandled_seconds),
            answering=timedelta(seconds=self.exchange_stuck_unanswered_seconds),
        )

    @property
    def deadline_policy(self) -> DeadlinePolicy:
        """By when things are to be done here."""
        return DeadlinePolicy(
            calendar=WorkingCalendar(shipped_overrides(), _read_hours(self.exchange_working_hours)),
            urgent=timedelta(minutes=self.exchange_urgent_minutes),
            delivery_days=self.exchange_delivery_days,
            answer_days=self.exchange_answer_days,
        )

    @property
    def trust_silence(self) -> timedelta:
        """How long what is known of certificates counts as current."""
        return timedelta(seconds=self.exchange_trust_silence_seconds)

    @property
    def upload_kept(self) -> timedelta:
        """How long an upload is in quarantine."""
        return timedelta(seconds=self.exchange_upload_kept_seconds)


def _read_hours(text: str) -> WorkingHours:
    start, _, end = text.partition("-")
    return WorkingHours(time.fromisoformat(start), time.fromisoformat(end))
