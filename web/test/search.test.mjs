import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./load.mjs";

const { Search } = await load("search");
const limit = { timeout: 10_000 };

/** A field as the browser has it, and what its search has led to. */
function field(...found) {
  const input = Object.assign(new EventTarget(), { value: "" });
  const said = [];
  new Search(input, {
    seek: (text) => said.push(`seek ${text}`), best: () => found[0], choose: (symbol) => said.push(`choose ${symbol}`), leave: () => said.push("leave"),
  });
  return {
    input, said,
    type(text) { input.value = text; input.dispatchEvent(new Event("input")); said.length = 0; },
    /** Whether the key was taken, and what came of it. */
    press(key, more = {}) {
      said.length = 0;
      const event = Object.assign(new Event("keydown", { cancelable: true }), { key, ...more });
      input.dispatchEvent(event);
      return [event.defaultPrevented, ...said];
    },
  };
}

test("what is typed is looked for", limit, () => {
  const { input, said } = field();
  input.value = "goo";
  input.dispatchEvent(new Event("input"));
  assert.deepEqual(said, ["seek goo"]);
});

test("Enter takes the best match, clears the search and leaves the field", limit, () => {
  const { input, type, press } = field("GOOGL", "GOO");
  type("goo");
  assert.deepEqual(press("Enter"), [true, "seek ", "choose GOOGL", "leave"]);
  assert.equal(input.value, "");
});

test("Enter stays where nothing was found, and only leaves where nothing was asked", limit, () => {
  const none = field();
  none.type("xyz");
  assert.deepEqual(none.press("Enter"), [true]);
  assert.equal(none.input.value, "xyz");
  assert.deepEqual(field("AAPL").press("Enter"), [true, "leave"]);
});

test("Escape clears, then leaves", limit, () => {
  const { input, type, press } = field("GOOGL");
  type("goo");
  assert.deepEqual(press("Escape"), [true, "seek "]);
  assert.equal(input.value, "");
  assert.deepEqual(press("Escape"), [true, "leave"]);
});

test("down leaves for what was found; other keys, and those of an input method, are typed", limit, () => {
  const { input, type, press } = field("GOOGL");
  type("goo");
  assert.deepEqual(press("ArrowDown"), [true, "leave"]);
  assert.equal(input.value, "goo");
  assert.deepEqual(press("2"), [false]);
  assert.deepEqual(press("Enter", { isComposing: true }), [false]);
});
