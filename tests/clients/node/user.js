// What users of the Node SDK's beta helpers write.
import OpenAI, { toFile } from 'openai';
import { Writable } from 'node:stream';
import { serve } from '../told.mjs';

const client = new OpenAI({ maxRetries: 0 });
const { assistants, threads } = client.beta;
const POLL = { pollIntervalMs: 20 };
const MODEL = 'scripted-1';
const QUESTION = { messages: [{ role: 'user', content: 'How warm is it in Paris?' }] };
const WEATHER = {
  type: 'function',
  function: {
    name: 'get_weather',
    parameters: { type: 'object', properties: { location: { type: 'string' } } },
  },
};

const tutor = (more = {}) =>
  assistants.create({ model: MODEL, name: 'Tutor', instructions: 'You are a tutor.', ...more });

const outputsOf = (run) =>
  run.required_action.submit_tool_outputs.tool_calls.map((call) => ({
    tool_call_id: call.id,
    output: '11',
  }));

async function all(page) {
  const items = [];
  for await (const item of page) items.push(item);
  return items;
}

const textsOf = async (threadId) =>
  (await all(threads.messages.list(threadId, { order: 'asc', limit: 1 }))).map(
    (message) => message.content[0].text.value,
  );

async function errorOf(promise) {
  try {
    await promise;
  } catch (error) {
    return [error.constructor.name, error.status, error.param, error.code, error.requestID];
  }
}

function listen(stream) {
  const heard = { events: [], text: '', calls: [], arguments: '', messages: [], steps: [] };
  stream
    .on('event', (event) => heard.events.push(event.event))
    .on('textCreated', () => (heard.created = true))
    .on('textDelta', (delta) => (heard.text += delta.value))
    .on('textDone', (text) => (heard.done = text.value))
    .on('toolCallCreated', (call) => heard.calls.push(call.function.name))
    .on('toolCallDelta', (delta) => (heard.arguments += delta.function.arguments))
    .on('toolCallDone', (call) => (heard.callDone = call.function.arguments))
    .on('messageDone', (message) => heard.messages.push(message.status))
    .on('runStepDone', (step) => heard.steps.push([step.type, step.status]))
    .on('run', (run) => (heard.run = run.status))
    .on('error', (error) => (heard.error = String(error)))
    .on('end', () => (heard.ended = true));
  return heard;
}

const tasks = {
  async objects() {
    const made = [await tutor(), await tutor()];
    const changed = await assistants.update(made[0].id, { name: 'Teacher', temperature: 0 });
    const newest = await assistants.list({ order: 'desc', limit: 20 });
    const deleted = await assistants.delete(made[0].id);
    const thread = await threads.create({ metadata: { a: 'b' } });
    const message = await threads.messages.create(thread.id, { role: 'user', content: 'one' });
    await threads.messages.create(thread.id, { role: 'assistant', content: 'two' });
    const texts = await textsOf(thread.id);
    await threads.messages.delete(message.id, { thread_id: thread.id });
    return {
      changed: [changed.name, changed.temperature],
      newest: newest.data.slice(0, 2).map((one) => one.id).join() === `${made[1].id},${made[0].id}`,
      deleted: deleted.deleted,
      metadata: (await threads.retrieve(thread.id)).metadata,
      texts,
      left: await textsOf(thread.id),
      gone: (await threads.delete(thread.id)).deleted,
    };
  },

  async polling() {
    const assistant = await tutor({ tools: [WEATHER] });
    const thread = await threads.create(QUESTION);
    let run = await threads.runs.createAndPoll(thread.id, { assistant_id: assistant.id }, POLL);
    const seen = [run.status];
    run = await threads.runs.submitToolOutputsAndPoll(
      run.id,
      { thread_id: thread.id, tool_outputs: outputsOf(run) },
      POLL,
    );
    const steps = await all(threads.runs.steps.list(run.id, { thread_id: thread.id, order: 'asc' }));
    const step = await threads.runs.steps.retrieve(steps[0].id, {
      thread_id: thread.id,
      run_id: run.id,
    });
    return {
      seen: [...seen, run.status],
      texts: await textsOf(thread.id),
      steps: steps.map((one) => one.type),
      output: step.step_details.tool_calls[0].function.output,
    };
  },

  async streaming() {
    const assistant = await tutor();
    const thread = await threads.create(QUESTION);
    const stream = threads.runs.stream(thread.id, { assistant_id: assistant.id });
    const heard = listen(stream);
    const [run, steps, messages] = [
      await stream.finalRun(),
      await stream.finalRunSteps(),
      await stream.finalMessages(),
    ];
    await stream.done();
    const final = [run.status, steps.map((step) => step.type), messages[0].content[0].text.value];
    return { ...heard, final };
  },

  async streamingCitations() {
    const file = await client.files.create({
      file: await toFile(Buffer.from('The harbour was built in 1907.'), 'harbour.txt'),
      purpose: 'assistants',
    });
    const store = await client.vectorStores.create({});
    await client.vectorStores.files.createAndPoll(store.id, { file_id: file.id }, POLL);
    const assistant = await tutor({
      tools: [{ type: 'file_search' }],
      tool_resources: { file_search: { vector_store_ids: [store.id] } },
    });
    const thread = await threads.create(QUESTION);
    let written = '';
    // Throws, as standard output does, unless a delta has a string.
    const output = new Writable({
      write: (chunk, _, done) => {
        written += chunk;
        done();
      },
    });
    const marks = [];
    const stream = threads.runs
      .stream(thread.id, { assistant_id: assistant.id })
      .on('textCreated', (text) => output.write(text.annotations.length ? 'annotated' : ''))
      .on('textDelta', (delta, snapshot) => {
        output.write(delta.value);
        for (const annotation of delta.annotations ?? []) {
          marks.push([annotation.index, annotation.text, delta.value, snapshot.annotations.length]);
        }
      });
    const text = (await stream.finalMessages()).at(-1).content[0].text;
    return {
      written,
      value: text.value,
      marks,
      cited: text.annotations.map((one) => [one.text, one.file_citation.file_id === file.id]),
    };
  },

  async streamingCalls() {
    const assistant = await tutor({ tools: [WEATHER] });
    const thread = await threads.create(QUESTION);
    const first = threads.runs.stream(thread.id, { assistant_id: assistant.id });
    const asked = listen(first);
    const run = await first.finalRun();
    const second = threads.runs.submitToolOutputsStream(run.id, {
      thread_id: thread.id,
      tool_outputs: outputsOf(run),
    });
    const answered = listen(second);
    await second.done();
    return { asked, answered, texts: await textsOf(thread.id) };
  },

  async atOnce() {
    const body = { assistant_id: (await tutor()).id, thread: QUESTION };
    const started = await threads.createAndRun(body);
    const first = await threads.runs.poll(started.id, { thread_id: started.thread_id }, POLL);
    const second = await threads.createAndRunPoll(body, POLL);
    const stream = threads.createAndRunStream(body);
    const events = [];
    for await (const event of stream) events.push(event.event);
    const plain = await threads.createAndRun({ ...body, stream: true });
    const again = await all(plain);
    return {
      ends: [first.status, second.status, events.at(-1), again.at(-1).event],
      begins: [events[0], again[0].event],
    };
  },

  async cancelling() {
    const assistant = await tutor({ tools: [WEATHER] });
    const thread = await threads.create(QUESTION);
    const run = await threads.runs.createAndPoll(thread.id, { assistant_id: assistant.id }, POLL);
    await threads.runs.cancel(run.id, { thread_id: thread.id });
    const last = await threads.runs.poll(run.id, { thread_id: thread.id }, POLL);
    return [run.status, last.status];
  },

  async cancellingMidway() {
    const thread = await threads.create(QUESTION);
    const stream = threads.runs.stream(thread.id, { assistant_id: (await tutor()).id });
    const heard = listen(stream);
    stream.once('textDelta', () =>
      threads.runs.cancel(stream.currentRun().id, { thread_id: thread.id }),
    );
    const run = await stream.finalRun();
    return { ...heard, run: run.status };
  },

  async leavingEarly() {
    const thread = await threads.create(QUESTION);
    const stream = threads.runs.stream(thread.id, { assistant_id: (await tutor()).id });
    let run;
    for await (const event of stream) {
      if (event.event.startsWith('thread.run.')) run ??= event.data;
      if (event.event === 'thread.message.delta') break;
    }
    const last = await threads.runs.poll(run.id, { thread_id: thread.id }, POLL);
    return { last: last.status, texts: await textsOf(thread.id) };
  },

  async files() {
    const bytes = Buffer.from('in memory');
    const made = await client.files.create({
      file: await toFile(bytes, 'notes, für später.txt'),
      purpose: 'assistants',
    });
    const thread = await threads.create();
    const message = await threads.messages.create(thread.id, {
      role: 'user',
      content: 'Read this.',
      attachments: [{ file_id: made.id, tools: [{ type: 'code_interpreter' }] }],
    });
    const listed = await all(client.files.list({ purpose: 'assistants' }));
    return {
      made: [made.filename, made.bytes],
      attached: message.attachments[0].file_id === made.id,
      listed: listed.some((one) => one.id === made.id),
      content: await (await client.files.content(made.id)).text(),
      deleted: (await client.files.delete(made.id)).deleted,
    };
  },

  async errors() {
    const stranger = new OpenAI({ apiKey: 'sk-wrong', maxRetries: 0 });
    const { data, response } = await assistants.create({ model: MODEL }).withResponse();
    return {
      unknown: await errorOf(assistants.retrieve('asst_nobody')),
      range: await errorOf(tutor({ temperature: 3 })),
      missing: await errorOf(assistants.create({})),
      key: await errorOf(stranger.models.list()),
      response: [response.status, data._request_id === response.headers.get('x-request-id')],
    };
  },
};

serve(tasks);
