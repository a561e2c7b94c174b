import { expect, test } from "vitest";
import { openReloadingHost } from "./reloading-host.ts";

/** The thread that checks begins with the first reload, and takes a moment. */
const MOST_RELOADS = 100;

test.each(["worker", "process"] as const)(
  "In tier %s modules run as they were checked: nobody reads them again",
  async (tier) => {
    await using at = await openReloadingHost(tier);
    let reloads = 0;
    while (at.runner.told.size === 0 && ++reloads < MOST_RELOADS) {
      await at.save({ label: `v${reloads}`, top: "const one: number = 1; void one;" });
      expect(await at.host.reloads.reload("counter")).toMatchObject({ outcome: "reloaded" });
      expect(await at.count.next()).toBe(`v${reloads} ${reloads + 1}`);
      await at.untilOneIsLeft();
    }
    expect([...at.runner.told]).toEqual([reloads + 1]);
  },
);
