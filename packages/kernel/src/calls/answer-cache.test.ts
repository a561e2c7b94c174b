import { HostError } from "@berth/contract";
import { describe, expect, test } from "vitest";
import { endpointRig } from "../../test/endpoint-rig.ts";
import { AnswerCache } from "./answer-cache.ts";

const HOUR_MS = 3_600_000;

describe("AnswerCache", () => {
  test("lets the last answer to the same call stand in while the policy says so, until it is too old [BWK-3]", async () => {
    let isDown = false;
    const invoke = (input: string): unknown => {
      if (isDown) throw new HostError("CONTRACT_BROKEN", "down");
      return { about: input };
    };
    const used = { fallback: { useCached: true, maxAgeMs: HOUR_MS } };
    const cache = new AnswerCache<string>((input) => (input === "secret" ? undefined : input));
    const { endpoint, clock } = endpointRig({ invoke, cache });
    await endpoint.call("before");
    endpoint.adapt(used);
    const first = (await endpoint.call("rain")) as { about: string };
    first.about = "changed by the caller";
    await endpoint.call("secret");
    isDown = true;
    expect(await endpoint.run("rain")).toMatchObject({ kind: "cached", value: { about: "rain" }, ageMs: 0 });
    for (const input of ["before", "secret", "snow"]) expect((await endpoint.run(input)).kind).toBe("failed");
    await clock.advance(HOUR_MS + 1);
    expect((await endpoint.run("rain")).kind).toBe("failed");
  });

  test("keeps the last two hundred answers, and none that is large", () => {
    const cache = new AnswerCache<string>((input) => input);
    for (let i = 0; i <= 200; i++) cache.write(`${i}`, { value: i, storedAt: 0 });
    cache.write("large", { value: "x".repeat(1_000_000), storedAt: 0 });
    expect([cache.read("0"), cache.read("1")?.value, cache.read("200")?.value, cache.read("large")]).toEqual([
      undefined,
      1,
      200,
      undefined,
    ]);
  });
});
