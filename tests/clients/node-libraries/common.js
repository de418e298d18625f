// What the programs share: the SDK's client and the objects that their tasks begin with.
import OpenAI, { toFile } from 'openai';
import { Writable } from 'node:stream';

export const client = new OpenAI({ maxRetries: 0 });
export const { assistants, threads } = client.beta;
export const MODEL = 'scripted-1';
export const POLL = { pollIntervalMs: 20 };
export const QUESTION = { messages: [{ role: 'user', content: 'How warm is it in Paris?' }] };
export const WEATHER = {
  type: 'function',
  function: {
    name: 'get_weather',
    parameters: { type: 'object', properties: { location: { type: 'string' } } },
  },
};

export const tutor = (more = {}) =>
  assistants.create({ model: MODEL, name: 'Tutor', instructions: 'You are a tutor.', ...more });

export const outputsOf = (run) =>
  run.required_action.submit_tool_outputs.tool_calls.map((call) => ({
    tool_call_id: call.id,
    output: '11',
  }));

export async function all(page) {
  const items = [];
  for await (const item of page) items.push(item);
  return items;
}

// A stand-in for standard output. Like it, it throws when it is given no string.
export class Paper extends Writable {
  written = '';

  _write(chunk, encoding, done) {
    this.written += chunk;
    done();
  }
}

export async function librarian() {
  const file = await client.files.create({
    file: await toFile(Buffer.from('The harbour was built in 1907.'), 'harbour.txt'),
    purpose: 'assistants',
  });
  const store = await client.vectorStores.create({});
  await client.vectorStores.files.createAndPoll(store.id, { file_id: file.id }, POLL);
  return tutor({
    tools: [{ type: 'file_search' }],
    tool_resources: { file_search: { vector_store_ids: [store.id] } },
  });
}
