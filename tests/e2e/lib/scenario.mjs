// A sentence and what makes it true: a test of node:test with a deadline, and with farewells that are said in any case, the last
// one first, also when the deadline was missed (which older versions of Node do not promise of their own hooks).
import { test } from 'node:test';
import { within } from './deadline.mjs';

export function scenario(sentence, body, { seconds = 20, skip = false } = {}) {
  return test(sentence, { skip }, async (t) => {
    const farewells = [];
    const errors = [];
    const scope = { after: (farewell) => farewells.push(farewell), diagnostic: (text) => t.diagnostic(text) };
    await within(body(scope), seconds * 1000, 'the end of the test').catch((error) => errors.push(error));
    for (const farewell of farewells.reverse()) {
      try {
        await farewell();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 1) errors[0].message += `\nand then: ${errors.slice(1).map((error) => error.message).join('\n')}`;
    if (errors.length > 0) throw errors[0];
  });
}
