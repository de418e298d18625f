// What users of version 4 of the Node SDK write, with the event handlers of the vendor's quickstart.
import OpenAI from 'openai';
import {
  MODEL,
  POLL,
  Paper,
  QUESTION,
  WEATHER,
  all,
  assistants,
  client,
  librarian,
  outputsOf,
  threads,
  tutor,
} from './common.js';
import { serve } from '../told.mjs';

function print(stream, paper) {
  return stream
    .on('textCreated', () => paper.write('assistant > '))
    .on('textDelta', (delta) => paper.write(delta.value))
    .on('toolCallCreated', (call) => paper.write(`${call.type}\n`))
    .on('toolCallDelta', (delta) => {
      if (delta.type === 'function') paper.write(delta.function.arguments);
      if (delta.type !== 'code_interpreter') return;
      if (delta.code_interpreter.input) paper.write(delta.code_interpreter.input);
      for (const output of delta.code_interpreter.outputs ?? []) {
        if (output.type === 'logs') paper.write(`\noutput > ${output.logs}\n`);
      }
    });
}

async function printed(assistant) {
  const thread = await threads.create(QUESTION);
  const paper = new Paper();
  const marks = [];
  const stream = print(threads.runs.stream(thread.id, { assistant_id: assistant.id }), paper);
  stream.on('textDelta', (delta, snapshot) => {
    for (const annotation of delta.annotations ?? []) {
      marks.push([annotation.text, delta.value, snapshot.annotations.length]);
    }
  });
  const message = (await stream.finalMessages()).at(-1);
  return { paper: paper.written, marks, text: message.content[0].text };
}

async function errorOf(promise) {
  try {
    await promise;
  } catch (error) {
    return [error.constructor.name, error.status, error.code, error.message];
  }
}

serve({
  async objects() {
    const made = [await tutor(), await tutor({ metadata: { n: '2' } })];
    const changed = await assistants.update(made[0].id, { name: 'Teacher' });
    const listed = await assistants.list({ order: 'desc', limit: 1 });
    const next = await listed.getNextPage();
    const thread = await threads.create();
    await threads.messages.create(thread.id, { role: 'user', content: 'one' });
    await threads.messages.create(thread.id, { role: 'assistant', content: 'two' });
    const messages = await all(threads.messages.list(thread.id, { order: 'asc', limit: 1 }));
    return {
      changed: [changed.name, changed.instructions],
      paged: [listed.data[0].id, next.data[0].id].join() === [made[1].id, made[0].id].join(),
      texts: messages.map((message) => message.content[0].text.value),
      deleted: [
        (await assistants.del(made[0].id)).deleted,
        (await threads.del(thread.id)).deleted,
      ],
    };
  },

  async polling() {
    const thread = await threads.create(QUESTION);
    const { id } = await tutor({ tools: [WEATHER] });
    const run = await threads.runs.createAndPoll(thread.id, { assistant_id: id }, POLL);
    const done = await threads.runs.submitToolOutputsAndPoll(
      thread.id,
      run.id,
      { tool_outputs: outputsOf(run) },
      POLL,
    );
    const [answer] = (await threads.messages.list(thread.id, { run_id: run.id })).data;
    return [run.status, done.status, answer.content[0].text.value];
  },

  async calls() {
    const thread = await threads.create(QUESTION);
    const { id } = await tutor({ tools: [WEATHER] });
    const paper = new Paper();
    const first = print(threads.runs.stream(thread.id, { assistant_id: id }), paper);
    const run = await first.finalRun();
    const outputs = { tool_outputs: outputsOf(run) };
    await print(threads.runs.submitToolOutputsStream(thread.id, run.id, outputs), paper).done();
    return paper.written;
  },

  citations: async () => printed(await librarian()),

  code: async () => printed(await tutor({ tools: [{ type: 'code_interpreter' }] })),

  async errors() {
    return {
      unknown: await errorOf(assistants.retrieve('asst_nobody')),
      key: await errorOf(new OpenAI({ apiKey: 'sk-wrong', maxRetries: 0 }).models.list()),
      range: await errorOf(client.beta.assistants.create({ model: MODEL, temperature: 3 })),
    };
  },
});
