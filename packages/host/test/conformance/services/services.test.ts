import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openServicesBench, type ServicesBench, type Tiers } from "./bench.ts";
import { SERVICE_CASES } from "./cases.ts";

/** Each tier with itself, and each once on either side of another. */
const TIERS: readonly Tiers[] = [
  { provider: "inline", caller: "inline" },
  { provider: "worker", caller: "worker" },
  { provider: "process", caller: "process" },
  { provider: "wasm", caller: "wasm" },
  { provider: "inline", caller: "process" },
  { provider: "worker", caller: "wasm" },
  { provider: "process", caller: "worker" },
  { provider: "wasm", caller: "inline" },
];

/** Two components are built for some of them. */
const OPENING_MS = 60_000;

describe.each(TIERS)(
  "A service in tier $provider, called from $caller [OPS-18, BWK-85]",
  { tags: ["slow"] },
  (tiers) => {
    let bench: ServicesBench;

    beforeAll(async () => {
      bench = await openServicesBench(tiers);
    }, OPENING_MS);

    afterAll(async () => {
      await bench[Symbol.asyncDispose]();
    });

    test.for(SERVICE_CASES.map((each) => [each.title, each] as const))("%s", async ([, { run }]) => {
      expect.hasAssertions();
      await run(bench);
    });
  },
);
