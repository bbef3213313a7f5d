-- Webhooks: where an agency wants its inbox brought to, how far it was taken there, and every attempt for a while.

CREATE TABLE webhook (
    -- Everything up to entry `n` was taken by the endpoint. The page under way goes from n + 1 to `page_to` and keeps its
    -- id until it is taken. `holder` is the process that sends; `registration` tells an answer that comes too late that
    -- the webhook is another one by now. `client_id` acts for the agency: without its consent nothing is sent.
    agency_id       uuid        NOT NULL,
    lane            text        NOT NULL,
    registration    uuid        NOT NULL,
    registered_at   timestamptz NOT NULL,
    client_id       uuid        NOT NULL,
    url             text        NOT NULL CHECK (url <> ''),
    n               bigint      NOT NULL CHECK (n >= 0),
    page_id         uuid,
    page_to         bigint,
    state           text        NOT NULL CHECK (state IN ('active', 'disabled')),
    disabled_cause  text        CHECK (disabled_cause IN ('gone', 'client_not_active')),
    circuit         text        NOT NULL CHECK (circuit IN ('closed', 'open', 'half_open')),
    failures        integer     NOT NULL CHECK (failures >= 0),
    failing_since   timestamptz,
    slow            boolean     NOT NULL,
    next_attempt_at timestamptz NOT NULL,
    holder          uuid,
    PRIMARY KEY (agency_id, lane),
    FOREIGN KEY (agency_id, lane) REFERENCES agency_inbox (agency_id, lane),
    FOREIGN KEY (agency_id, lane, page_to) REFERENCES delivery (recipient, lane, n),
    CHECK ((page_id IS NULL) = (page_to IS NULL)),
    CHECK (page_to > n),
    CHECK ((state = 'disabled') = (disabled_cause IS NOT NULL)),
    CHECK ((failures > 0) = (failing_since IS NOT NULL))
) WITH (fillfactor = 50);

CREATE TABLE webhook_sender (
    -- Processes that send. One that is silent for some seconds holds nothing any more.
    sender  uuid        PRIMARY KEY,
    beat_at timestamptz NOT NULL
);

CREATE TABLE webhook_attempt (
    -- Written before the request leaves; without an end it is under way, or its process died. No content, no answer.
    id              bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    agency_id       uuid        NOT NULL,
    lane            text        NOT NULL,
    webhook_id      uuid        NOT NULL,
    kind            text        NOT NULL CHECK (kind IN ('page', 'probe', 'test')),
    first           bigint,
    last            bigint,
    begun_at        timestamptz NOT NULL,
    ended_at        timestamptz,
    taken           boolean,
    cause           text,
    status          integer     CHECK (status BETWEEN 100 AND 999),
    milliseconds    integer     CHECK (milliseconds >= 0),
    next_attempt_at timestamptz,
    CHECK ((kind = 'page') = (first IS NOT NULL AND last IS NOT NULL)),
    CHECK ((ended_at IS NULL) = (taken IS NULL)),
    CHECK (taken IS NULL OR taken = (cause IS NULL))
);
CREATE INDEX webhook_attempt_by_inbox ON webhook_attempt (agency_id, lane, id);
CREATE INDEX webhook_attempt_by_time ON webhook_attempt (begun_at);
CREATE INDEX webhook_attempt_under_way ON webhook_attempt (agency_id, lane) WHERE ended_at IS NULL;
