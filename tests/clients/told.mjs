// Make a program do tasks: it reads a name per line and writes an answer as JSON per line.
import { createInterface } from 'node:readline';

export async function serve(tasks) {
  for await (const line of createInterface({ input: process.stdin })) {
    let answer;
    try {
      answer = { saw: await tasks[line]() };
    } catch (error) {
      answer = { error: error.stack };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
}
