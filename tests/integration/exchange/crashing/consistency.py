"""What must hold between the rows of the exchange's database, whatever was killed: each query finds what does not."""

from collections.abc import Mapping
from pathlib import Path

from tests.integration.exchange.world import World

from lienthong.common.objects.store import object_path

_CLAIMED = "convert_from(m.payload, 'UTF8')::jsonb -> 'data'"
_BY_ITSELF = "'00000000-0000-0000-0000-000000000000'"
_START = "sha256(convert_to('/agencies/' || d.recipient || '/inbox/' || d.lane, 'UTF8'))"

FAULTS: Mapping[str, str] = {
    "a counter that is not at its last entry": """
        SELECT i.agency_id, i.lane, i.n FROM agency_inbox AS i
        LEFT JOIN (SELECT recipient, lane, max(n) AS last, count(*) AS entries FROM delivery GROUP BY 1, 2) AS d
            ON (d.recipient, d.lane) = (i.agency_id, i.lane)
        WHERE i.n <> coalesce(d.last, 0) OR i.n <> coalesce(d.entries, 0)
    """,
    "a counter whose chain is not that of its last entry": """
        SELECT i.agency_id, i.lane, i.n FROM agency_inbox AS i
        JOIN delivery AS d ON (d.recipient, d.lane, d.n) = (i.agency_id, i.lane, i.n) WHERE d.chain <> i.chain
    """,
    "an entry whose link does not follow from the one before": f"""
        SELECT d.recipient, d.lane, d.n FROM delivery AS d
        JOIN message AS m ON m.id = d.message
        LEFT JOIN delivery AS b ON (b.recipient, b.lane, b.n) = (d.recipient, d.lane, d.before)
        WHERE d.chain <> sha256(coalesce(b.chain, {_START}) || m.sha256 || int8send(d.n)) OR d.lane <> m.lane
    """,
    "a message that is not what its hash says": "SELECT id FROM message AS m WHERE sha256 <> sha256(payload)",
    "a message that is not delivered to exactly those it names": f"""
        SELECT m.id FROM message AS m
        WHERE (SELECT array_agg(d.recipient::text ORDER BY d.recipient::text) FROM delivery AS d WHERE d.message = m.id)
           IS DISTINCT FROM (SELECT array_agg(one ->> 'agency_id' ORDER BY one ->> 'agency_id')
                             FROM jsonb_array_elements(CASE WHEN m.sender = {_BY_ITSELF}
                                 THEN jsonb_build_array({_CLAIMED} -> 'from') ELSE {_CLAIMED} -> 'to' END) AS one)
    """,
    "a message without exactly its attachments": f"""
        SELECT m.id FROM message AS m
        WHERE (SELECT array_agg(encode(a.sha256, 'hex') ORDER BY a.sha256)
               FROM message_attachment AS a WHERE a.message = m.id)
           IS DISTINCT FROM (SELECT array_agg(DISTINCT one ->> 'sha256' ORDER BY one ->> 'sha256')
                             FROM jsonb_array_elements({_CLAIMED} -> 'attachments') AS one)
    """,
    "a file carried by a message that may still end": """
        SELECT a.message FROM message_attachment AS a
        JOIN message AS m ON m.id = a.message
        LEFT JOIN upload AS u ON (u.agency_id, u.sha256) = (m.sender, a.sha256)
        WHERE u.size IS NULL OR u.expires_at IS NOT NULL
    """,
    "a file that no message carries and that never ends": """
        SELECT u.sha256 FROM upload AS u
        LEFT JOIN message_attachment AS a ON a.sha256 = u.sha256
        WHERE u.expires_at IS NULL AND a.message IS NULL
    """,
    "a message that was not published": """
        SELECT m.id FROM message AS m
        LEFT JOIN emitted AS e ON e.reference = m.id AND e.topic LIKE 'exchange.%' WHERE e.id IS NULL
    """,
    "an entry that is not in its agency's own topic": """
        SELECT d.recipient, d.lane, d.n FROM own_topic AS t
        JOIN delivery AS d ON (d.recipient, d.lane) = (t.agency_id, t.lane) AND d.n >= t.from_n
        LEFT JOIN emitted AS e ON (e.reference, e.key) = (d.message, d.recipient::text)
            AND e.topic = 'agency.' || d.recipient || '.inbox.' || d.lane || '.v1'
        WHERE t.state = 'open' AND e.id IS NULL
    """,
    "a message that is not on record exactly once": f"""
        SELECT m.id, count(a.id) FROM message AS m
        LEFT JOIN audit AS a ON a.outcome = 'done' AND (a.act, a.object) = CASE WHEN m.sender = {_BY_ITSELF}
            THEN ('message.say'::text, '/services/exchange/messages/' || m.message_id)
            ELSE ('message.accept'::text, '/agencies/' || m.sender || '/messages/' || m.message_id) END
        GROUP BY m.id HAVING count(a.id) <> 1
    """,
    "an acceptance on record without its message": """
        SELECT a.object FROM audit AS a
        LEFT JOIN message AS m ON a.object = '/agencies/' || m.sender || '/messages/' || m.message_id
        WHERE (a.act, a.outcome) = ('message.accept', 'done') AND m.id IS NULL
    """,
    "an acknowledgement that says something else than its inbox": """
        SELECT k.agency_id, k.lane, k.n FROM acknowledgement AS k
        JOIN delivery AS d ON (d.recipient, d.lane, d.n) = (k.agency_id, k.lane, k.n)
        LEFT JOIN inbox_reading AS r ON (r.agency_id, r.lane) = (k.agency_id, k.lane)
        WHERE k.n > coalesce(r.given, 0)
           OR convert_from(k.receipt, 'UTF8')::jsonb ->> 'chain' <> encode(d.chain, 'hex')
           OR (convert_from(k.receipt, 'UTF8')::jsonb ->> 'n')::bigint <> k.n
    """,
    "a status without its message, or a message without its status": """
        SELECT m.id FROM message AS m LEFT JOIN status AS s ON s.message = m.id
        WHERE (convert_from(m.payload, 'UTF8')::jsonb ->> 'type' LIKE '%.status\\_reported.v1')
              <> (s.message IS NOT NULL)
    """,
    "a delivery that is not in the state of its last status, or of what has ended it": """
        SELECT d.recipient, d.n, d.state, d.start_state, s.code, ended.kind, ended.state FROM delivery AS d
        JOIN message AS m ON m.id = d.message
        LEFT JOIN expiry AS e ON (e.document, e.recipient) = (d.message, d.recipient)
        LEFT JOIN LATERAL (SELECT code FROM status WHERE (document, recipient) = (d.message, d.recipient)
                           AND (d.start_state IS NULL OR code <> '01')
                           ORDER BY said_at DESC, code DESC LIMIT 1) AS s ON true
        LEFT JOIN change_request AS ended ON (ended.document, ended.recipient) = (d.message, d.recipient)
            AND ended.state IN ('granted', 'agreed')
        LEFT JOIN LATERAL (SELECT kind FROM change_request
                           WHERE (message, recipient) = (d.message, d.recipient) AND state IN ('refused', 'lapsed')
                           AND kind IN ('update', 'replace') LIMIT 1) AS declined ON true
        WHERE d.state IS DISTINCT FROM CASE
            WHEN convert_from(m.payload, 'UTF8')::jsonb ->> 'type' NOT LIKE '%.document\\_sent.v1' THEN NULL
            WHEN ended.kind IN ('take_back', 'revoke') AND ended.state = 'granted' THEN 'withdrawn'
            WHEN ended.kind IS NOT NULL
            THEN CASE ended.kind WHEN 'take_back' THEN 'taken_back' WHEN 'revoke' THEN 'revoked'
                                 WHEN 'update' THEN 'updated' ELSE 'replaced' END
            WHEN declined.kind IS NOT NULL THEN 'declined'
            WHEN e.document IS NOT NULL AND d.start_state IS NULL AND (s.code IS NULL OR s.code = '01') THEN 'expired'
            WHEN s.code IS NULL THEN coalesce(d.start_state, 'sent')
            ELSE (ARRAY['arrived', 'refused', 'received', 'assigned', 'processing', 'done'])[s.code::integer] END
    """,
    "a document without its deadline, or a deadline that is over while a delivery is open": """
        SELECT d.message FROM delivery AS d LEFT JOIN due ON due.message = d.message AND due.kind = 'delivery'
        WHERE d.state IS NOT NULL AND (due.message IS NULL OR (due.over AND d.state IN ('sent', 'arrived')))
    """,
    "a delivery that expired without its sender being told": f"""
        SELECT e.document, e.recipient FROM expiry AS e
        JOIN message AS asked ON asked.id = e.document
        LEFT JOIN message AS m ON m.sender = {_BY_ITSELF}
            AND ({_CLAIMED} ->> 'message_id', {_CLAIMED} -> 'recipient' ->> 'agency_id')
                = (asked.message_id::text, e.recipient::text)
        LEFT JOIN delivery AS d ON (d.message, d.recipient) = (m.id, asked.sender)
        WHERE d.message IS NULL
    """,
    "an answer, a removal or a notice that no request knows, or the other way round": """
        SELECT m.id FROM message AS m
        CROSS JOIN LATERAL (SELECT convert_from(m.payload, 'UTF8')::jsonb ->> 'type') AS said (type)
        WHERE (said.type LIKE '%.change\\_answered.v1')
              <> EXISTS (SELECT FROM change_request AS r WHERE r.answer = m.id)
           OR (said.type LIKE '%.content\\_removed.v1')
              <> EXISTS (SELECT FROM change_request AS r WHERE r.removal = m.id)
    """,
    "a word of accounts that could not be applied": "SELECT topic, cause FROM inbox_held",
    "a webhook with a page under way although all is taken, or disabled": """
        SELECT agency_id, lane, n, page_to FROM webhook WHERE page_id IS NOT NULL OR state <> 'active'
    """,
    "a record that Kafka refused": "SELECT topic, key, cause FROM outbox_refusal",
}


async def find_faults(world: World) -> list[str]:
    """What does not hold, in words, with the first rows that show it."""
    found: list[str] = []
    for fault, query in FAULTS.items():
        if rows := await world.rows(query):
            found.append(f"{fault}: {[tuple(row) for row in rows[:3]]}")
    return found


async def is_settled(world: World) -> bool:
    """Whether everything that was promised for later is done: published, brought to endpoints, removed."""
    waiting = await world.rows(
        """
        SELECT FROM outbox UNION ALL SELECT FROM destruction
        UNION ALL SELECT FROM webhook AS w JOIN agency_inbox AS i USING (agency_id, lane) WHERE i.n > w.n
        UNION ALL SELECT FROM own_topic WHERE state IN ('asked', 'ending')
        """
    )
    return not waiting


async def end_uploads(world: World) -> None:
    """A day goes by for every file that no message carries."""
    await world.rows("UPDATE upload SET expires_at = now() - interval '1 s' WHERE expires_at IS NOT NULL")


async def misplaced_files(world: World, stored: set[str]) -> set[str]:
    """Files that are stored although nobody may have them, and files that are missing."""
    kept = {object_path(row["sha256"].hex()) for row in await world.rows("SELECT sha256 FROM upload")}
    return kept ^ stored


def stored_files(objects: Path) -> set[str]:
    """What lies in the object store."""
    return {str(path.relative_to(objects)) for path in objects.glob("??/??/*")}
