// What was not as it should be, and when: connections lost and found again, gaps, lowered rates, halts. The page shows each of
// them while it lasts; here one can read it afterwards. Newest first, and repetitions of the same count up instead of
// pushing the others out.

export interface Entry { at: number; text: string; kind: "good" | "bad" | "plain"; times: number }

const kept = 60;
/** The same said again within this counts as one, ms. */
const together = 10_000;

export class Diary {
  readonly entries: Entry[] = [];
  /** Counts every change. */ version = 0;

  constructor(private readonly now: () => number = Date.now) {}

  /** `topic` tells what of one kind may be counted together; the newest `text` stands for all of it. */
  note(text: string, kind: Entry["kind"] = "plain", topic?: string): void {
    const at = this.now();
    const newest = this.entries[0];
    this.version += 1;
    if (newest?.kind === kind && at - newest.at < together && (topic === undefined ? newest.text === text : this.topic === topic)) {
      newest.text = text;
      newest.at = at;
      newest.times += 1;
      return;
    }
    this.topic = topic;
    this.entries.unshift({ at, text, kind, times: 1 });
    if (this.entries.length > kept) this.entries.pop();
  }

  private topic: string | undefined;
}
