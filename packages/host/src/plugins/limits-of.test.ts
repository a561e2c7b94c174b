import { manifestSchema } from "@berth/contract/manifest";
import { defaultHostConfig } from "@berth/kernel/config";
import { expect, test } from "vitest";
import { limitsOf } from "./limits-of.ts";

const manifestAsking = (limits: object) =>
  manifestSchema.parse({ plugin: { name: "greedy", version: "1.0.0" }, limits });

test("limitsOf lets no manifest go past what the operator allows all plugins", () => {
  const config = { ...defaultHostConfig(), plugin_limits: { store_mb: 1, concurrency: 50, call_timeout_ms: 5_000 } };
  expect(limitsOf(manifestAsking({ store_mb: 10_240, concurrency: 2, response_mb: 3 }), config)).toEqual({
    store_mb: 1,
    concurrency: 2,
    call_timeout_ms: 5_000,
    response_mb: 3,
  });
});

test("limitsOf takes the operator's word for one plugin over everything", () => {
  const plugins = { greedy: { enabled: true, accept_unenforced: [], limits: { store_mb: 500 } } };
  const config = { ...defaultHostConfig(), plugin_limits: { store_mb: 1 }, plugins };
  expect(limitsOf(manifestAsking({ store_mb: 20 }), config)).toEqual({ store_mb: 500 });
});
