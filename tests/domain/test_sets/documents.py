"""Documents of other tools as the tests read them."""

PROMPTFOO = """
description: Cities
providers: [openai:gpt-5]
prompts: ['Tell me about {{ city }}']
assertionTemplates:
  polite: {type: llm-rubric, value: Is polite}
defaultTest:
  assert:
    - $ref: '#/assertionTemplates/polite'
      provider: openai:gpt-5
  vars: {tone: kind}
  options: {transform: output.trim()}
tests:
  - vars: {city: [Paris, Rome], when: 2026-11-21, sure: no}
    assert:
      - {type: icontains, value: '{{city}}', weight: 2, metric: name}
      - {type: javascript, value: output.length < 10}
      - {type: regex, value: '(?=x)'}
      - {type: not-contains-any, value: [a, b]}
      - {type: contains-any, value: [a]}
      - {type: latency, threshold: 5000}
      - {type: python, value: len(output) > 3}
      - {type: contains, value: '{{ city | upper }}'}
  - description: With a formula
    vars: {city: =Oslo}
    threshold: 0.5
    metadata: {area: north}
    options: {disableDefaultAsserts: true, prefix: 'Please. '}
"""

EVAL = {
    "object": "eval",
    "id": "eval_1",
    "name": "Cities",
    "data_source_config": {"type": "custom", "item_schema": {"type": "object"}},
    "testing_criteria": [
        {
            "type": "string_check",
            "name": "names it",
            "input": "{{ sample.output_text }}",
            "operation": "ilike",
            "reference": "{{ item.city }}",
        },
        {
            "type": "text_similarity",
            "name": "bleu",
            "input": "{{sample.output_text}}",
            "reference": "{{item.text}}",
            "evaluation_metric": "bleu",
            "pass_threshold": 0.5,
        },
        {
            "type": "label_model",
            "name": "tone",
            "model": "gpt-5",
            "input": [{"role": "user", "content": "Tone of: {{sample.output_text}}"}],
            "labels": ["kind", "rude"],
            "passing_labels": ["kind"],
        },
        {
            "type": "python",
            "name": "code",
            "source": "def grade(sample, item):\n    return 1.0",
            "pass_threshold": 0.5,
        },
    ],
    "data_source": {
        "type": "completions",
        "model": "gpt-5",
        "input_messages": {
            "type": "template",
            "template": [
                {"role": "developer", "content": "Be kind."},
                {"role": "user", "content": "About {{item.city}}?"},
            ],
        },
        "source": {
            "type": "file_content",
            "content": [
                {"item": {"city": "Paris", "text": "A city"}},
                {"item": {"city": "Rome", "text": "A town", "n": 3}},
            ],
        },
    },
}
