// What users of LangChain.js's OpenAIAssistantRunnable write.
import { tool } from '@langchain/core/tools';
import { AgentExecutor } from 'langchain/agents';
import { OpenAIAssistantRunnable } from 'langchain/experimental/openai_assistant';
import { MODEL, WEATHER, librarian } from './common.js';
import { serve } from '../told.mjs';

async function runnable(more = {}) {
  const made = await OpenAIAssistantRunnable.createAssistant({
    model: MODEL,
    name: 'Tutor',
    instructions: 'You are a tutor.',
    ...more,
  });
  made.pollIntervalMs = 20;
  return made;
}

const getWeather = tool(({ location }) => `11 degrees in ${location}`, {
  name: 'get_weather',
  description: 'The weather of a place.',
  schema: WEATHER.function.parameters,
});

serve({
  async conversation() {
    const assistant = await runnable();
    const [first] = await assistant.invoke({ content: 'What is 3 + 4?' });
    const threadId = first.thread_id;
    const [second] = await assistant.invoke({ content: 'And times 2?', threadId });
    return [first, second].map((message) => message.content[0].text.value);
  },

  async calls() {
    const assistant = await runnable({ tools: [WEATHER] });
    const asked = await assistant.invoke({ content: 'How warm is it in Paris?' });
    return asked.map((call) => [call.function.name, call.function.arguments]);
  },

  async executor() {
    const agent = await runnable({ tools: [WEATHER], asAgent: true });
    const executor = AgentExecutor.fromAgentAndTools({ agent, tools: [getWeather] });
    return (await executor.invoke({ content: 'How warm is it in Paris?' })).output;
  },

  async citations() {
    const { id } = await librarian();
    const assistant = new OpenAIAssistantRunnable({ assistantId: id });
    assistant.pollIntervalMs = 20;
    const [message] = await assistant.invoke({ content: 'When was the harbour built?' });
    return message.content[0].text.annotations.map((one) => [one.type, one.text]);
  },

  async modified() {
    const assistant = await runnable();
    await assistant.modifyAssistant({ name: 'Teacher' });
    const { name, instructions } = await assistant.getAssistant();
    return { name, instructions, deleted: (await assistant.deleteAssistant()).deleted };
  },

  async errors() {
    const assistant = new OpenAIAssistantRunnable({ assistantId: 'asst_nobody' });
    return assistant.invoke({ content: 'Hello?' }).catch((error) => [error.status, error.message]);
  },
});
