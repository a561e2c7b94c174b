type Work = (input: number) => Promise<number>;

/**
 * The same policies as one would write them for one's own program: an async function around the next for each, a timer for each
 * call.
 */
export function composeByHand(work: Work): Work {
  return withMetrics(withBreaker(withConcurrency(withRetry(withDeadline(work, 30_000), 3), 10), 5));
}

function withMetrics(next: Work): Work {
  const metrics = { calls: 0, failures: 0, totalMs: 0 };
  return async (input) => {
    const startedMs = performance.now();
    metrics.calls++;
    try {
      return await next(input);
    } catch (error) {
      metrics.failures++;
      throw error;
    } finally {
      metrics.totalMs += performance.now() - startedMs;
    }
  };
}

function withBreaker(next: Work, threshold: number): Work {
  let failures = 0;
  let openUntil = 0;
  return async (input) => {
    if (openUntil > 0 && Date.now() < openUntil) throw new Error("open");
    try {
      const answer = await next(input);
      failures = 0;
      return answer;
    } catch (error) {
      if (++failures >= threshold) openUntil = Date.now() + 60_000;
      throw error;
    }
  };
}

function withConcurrency(next: Work, width: number): Work {
  let inFlight = 0;
  const waiting: (() => void)[] = [];
  return async (input) => {
    if (inFlight >= width) await new Promise<void>((resolve) => waiting.push(resolve));
    inFlight++;
    try {
      return await next(input);
    } finally {
      inFlight--;
      waiting.shift()?.();
    }
  };
}

function withRetry(next: Work, attempts: number): Work {
  return async (input) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await next(input);
      } catch (error) {
        if (attempt === attempts) throw error;
        await new Promise((resolve) => setTimeout(resolve, 1_000 * 2 ** (attempt - 1)));
      }
    }
  };
}

function withDeadline(next: Work, limitMs: number): Work {
  return async (input) => {
    const { promise, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new Error("late")), limitMs);
    try {
      return await Promise.race([next(input), promise]);
    } finally {
      clearTimeout(timer);
    }
  };
}
