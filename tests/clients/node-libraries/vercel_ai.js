// What users of Vercel's AI SDK write: a route with AssistantResponse, and a page that reads it.
import { readDataStream } from '@ai-sdk/ui-utils';
import { AssistantResponse } from 'ai';
import { QUESTION, WEATHER, assistants, librarian, outputsOf, threads, tutor } from './common.js';
import { serve } from '../told.mjs';

async function respond(assistant) {
  const thread = await threads.create(QUESTION);
  const response = AssistantResponse(
    { threadId: thread.id, messageId: 'message_1' },
    async ({ forwardStream, sendDataMessage }) => {
      const stream = threads.runs.stream(thread.id, { assistant_id: assistant.id });
      let run = await forwardStream(stream);
      while (run?.status === 'requires_action') {
        sendDataMessage({ role: 'data', data: { asked: run.id.slice(0, 4) } });
        const outputs = { tool_outputs: outputsOf(run) };
        run = await forwardStream(
          threads.runs.submitToolOutputsStream(thread.id, run.id, outputs),
        );
      }
    },
  );
  const seen = { text: '', types: [] };
  for await (const { type, value } of readDataStream(response.body.getReader())) {
    if (seen.types.at(-1) !== type) seen.types.push(type);
    if (type === 'text') seen.text += value;
    if (type === 'data_message') seen.data = value.data;
    if (type === 'error') seen.error = value;
  }
  const [message] = (await threads.messages.list(thread.id, { limit: 1 })).data;
  return { ...seen, whole: seen.text === message.content[0].text.value };
}

serve({
  answers: async () => respond(await tutor()),
  calls: async () => respond(await tutor({ tools: [WEATHER] })),
  citations: async () => respond(await librarian()),
  code: async () => respond(await tutor({ tools: [{ type: 'code_interpreter' }] })),
  async errors() {
    const assistant = await tutor();
    await assistants.del(assistant.id);
    return respond(assistant);
  },
});
