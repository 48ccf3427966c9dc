// Waiting with an end. Nothing in this suite waits for ever and nothing sleeps for luck: a test waits for an event, and says
// what it missed when the event did not come. TICKCAST_E2E_SCALE below 1 (sanitizer builds) makes crowds smaller and
// deadlines longer; it never changes what is asserted.

export const scale = Number(process.env.TICKCAST_E2E_SCALE ?? 1);
if (!(scale > 0 && scale <= 1)) throw new Error('TICKCAST_E2E_SCALE is a number above 0 and at most 1');

// How many times longer than on a release build everything may take.
export const patience = scale < 1 ? 4 : 1;

// Bytes by which the server may grow without saying anything about it: sanitizers keep what was freed in a quarantine.
export const quarantine = scale < 1 ? 600 << 20 : 0;

export const scaled = (count, least = 1) => Math.max(least, Math.round(count * scale));

// The promise's value, or an error saying what did not happen in time. `what` may be a function, asked only when too late.
export async function within(promise, ms, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => {
      const missed = typeof what === 'function' ? what() : what;
      reject(new Error(`${missed} did not happen within ${ms * patience} ms`));
    }, ms * patience);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Asks until the answer is truthy, and returns it. For facts nobody announces: a counter, a file, a process' memory.
export async function until(condition, ms, what) {
  const end = Date.now() + ms * patience;
  for (;;) {
    const answer = await condition();
    if (answer) return answer;
    if (Date.now() > end) {
      const missed = typeof what === 'function' ? what() : what;
      throw new Error(`${missed} did not happen within ${ms * patience} ms`);
    }
    await pause(20);
  }
}
