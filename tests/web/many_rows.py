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
