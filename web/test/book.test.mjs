import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./load.mjs";

const { Book } = await load("book");
const limit = { timeout: 10_000 };
const full = (n) => ({ e: "book", s: "A", n, t: 1, snap: true, b: [[10, 5], [9, 6]], a: [[11, 7], [12, 8]] });
const change = (n, b, a = []) => ({ e: "book", s: "A", n, t: 2, b, a });

test("changes go where their price belongs, and size 0 takes a level away", limit, () => {
  const book = new Book();
  book.take(full(1));
  book.take(change(2, [[10.5, 1], [9, 0], [8, 3]], [[11, 9], [11.5, 2], [13, 0]]));
  assert.deepEqual(book.bids, [[10.5, 1], [10, 5], [8, 3]]);
  assert.deepEqual(book.asks, [[11, 9], [11.5, 2], [12, 8]]);
});

test("nothing is changed before there is a book, nor twice", limit, () => {
  const book = new Book();
  book.take(change(5, [[10, 1]]));
  assert.equal(book.n, 0);
  book.take(full(6));
  book.take(change(6, [[10, 1]]));
  book.take(change(4, [[10, 1]]));
  assert.deepEqual(book.bids[0], [10, 5]);
});

test("a snapshot replaces the book, also in mid-stream and of another run", limit, () => {
  const book = new Book();
  book.take(full(6));
  book.take(change(7, [[10.5, 1]]));
  book.take(full(2));
  assert.deepEqual(book.bids, [[10, 5], [9, 6]]);
  assert.equal(book.n, 2);
});

test("what a snapshot said is not changed by what follows", limit, () => {
  const told = full(1);
  const book = new Book();
  book.take(told);
  book.take(change(2, [[10, 0]]));
  assert.equal(told.b.length, 2);
});
