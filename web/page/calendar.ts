// Which day a bar of a day stands for: that on which its session ends, on the wall of its market. A session may begin on the evening
// before, and a morning in Sydney is still yesterday in UTC, so the bar's beginning alone does not tell.

/** s */
export const day = 86_400;

/** A market's time zone and hours, as UDF writes them: `"0930-1600"`, `"1700-1600"` over midnight, `"24x7"`. */
export interface Hours { timezone: string; session: string }

export class Calendar {
  private readonly wall: Intl.DateTimeFormat;
  private readonly overnight: boolean;

  /** Throws where this browser does not know the time zone. */
  constructor({ timezone, session }: Hours) {
    this.wall = new Intl.DateTimeFormat("en-US", { timeZone: timezone, calendar: "gregory", year: "numeric", month: "numeric", day: "numeric" });
    const [, open = "", close = ""] = /^(\d{4})-(\d{4})$/.exec(session) ?? [];
    // One that ends at midnight ends with the day on which it began.
    this.overnight = close <= open && Number(close) > 0;
  }

  /** The day of the session that begins at `start`: its 00:00 UTC, both in seconds. */
  day(start: number): number {
    const at: Partial<Record<string, number>> = {};
    for (const { type, value } of this.wall.formatToParts(start * 1000)) at[type] = Number(value);
    return Date.UTC(at.year ?? 0, (at.month ?? 1) - 1, at.day) / 1000 + (this.overnight ? day : 0);
  }
}

/** Where nobody tells the hours: days from midnight to midnight, UTC. */
export const plain = new Calendar({ timezone: "UTC", session: "24x7" });
