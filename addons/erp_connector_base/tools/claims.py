"""The statements of a claim: plans by index alone, whatever the statistics say.

With statistics from before a burst every partial index looks empty, and so one as good
as another. `state || ''` fits the one that is meant (see the model), and no other;
`state || '.'` fits none: these rows are read by their numbers.
"""

PROMOTE = """
    UPDATE erp_connector_message
       SET state = 'pending', next_attempt_at = clock_timestamp() AT TIME ZONE 'UTC'
     WHERE id = ANY (ARRAY(SELECT id FROM erp_connector_message
                            WHERE state || '' = 'retry' AND lane = %(lane)s
                              AND next_attempt_at <= %(now)s
                            ORDER BY next_attempt_at LIMIT 1000
                              FOR NO KEY UPDATE SKIP LOCKED))
"""

#: Steps from one account and topic to the next in `_ready_idx`.
HEADS = """
    WITH RECURSIVE head AS (
        (SELECT backend_id, topic, COALESCE(next_attempt_at, create_date) AS due
           FROM erp_connector_message
          WHERE state || '' = 'pending' AND lane = %(lane)s
          ORDER BY lane, backend_id, topic, COALESCE(next_attempt_at, create_date)
          LIMIT 1)
        UNION ALL
        SELECT next.* FROM head CROSS JOIN LATERAL (
            SELECT m.backend_id, m.topic,
                   COALESCE(m.next_attempt_at, m.create_date) AS due
              FROM erp_connector_message m
             WHERE m.state || '' = 'pending' AND m.lane = %(lane)s
               AND (m.backend_id, m.topic) > (head.backend_id, head.topic)
             ORDER BY m.lane, m.backend_id, m.topic,
                      COALESCE(m.next_attempt_at, m.create_date)
             LIMIT 1) AS next
    )
    SELECT backend_id, topic, due FROM head
"""

ACCOUNTS = """
    SELECT b.id, b.provider, b.answer_timeout, COALESCE(c.failures, 0),
           COALESCE(c.failures >= %(after)s
                    AND c.retry_at > clock_timestamp() AT TIME ZONE 'UTC', FALSE)
           OR COALESCE(
               (c.flights -> %(lane)s ->> 'since')::float
               > extract(epoch FROM clock_timestamp()) - %(forgotten)s
               AND EXISTS (SELECT 1 FROM pg_stat_activity s
                            WHERE c.flights -> %(lane)s ->> 'worker'
                                  = s.pid || ':' || extract(epoch FROM s.backend_start)
               ), FALSE),
           EXISTS (SELECT 1 FROM erp_connector_blackout w WHERE w.backend_id = b.id)
      FROM erp_connector_backend b
      LEFT JOIN erp_connector_circuit c ON c.backend_id = b.id
     WHERE b.active AND b.state = 'connected'
"""

#: With statistics from before a burst, reading and sorting all that is pending looks as
#: cheap to the planner as reading its first rows in the order of an index.
BY_INDEX = """
    SET LOCAL jit = off; SET LOCAL enable_seqscan = off;
    SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off;
    SET LOCAL enable_incremental_sort = off;
"""

#: One row of the line is free when no earlier one of its business key is open.
FREE = """          FROM erp_connector_message m
          LEFT JOIN LATERAL (
               SELECT o.id FROM erp_connector_message o
                WHERE o.backend_id = m.backend_id AND o.business_key = m.business_key
                  AND m.business_key <> ''
                  AND o.state IN ('pending', 'processing', 'retry', 'uncertain')
                  AND (o.id < m.id OR o.state = 'processing') AND o.id <> m.id
                LIMIT 1) AS older ON TRUE
"""

CLAIM = """
    WITH line AS MATERIALIZED (
        SELECT * FROM unnest(%(accounts)s, %(topics)s, %(lows)s::timestamp[], %(sizes)s)
            WITH ORDINALITY AS line(backend_id, topic, low, size, place)
    ), head AS MATERIALIZED (
        SELECT line.backend_id, line.topic, first.attempts, first.suspect, first.due,
               CASE WHEN first.suspect
                    THEN greatest(line.size >> least(2 * first.attempts, 30), 1)
                    ELSE line.size END AS batch
          FROM line CROSS JOIN LATERAL (
               SELECT m.attempts, COALESCE(m.suspect, FALSE) AS suspect,
                      COALESCE(m.next_attempt_at, m.create_date) AS due
          FROM free
                WHERE m.state || '' = 'pending' AND m.lane = %(lane)s
                  AND m.backend_id = line.backend_id AND m.topic = line.topic
                  AND COALESCE(m.next_attempt_at, m.create_date) >= line.low
                  AND older.id IS NULL
                ORDER BY COALESCE(m.next_attempt_at, m.create_date), m.id
                LIMIT 1) AS first
         ORDER BY line.place LIMIT 1
    ), picked AS MATERIALIZED (
        SELECT m.id, COALESCE(m.next_attempt_at, m.create_date) AS due
          FROM free
         WHERE m.state || '' = 'pending' AND m.lane = %(lane)s
           AND m.backend_id = (SELECT backend_id FROM head)
           AND m.topic = (SELECT topic FROM head)
           AND COALESCE(m.next_attempt_at, m.create_date) >= (SELECT due FROM head)
           AND COALESCE(m.suspect, FALSE) = (SELECT suspect FROM head)
           AND (m.attempts = (SELECT attempts FROM head)
                OR NOT (SELECT suspect FROM head))
           AND older.id IS NULL
         ORDER BY COALESCE(m.next_attempt_at, m.create_date), m.id
         LIMIT (SELECT batch * 4 FROM head)
    ), due AS (
        SELECT m.id FROM erp_connector_message m
         WHERE m.id = ANY (ARRAY(SELECT id FROM picked ORDER BY due, id))
           AND m.state || '.' = 'pending.'
         ORDER BY COALESCE(m.next_attempt_at, m.create_date), m.id
         LIMIT (SELECT batch FROM head)
           FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE erp_connector_message m
       SET state = 'processing', attempts = m.attempts + 1, attempt_token = %(token)s,
           worker = %(worker)s, processed_at = NULL,
           lease_until = now() AT TIME ZONE 'UTC' + %(lease)s * interval '1 second'
     WHERE m.id = ANY (ARRAY(SELECT id FROM due))
    RETURNING m.id, m.backend_id, m.topic, COALESCE(m.next_attempt_at, m.create_date)
""".replace("          FROM free\n", FREE)

CLAIM_UNCERTAIN = """
    UPDATE erp_connector_message SET attempt_token = %(token)s, worker = %(worker)s,
           attempts = attempts + 1,
           lease_until = now() AT TIME ZONE 'UTC' + interval '5 minutes'
     WHERE id = ANY (ARRAY(
           SELECT id FROM erp_connector_message
            WHERE state || '' = 'uncertain' AND next_attempt_at <= %(now)s
              AND lane = %(lane)s AND backend_id = ANY(%(accounts)s)
              AND topic = ANY(%(topics)s)
              AND COALESCE(lease_until, '-infinity') <= %(now)s
            ORDER BY next_attempt_at, id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED))
    RETURNING id, backend_id
"""
