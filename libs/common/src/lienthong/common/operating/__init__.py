"""Operators' work that is alike in every service: `lienthong ops`, on the service's host, with its settings.

Whoever may run these may read the service's settings: rights are those of the operating system. Each act is audited
in the service's database with the operating system's user. A service offers itself by two entry points: `ops` in the
group `lienthong.commands` (everywhere the same), and in `lienthong.operated`, under its own name, a function that reads
its settings and answers an `Operated`. What only one service has it adds in the group `lienthong.ops`.
"""

from lienthong.common.operating.services import OPERATED, Operated, ServiceUnclear, SettingsRefused

__all__ = ["OPERATED", "Operated", "ServiceUnclear", "SettingsRefused"]
