"""What tests of trust ask: what became of statements, and whether a signature made now is accepted."""

from lienthong.common.signing import HeldBy, Reason, SignatureRefused
from lienthong.common.testing.clock import FixedClock
from lienthong.common.testing.voice import Identity
from lienthong.common.trust import AccountsStatement, StatementOutcome, TrustState


def hear(state: TrustState, *statements: AccountsStatement) -> list[StatementOutcome]:
    """What became of each statement at its arrival; what waited has been judged again after it."""
    outcomes: list[StatementOutcome] = []
    for statement in statements:
        outcomes.append(state.take(statement))
        state.settle()
    return outcomes


def judged(state: TrustState, of: Identity, clock: FixedClock) -> Reason | None:
    """Why a signature this identity makes now is refused; None when it is accepted."""
    signed = of.signer.sign(b"{}")
    try:
        state.verifier.verify(signed, at=clock.now(), certificates=state.certificates, policy=HeldBy(of.source))
    except SignatureRefused as refused:
        return refused.reason
    return None
