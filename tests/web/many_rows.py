"""A project with 500 assistants, 10,000 threads and 1,000 files, as SQL."""

# The parameter `project` is the project's ID. Foreign keys aren't checked, which takes seconds.
FILL = """
SET session_replication_role = replica;
INSERT INTO assistant
    (id, project_id, created_at, name, instructions, model, tools, tool_resources, metadata)
    SELECT 'asst_9' || lpad(n::text, 20, '0'), %(project)s, now(), 'Helper ' || n,
        repeat('Be kind. ', 300), 'm' || n %% 5, '[{"type": "code_interpreter"}]', '{}', '{}'
    FROM generate_series(1, 500) n;
INSERT INTO thread (id, project_id, created_at, tool_resources, metadata)
    SELECT 'thread_9' || lpad(n::text, 20, '0'), %(project)s, now(), '{}', '{}'
    FROM generate_series(1, 10000) n;
INSERT INTO message
    (id, thread_id, created_at, role, status, content, attachments, metadata, words)
    SELECT 'msg_9' || lpad(n::text, 20, '0'), 'thread_9' || lpad(n::text, 20, '0'), now(), 'user',
        'completed', '[{"type": "text", "text": {"value": "Harbour", "annotations": []}}]', '[]',
        '{}', 'harbour'
    FROM generate_series(1, 10000) n;
INSERT INTO run
    (id, project_id, thread_id, assistant_id, created_at, status, model, instructions, tools,
     tool_resources, metadata, response_format, tool_choice, parallel_tool_calls,
     truncation_strategy, usage, expires_at, lease_owner, attempts)
    SELECT 'run_9' || lpad(n::text, 20, '0'), %(project)s, 'thread_9' || lpad(n::text, 20, '0'),
        'asst_9' || lpad((n %% 500 + 1)::text, 20, '0'), now(), 'completed', 'm' || n %% 5, '',
        '[]', '{}', '{}', '"auto"', '"auto"', true, '{}',
        '{"prompt_tokens": 100, "completion_tokens": 50}', now(), '', 0
    FROM generate_series(1, 10000) n;
INSERT INTO file
    (id, project_id, created_at, filename, purpose, bytes, mime_type, sha256, status)
    SELECT 'file-9' || lpad(n::text, 20, '0'), %(project)s, now(), 'file' || n || '.txt',
        'assistants', 100, 'text/plain', '', 'processed'
    FROM generate_series(1, 1000) n;
SET session_replication_role = DEFAULT;
ANALYZE assistant, thread, message, run, file;
"""

# 10,000 more messages, in turn by the user and the assistant, for the first of these threads.
LONG_THREAD = """
INSERT INTO message
    (id, thread_id, created_at, role, status, content, attachments, metadata, words)
    SELECT 'msg_9a' || lpad(n::text, 19, '0'), 'thread_9' || lpad('1', 20, '0'),
        now() - (10001 - n) * interval '1 second',
        CASE n % 2 WHEN 1 THEN 'user' ELSE 'assistant' END, 'completed',
        json_build_array(json_build_object('type', 'text', 'text', json_build_object(
            'annotations', json_build_array(), 'value', CASE n % 2
                WHEN 1 THEN 'Question ' || n || ': how deep is the harbour at low water?'
                ELSE '## Answer ' || n || E'\\n\\nThe **harbour** is 12 m deep, and now `8.5`.'
                    || E'\\n\\n- the quay: 9 m\\n- the basin: 11 m\\n\\n```python\\ndepth = ' || n
                    || E'\\n```\\n\\n' || repeat('The pilot comes at the outer buoy. ', 10) END))),
        '[]', '{}', 'harbour'
    FROM generate_series(1, 10000) n;
"""

# An experiment of 1,000 rows and 4 variants that has finished, where a variant wins some rows and
# loses others.
EXPERIMENT_ID = "exp_9" + "1".zfill(20)
EXPERIMENT = """
SET session_replication_role = replica;
INSERT INTO experiment
    (id, project_id, name, created_at, test_set_id, test_set_name, set_version_id, set_version,
     state, pause_reason, main_metric, margin, repeats, at_once, seed, judge_model, judge_digest,
     prices, stores, extensions, spent, reserved, lost, ran_seconds, started_at, finished_at,
     driver, api_key_id)
    VALUES ('exp_9' || lpad('1', 20, '0'), %(project)s, 'Harbour', now(), 'testset_9', 'Harbour',
        'testver_9', 1, 'done', '', 'pass', 0.1, 1, 4, 7, '', '', '{}', '{}', '[]', 2, 0, 0, 0,
        now(), now(), '', '');
INSERT INTO experiment_variant
    (experiment_id, position, name, configuration, digest, variables)
    SELECT 'exp_9' || lpad('1', 20, '0'), n, 'v' || n,
        json_build_object('values', json_build_object('model', 'm' || n, 'instructions',
            repeat('Be kind. ', 300))), repeat('0', 63) || n, '{}'
    FROM generate_series(0, 3) n;
INSERT INTO experiment_row (experiment_id, position, row_id, key, content, repeats, cluster)
    SELECT 'exp_9' || lpad('1', 20, '0'), n, 'testrow_' || n, 'row_' || n,
        json_build_object('turns', json_build_array(json_build_object('role', 'user', 'content',
            'Question ' || n || ': how deep is the harbour?')), 'tags', json_build_array('deep')),
        1, ''
    FROM generate_series(0, 999) n;
INSERT INTO experiment_cell
    (id, experiment_id, variant_id, row_id, repeat, place, state, changed_at, attempts, fault,
     thread_id, run_id, run_ids, earlier, grader, outcomes, result, passed, score, figure,
     reply_digest, reply, prompt_tokens, completion_tokens, cost, judge_cost, first_token_seconds,
     duration_seconds, ended_at)
    SELECT 'cell_9' || variant.position || lpad(row.position::text, 19, '0'), row.experiment_id,
        variant.id, row.id, 1, row.position * 4 + variant.position, 'done', now(), 1, false, '', '',
        '[]', '[]', '', json_build_array(json_build_object('turn', null, 'check',
            json_build_object('kind', 'refusal'), 'outcome', json_build_object('state', 'passed',
            'score', 1, 'reason', repeat('It is kind. ', 40), 'details', json_build_object()))),
        json_build_object('passed', good, 'score', good::int, 'metrics', json_build_object(),
            'errors', 0, 'not_run', 0), good, good::int, good::int, md5(row.id::text),
        'It is 12 m deep.', 100, 20, 0.0005, 0, 0.3, 1 + (row.position %% 7) / 10.0, now()
    FROM experiment_row row JOIN experiment_variant variant
        ON variant.experiment_id = row.experiment_id,
    LATERAL (SELECT (row.position + 3 * variant.position) %% 7 > 1 AS good) AS graded
    WHERE row.experiment_id = 'exp_9' || lpad('1', 20, '0');
SET session_replication_role = DEFAULT;
ANALYZE experiment, experiment_variant, experiment_row, experiment_cell;
"""
