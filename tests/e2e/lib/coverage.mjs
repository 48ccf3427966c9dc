// Whether one client has heard of every number: plain messages, merged ones and gaps must follow each other without hole or
// overlap, symbol by symbol. Feed it every message of one channel; it notes what is wrong instead of throwing, so that it can
// stand in a socket's callback.

export class Coverage {
  constructor() {
    this.due = new Map();
    this.anew = new Set();  // streams whose snapshot comes instead of what cannot be recovered
    this.plain = 0;
    this.merged = 0;
    this.missing = 0;
    this.gaps = [];
    this.rates = [];
    this.faults = [];
  }

  // The streams of an ack that asked for no snapshot: what comes after it is due, but where one goes on. One that could not go
  // on gets a snapshot nevertheless.
  begin(symbols) {
    for (const { s, n, recovered } of symbols) {
      if (recovered === false || !this.due.has(s)) this.due.set(s, n + 1);
      if (recovered === false) this.anew.add(s);
    }
  }

  // Where to resume: the last number heard of, by symbol.
  get heard() { return Object.fromEntries([...this.due].map(([s, due]) => [s, due - 1])); }

  take(message) {
    const { e, s, n, f = n, k = n - f + 1 } = message;
    if (e === 'rate') this.rates.push(message);
    if (e !== 'trade' && e !== 'gap') return;
    if (message.snap) {
      const announced = this.anew.delete(s);
      if (this.due.has(s) && !(announced && this.due.get(s) === n + 1)) this.fault(`a second snapshot of ${s}`);
      this.due.set(s, n + 1);
      return;
    }
    const due = this.due.get(s) ?? 1;
    if (f !== due) this.fault(`${s}: ${f}…${n} came where ${due} was due`);
    if (k !== n - f + 1) this.fault(`${s}: ${f}…${n} are not ${k}`);
    if (e === 'gap') {
      this.gaps.push(message);
      this.missing += n - f + 1;
    } else if (n > f) {
      ++this.merged;
    } else {
      ++this.plain;
    }
    this.due.set(s, n + 1);
  }

  fault(what) { if (this.faults.length < 10) this.faults.push(what); }

  // Whether all numbers of these acks ({ s, n }) have been heard of.
  reached(symbols) { return symbols.every(({ s, n }) => (this.due.get(s) ?? 1) > n); }
}
