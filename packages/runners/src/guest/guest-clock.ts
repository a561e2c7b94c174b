import { type Clock, systemClock } from "@berth/base";

/** The clock of a guest. It reads the time without `performance`, which takes Node.js half a millisecond to make in each new thread. */
export const guestClock: Clock = {
  ...systemClock,
  monotonicMs: () => {
    const [seconds, nanoseconds] = process.hrtime();
    return seconds * 1_000 + nanoseconds / 1_000_000;
  },
};
