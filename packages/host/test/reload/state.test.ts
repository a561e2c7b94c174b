import { describe, expect, test } from "vitest";
import { openReloadingHost, until } from "./reloading-host.ts";

/** Each reload finds the next of these. */
const KINDS = [
  ["a function", "({ a: { b: [0, () => 1] } })", /state\.a\.b\[1\].*function/],
  ["a cycle", "((own) => { own.a = { own }; return own; })({})", /state\.a\.own: it is a reference to what holds it/],
  ["too much", "({ text: 'x'.repeat(11 * 2 ** 20) })", /larger than \d+ bytes \(limits\.state_mb\)/],
  ["too many bytes", "new Uint8Array(11 * 2 ** 20)", /larger than \d+ bytes \(limits\.state_mb\)/],
  ["too deep", "((deep) => { for (let i = 0; i < 300; i++) deep = { deep }; return deep; })({})", /nested deeper than/],
] as const;

const UNCARRIABLE = `
  saveState: () => [${KINDS.map(([, text]) => `() => ${text}`).join(", ")}, () => ({ count })][saves++](),
  restoreState: (state) => { count = state.count; },
`;

const keeps = (version: number, more = ""): string => `
  stateVersion: ${version},
  saveState: () => ({ ${version === 1 ? "count" : "value: count"} }),
  restoreState: (state) => { count = state.${version === 1 ? "count" : "value"}; },
  ${more}
`;

const MIGRATES = `migrateState: (state, { from, to }) => {
  if (from === 1 && to === 2) return { value: state.count };
  if (from === 2 && to === 1) return { count: state.value };
  throw new Error("no way from " + from + " to " + to);
},`;

test("An old version that does not get done saving its state goes on with it [FLX-22, OPS-47]", async () => {
  const hooks = `saveState: async (ctx) => {
    if (saves++ === 0) { ctx.log.info("hangs"); await new Promise(() => {}); }
    return { count };
  }, restoreState: (state) => { count = state.count; },`;
  await using at = await openReloadingHost("worker", { top: "let saves = 0;", hooks });
  await at.save({ label: "two" });
  const reloading = at.host.reloads.reload("counter");
  await until(() => at.host.records.some(({ message }) => message === "hangs"));
  await at.clock.advance(5_000);
  expect(await reloading).toMatchObject({ outcome: "refused", failed: { step: "handover" } });
  await at.untilOneIsLeft();
  await at.clock.advance(5_000);
  expect([...at.runner.alive]).toEqual([1]);
  expect(await at.count.next()).toBe("one 2");
  expect(await at.host.reloads.reload("counter")).toMatchObject({ outcome: "reloaded" });
  expect(await at.count.next()).toBe("two 3");
});

describe.each(["inline", "worker", "process"] as const)("State in tier %s", { tags: ["slow"] }, (tier) => {
  test("that cannot be carried refuses the reload and names the place; the old one goes on [FLX-22]", async () => {
    await using at = await openReloadingHost(tier, { top: "let saves = 0;", hooks: UNCARRIABLE });
    await at.save({ label: "two" });
    for (const [index, [what, , says]] of KINDS.entries()) {
      expect(await at.host.reloads.reload("counter"), what).toMatchObject({
        outcome: "refused",
        failed: { step: "handover", error: { code: "STATE_UNCARRIABLE", message: expect.stringMatching(says) } },
      });
      expect(await at.count.next()).toBe(`one ${index + 2}`);
    }
    expect(await at.host.reloads.reload("counter")).toMatchObject({ outcome: "reloaded" });
    expect(await at.count.next()).toBe(`two ${KINDS.length + 2}`);
  });

  test("is taken to another version and back; without a way it is refused [FLX-23]", async () => {
    await using at = await openReloadingHost(tier, { hooks: keeps(1, MIGRATES) });
    await at.save({ label: "without", hooks: keeps(2) });
    expect(await at.host.reloads.reload("counter")).toMatchObject({
      outcome: "refused",
      failed: { step: "handover", error: { code: "STATE_INCOMPATIBLE" } },
    });
    await at.save({ label: "up", hooks: keeps(2, MIGRATES) });
    expect(await at.host.reloads.reload("counter")).toMatchObject({ outcome: "reloaded" });
    expect(await at.count.next()).toBe("up 2");
    await at.save({ label: "down", hooks: keeps(1, MIGRATES) });
    expect(await at.host.reloads.reload("counter")).toMatchObject({ outcome: "reloaded" });
    expect(await at.count.next()).toBe("down 3");
  });

  test("may be as large as limits.state_mb says, and bytes [FLX-22]", async () => {
    const hooks = (size: string): string => `
      saveState: () => new Uint8Array(${size}).fill(count),
      restoreState: (state) => { if (state.length !== ${size}) throw new Error("cut"); count = state[0]; },
    `;
    const manifest = "[limits]\nstate_mb = 1";
    await using at = await openReloadingHost(tier, { hooks: hooks("2 ** 20"), manifest });
    await at.save({
      label: "two",
      hooks: hooks("2 ** 20").replace(
        "saveState: () => ",
        "saveState: () => count > 2 ? new Uint8Array(2 ** 20 + 1) : ",
      ),
      manifest,
    });
    expect(await at.host.reloads.reload("counter")).toMatchObject({ outcome: "reloaded" });
    expect([await at.count.next(), await at.count.next()]).toEqual(["two 2", "two 3"]);
    await at.save({ label: "three", hooks: hooks("2 ** 20"), manifest });
    expect(await at.host.reloads.reload("counter")).toMatchObject({
      outcome: "refused",
      failed: { step: "handover", error: { code: "STATE_UNCARRIABLE" } },
    });
    expect(await at.count.next()).toBe("two 4");
  });
});
