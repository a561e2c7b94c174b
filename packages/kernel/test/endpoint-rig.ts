import { ManualClock } from "@berth/base";
import type { CallContext } from "@berth/contract";
import { DeadlineWheel } from "../src/calls/deadline-wheel.ts";
import { composeEndpoint } from "../src/calls/endpoint.ts";
import type { Endpoint, EndpointParts } from "../src/calls/endpoint-parts.ts";

/** One call that arrived at the callee of a {@link EndpointRig}, answered when the test likes. */
export interface Arrival {
  input: string;
  context: CallContext;
  atMs: number;
  answer: (value: unknown) => void;
  fail: (error: unknown) => void;
}

/** For tests: an endpoint on a manual clock, whose callee is the test. */
export interface EndpointRig {
  clock: ManualClock;
  wheel: DeadlineWheel;
  endpoint: Endpoint<string, unknown>;
  arrivals: Arrival[];
}

/** Noon, so that wall clock and monotonic time are not mistaken for each other. */
export const RIG_START = Date.UTC(2026, 0, 1, 12);

/** Its waits are as long as they can be, and one probe decides unless the test says otherwise. */
export function endpointRig({ policy, ...parts }: Partial<EndpointParts<string, unknown>> = {}): EndpointRig {
  const clock = new ManualClock(RIG_START);
  const wheel = new DeadlineWheel(clock);
  const arrivals: Arrival[] = [];
  const invoke = (input: string, context: CallContext): Promise<unknown> => {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    arrivals.push({ input, context, atMs: clock.monotonicMs(), answer: resolve, fail: reject });
    return promise;
  };
  const endpoint = composeEndpoint({
    name: "source/weather (home)",
    invoke,
    clock,
    wheel,
    random: () => 1,
    policy: { ...policy, breaker: { probes: 1, successesToClose: 1, ...policy?.breaker } },
    ...parts,
  });
  return { clock, wheel, endpoint, arrivals };
}

/** What a callee says, one entry an attempt: a value to return, or an error to throw. */
export function scripted(answers: unknown[]): () => Promise<unknown> {
  let next = 0;
  return async () => {
    const answer = answers[next++];
    if (answer instanceof Error) throw answer;
    return answer;
  };
}
