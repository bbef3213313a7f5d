"""What accounts is told from outside, beside what every service is told."""

from datetime import timedelta
from pathlib import Path

from pydantic import Field

from lienthong.common.settings import ServiceSettings


class AccountsSettings(ServiceSettings):
    """Settings of the accounts service."""

    accounts_database: str = Field(default="lienthong_accounts", description="Name of the service's database.")
    accounts_url: str | None = Field(
        default=None,
        description="Base URL by which clients reach the service; <url>/v1/token is accepted as aud of their log-ins.",
    )
    accounts_ca: Path | None = Field(
        default=None,
        description="Folder of the training authority (lienthong pki init); unset where a real authority issues.",
    )
    accounts_ca_password_file: Path | None = Field(
        default=None, description="File whose first line is the password of the training authority's keys."
    )
    accounts_intermediates: Path | None = Field(
        default=None,
        description="PEM file or folder of authorities below the anchors, for chains and lists that do not bring them.",
    )
    accounts_service_certificates: Path | None = Field(
        default=None, description="Folder of PEM chains of the services' certificates, registered as they appear."
    )
    accounts_key_folder: Path = Field(
        default=Path(".lienthong/accounts-keys"),
        description="Folder of the private keys of access tokens, shared by all processes of accounts (files 0600).",
    )
    accounts_crl_sources: str | None = Field(
        default=None,
        description="Addresses of other authorities' revocation lists (http, https, file), comma-separated.",
    )
    accounts_crl_every_seconds: int = Field(
        default=3600, ge=1, description="How often the training authority's revocation lists are made anew."
    )
    accounts_crl_lifetime_seconds: int = Field(
        default=86_400, ge=60, description="From a revocation list's making to its nextUpdate."
    )
    accounts_crl_poll_seconds: int = Field(default=300, ge=1, description="How often the addresses are asked.")
    accounts_overlap_days: int = Field(
        default=30, ge=0, le=365, description="How long a renewed certificate stays good beside its successor."
    )
    accounts_request_age_seconds: int = Field(
        default=3600, ge=60, description="How long ago a request under an agency's seal may have been signed."
    )
    accounts_key_use_seconds: int = Field(default=7 * 86_400, ge=2, description="How long one key signs access tokens.")
    accounts_key_announce_seconds: int = Field(
        default=3600, ge=1, description="How long before its first use the next key is announced."
    )

    @property
    def crl_sources(self) -> tuple[str, ...]:
        """The addresses one by one."""
        return tuple(part.strip() for part in (self.accounts_crl_sources or "").split(",") if part.strip())

    @property
    def audiences(self) -> tuple[str, ...]:
        """Configured names of the token endpoint."""
        return () if self.accounts_url is None else (f"{self.accounts_url.rstrip('/')}/v1/token",)

    @property
    def list_every(self) -> timedelta:
        return timedelta(seconds=self.accounts_crl_every_seconds)
