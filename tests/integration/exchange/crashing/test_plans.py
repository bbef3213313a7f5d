"""Whatever agencies do side by side, whoever is killed at whatever moment meanwhile: the promises hold."""

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from tests.integration.exchange.crashing.extent import EVERYTHING, EXAMPLES
from tests.integration.exchange.crashing.performance import Theatre
from tests.integration.exchange.crashing.plans import Plan, Victim, plans

pytestmark = [pytest.mark.xdist_group("crashing exchange"), pytest.mark.timeout(40 * EXAMPLES + 120)]

# Kafka takes long to come back, and the frozen wait for the server's patience to end: those are for the long form.
VICTIMS = tuple(Victim) if EVERYTHING else (Victim.ITSELF, Victim.POSTGRES, Victim.RELAY)

# A plan that failed is not made smaller: every attempt takes seconds, and the tables remember what went before.
thorough = settings(
    max_examples=EXAMPLES,
    derandomize=not EVERYTHING,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
    print_blob=True,
)


@thorough
@given(plan=plans(VICTIMS))
async def test_any_interleaving_with_any_faults(theatre: Theatre, plan: Plan) -> None:
    await theatre.perform(plan)
