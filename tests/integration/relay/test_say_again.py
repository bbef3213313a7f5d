"""A late duplicate must not stay the last of its key: a compacted topic would show the old state to new readers."""

from lienthong.common.database import Database
from lienthong.common.outbox import Outbox
from lienthong.common.relay import store
from lienthong.common.testing.plugin import MakeTopic

from .harness import everything_in, outbox_database, put, relaying, until_empty

_TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


async def say(database: Database, topic: str, value: bytes) -> None:
    async with database.transaction() as connection:
        await put(connection, Outbox(database), topic, [("agency", value)])
        await connection.execute("UPDATE outbox SET traceparent = $1", _TRACE)


async def test_the_newest_record_of_a_key_is_said_once_more(
    kafka: str, postgres_dsn: str, make_topic: MakeTopic
) -> None:
    topic = await make_topic(compacted=True)
    async with outbox_database(postgres_dsn) as database:
        await say(database, topic, b"active")
        await say(database, topic, b"revoked")
        async with relaying(database, kafka):
            await until_empty(database)
            async with database.transaction() as connection:
                await store.say_again(connection, [(topic, "agency"), (topic, "never said")])
            await until_empty(database)
    records = await everything_in(kafka, topic)
    assert [record.value for record in records] == [b"active", b"revoked", b"revoked"]
    assert records[1].headers == records[2].headers, "word by word, trace and all"


async def test_what_still_waits_is_newer_than_what_was_emitted(
    kafka: str, postgres_dsn: str, make_topic: MakeTopic
) -> None:
    topic = await make_topic(compacted=True)
    async with outbox_database(postgres_dsn) as database:
        await say(database, topic, b"active")
        async with relaying(database, kafka):
            await until_empty(database)
        await say(database, topic, b"revoked")
        async with database.transaction() as connection:
            await store.say_again(connection, [(topic, "agency")])
        async with relaying(database, kafka):
            await until_empty(database)
    assert [record.value for record in await everything_in(kafka, topic)][-1] == b"revoked"


async def test_a_holder_whose_connection_was_ended_says_the_newest_again(
    kafka: str, postgres_dsn: str, make_topic: MakeTopic
) -> None:
    """The backend is ended between the acknowledgement and the note of it: the relay cannot know whose shard it was."""
    topic = await make_topic(compacted=True)
    async with outbox_database(postgres_dsn) as database:
        async with database.connection() as connection:
            await connection.execute(_END_AT_THE_FIRST_NOTE)
        await say(database, topic, b"active")
        async with relaying(database, kafka):
            await until_empty(database)
    values = [record.value for record in await everything_in(kafka, topic)]
    assert values == [b"active"] * 3, "sent, sent again as it was still in the outbox, and said again"


_END_AT_THE_FIRST_NOTE = """
    CREATE SEQUENCE notes;
    CREATE FUNCTION end_the_first() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF nextval('notes') = 1 THEN
            PERFORM pg_terminate_backend(pg_backend_pid());
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER end_the_first AFTER INSERT ON emitted FOR EACH STATEMENT EXECUTE FUNCTION end_the_first();
"""
