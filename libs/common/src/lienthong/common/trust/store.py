"""The configured anchors."""

from lienthong.common.settings import ServiceSettings, SettingsError
from lienthong.common.signing import MaterialRefused, TrustStore


def open_trust_store(settings: ServiceSettings) -> TrustStore:
    """The anchors of LIENTHONG_ANCHORS; production refuses those of a training authority. Raises SettingsError."""
    try:
        return TrustStore.load(settings.anchors, refuse_training=settings.environment == "production")
    except MaterialRefused as refused:
        raise SettingsError(f"LIENTHONG_ANCHORS: {refused}") from refused
