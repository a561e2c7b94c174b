import { mkdtempDisposable, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BusEvent, Limits, Tier } from "@berth/contract";
import type { HostConfig } from "@berth/kernel/config";
import { readManifest } from "@berth/kernel/manifest";
import type { LimitEvent } from "@berth/kernel/runner";
import { buildComponent } from "@berth/runners/wasm-build";
import { createTestHost, type TestHost } from "@berth/testing";
import { expect, vi } from "vitest";
import { aCall } from "../plugins-of-tests.ts";

const SOURCE = join(import.meta.dirname, "plugin");
const NAME = "hungry";
/** Far beyond the second in which a look at a sandbox comes around. */
const TOLD_WITHIN = { timeout: 15_000, interval: 20 };

/** A host whose one plugin, a stranger's, takes more than it may. */
export interface HungryBench extends AsyncDisposable {
  readonly host: TestHost;
  /** Lets it take too much of one thing; resolves with what it says of that. */
  greed(name: string, input?: string): Promise<unknown>;
  /** Waits until the host has told of a limit in all its ways, and compares what each says. */
  expectTold(limit: keyof Limits, action: LimitEvent["action"], figures: FigureBounds): Promise<void>;
}

/** What a report must say: what is allowed, and between what the figure lies. */
export interface FigureBounds {
  allowed: number;
  least: number;
  most?: number;
}

/** How the plugin runs. */
export interface HungryOptions {
  tier: Exclude<Tier, "inline">;
  limits: Limits;
  grant?: HostConfig["plugins"][string]["grant"];
  /** Of the plugin; default: the TypeScript one. */
  folder?: string;
}

export async function openHungry({ tier, limits, grant = {}, folder = SOURCE }: HungryOptions): Promise<HungryBench> {
  const settings = { enabled: true, isolation: tier, accept_unenforced: [], limits, grant };
  await using opened = new AsyncDisposableStack();
  const host = opened.use(
    await createTestHost({ plugins: [folder], trust: "third-party", config: { plugins: { [NAME]: settings } } }),
  );
  const heard: BusEvent[] = [];
  host.events.subscribe({ owner: "test", pattern: "plugin.limit" }, (event) => void heard.push(event));
  const instance = opened.use(host.instance({ contribution: `service/${NAME}`, instanceId: "it" }));
  const owned = opened.move();
  return {
    host,
    greed: (name, input = "") => instance.method(name)([input], aCall({ signal: AbortSignal.timeout(60_000) })),
    expectTold: async (limit, action, { allowed, least, most = Infinity }) => {
      const isIt = (facts: unknown): boolean =>
        (facts as LimitEvent).limit === limit && (facts as LimitEvent).action === action;
      const entriesOf = () => host.storage.audit.list({ plugin: NAME, kind: "limit.hit" });
      await vi.waitFor(() => {
        expect(entriesOf().some(({ details }) => isIt(details))).toBe(true);
        expect(heard.some(({ data }) => isIt(data))).toBe(true);
      }, TOLD_WITHIN);
      const record = host.records.find(({ fields }) => fields !== undefined && isIt(fields));
      const told = [
        record?.fields,
        heard.find(({ data }) => isIt(data))?.data,
        entriesOf().findLast(({ details }) => isIt(details))?.details,
      ];
      expect(record).toMatchObject({
        level: "warn",
        message: expect.stringContaining(`"${NAME}" went past limits.${limit}`),
      });
      for (const facts of told) expect(facts).toMatchObject({ limit, allowed, action });
      for (const facts of told) {
        const { used } = facts as unknown as LimitEvent;
        expect(used).toBeGreaterThanOrEqual(least);
        expect(used).toBeLessThanOrEqual(most);
      }
      const count = host.limitCounts.find((one) => one.plugin === NAME && one.limit === limit);
      expect(count?.hits).toBeGreaterThanOrEqual(1);
      expect(count?.last).toMatchObject({ limit, allowed });
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** The same plugin as a WebAssembly component, in a folder of its own. */
export async function hungryComponent(owner: AsyncDisposableStack): Promise<string> {
  const folder = owner.use(await mkdtempDisposable(join(tmpdir(), "berth-limits-"))).path;
  const toml = await readFile(join(SOURCE, "plugin.toml"), "utf8");
  const reading = await readManifest(toml, "plugin.toml");
  if (!("manifest" in reading)) throw new Error("the suite's own manifest is not sound");
  const { permissions } = reading.manifest;
  const { bytes } = await buildComponent({ entry: join(SOURCE, "src/plugin.ts"), permissions });
  await writeFile(join(folder, "plugin.wasm"), bytes);
  await writeFile(join(folder, "plugin.toml"), `${toml}\n[runtime]\ntype = "wasm"\nentry = "plugin.wasm"\n`);
  return folder;
}
