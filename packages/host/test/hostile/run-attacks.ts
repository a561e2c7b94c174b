import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { join } from "node:path";
import type { Tier } from "@berth/contract";
import { createHost, type LogRecord } from "../../src/index.ts";
import { defaultHostConfig } from "@berth/kernel/config";
import { aCall } from "../plugins-of-tests.ts";
import { ATTACK_NAMES, NATIVE_ATTACK_NAMES } from "./attack-names.ts";
import { openRange, type Range } from "./open-range.ts";

/** How one attack went. */
export interface AttackResult {
  name: string;
  /** What it did that it must not, in words; empty when it was held. */
  escapes: string[];
  /** What the attacker saw: an answer, or the message it was refused or ended with. */
  outcome: string;
}

/** Who attacks: code of a tier, or machine code in tier `process`. */
export type AttackKind = "process" | "wasm" | "native";

/** How all of them went. */
export interface AttackReport {
  kind: AttackKind;
  /** Of the host. */
  uid: number;
  results: AttackResult[];
  /** What the neighbour suffered. */
  neighbour: string[];
  /** Longest time the host's loop stood still, ms. */
  longestStallMs: number;
}

const PLUGIN = join(import.meta.dirname, "plugin");
function namesOf(kind: AttackKind): string[] {
  return kind === "native" ? [...NATIVE_ATTACK_NAMES] : Object.values(ATTACK_NAMES).flat();
}

const CALL_LIMIT_MS = 3_000;
/** A component has no share of a core to wait for. */
const COMPONENT_LIMIT_MS = 1_000;
/** Most of the time is spent waiting for plugins that are held to a share of CPU. */
const AT_A_TIME = 4;

const NEIGHBOUR = `
import { definePlugin, defineService } from "@berth/sdk";
export default definePlugin({
  provides: [
    defineService("neighbour", {
      create: (_config, ctx) => ({
        methods: {
          settle: async (input) => {
            await ctx.store.set("token", input);
            await ctx.files.write("token.txt", input as string);
            return null;
          },
          check: async () => [await ctx.store.get("token"), await ctx.files.readText("token.txt")] as string[],
        },
      }),
    }),
  ],
});
`;

/** Lets every attack loose, each as a plugin of a stranger, beside a neighbour that must notice nothing. */
export async function runAttacks(kind: AttackKind, names = namesOf(kind)): Promise<AttackReport> {
  await using range = await openRange();
  const records: LogRecord[] = [];
  const roots = join(range.folder, "plugins");
  // A component takes seconds to make: one has all attacks, and is opened afresh for each.
  const pluginOf = (name: string): string => `hostile-${kind === "wasm" ? "component" : name}`;
  if (kind === "wasm") await writeComponent(roots, pluginOf(""));
  else if (kind === "native") for (const name of names) await writeProgram(roots, pluginOf(name));
  else for (const name of names) await writeAttacker(roots, pluginOf(name));
  await writeNeighbour(roots);
  process.env["HOST_SECRET"] = range.token;
  await using host = await createHost({
    roots: [{ kind: "folder", path: roots, trust: "third-party" }],
    workingFolder: range.folder,
    dataFolder: join(range.folder, "data"),
    config: { ...defaultHostConfig(), plugins: settingsFor(kind === "wasm" ? "wasm" : "process", names.map(pluginOf)) },
    logSink: (record) => void records.push(record),
  });
  await using neighbour = host.instance({ contribution: "service/neighbour", instanceId: "n" });
  await neighbour.method("settle")([range.token], aCall());
  const suffered: string[] = [];
  const checkNeighbour = async (after: string): Promise<void> => {
    try {
      const found = await neighbour.method("check")([], aCall({ signal: AbortSignal.timeout(10_000) }));
      if (JSON.stringify(found) !== JSON.stringify([range.token, range.token])) suffered.push(`${after}: changed`);
    } catch (error) {
      suffered.push(`${after}: ${(error as Error).message}`);
    }
  };
  const loop = monitorEventLoopDelay({ resolution: 10 });
  loop.enable();
  const results: AttackResult[] = [];
  const waiting = [...names];
  const attackInTurn = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      results.push(await attack(name));
      await checkNeighbour(name);
    }
  };
  await Promise.all(Array.from({ length: kind === "wasm" ? 1 : AT_A_TIME }, attackInTurn));
  loop.disable();
  return { kind, uid: process.getuid!(), results, neighbour: suffered, longestStallMs: Math.round(loop.max / 1e6) };

  async function attack(name: string): Promise<AttackResult> {
    const plugin = pluginOf(name);
    const instance = host.instance({ contribution: `service/${plugin}`, instanceId: name });
    const aim = {
      ...range.aim,
      codeFolder: join(roots, plugin),
      otherData: join(range.folder, "data/plugins/neighbour"),
    };
    let outcome: string;
    try {
      const call = aCall({ signal: AbortSignal.timeout(kind === "wasm" ? COMPONENT_LIMIT_MS : CALL_LIMIT_MS) });
      outcome = JSON.stringify((await instance.method("attack")([{ name, aim }], call)) ?? null);
    } catch (error) {
      outcome = messagesOf(error);
    }
    await instance[Symbol.asyncDispose]().catch(() => undefined);
    await host.plugins.get(plugin).deactivate();
    const logged = records.splice(0).map((record) => JSON.stringify(record));
    const escapes = [...(await range.damages()), ...stolen(outcome, range), ...unclean(logged)];
    return { name, escapes, outcome: outcome.slice(0, 300) };
  }
}

/** What an answer shows that it must not. `TOKEN` alone is what an attack says of a success that has no secret in it. */
function stolen(outcome: string, { token }: Range): string[] {
  if (outcome.includes(token)) return ["gave back a secret"];
  return /^\[?"TOKEN/.test(outcome) ? [`succeeded: ${outcome.slice(0, 100)}`] : [];
}

/** A backslash before it means that the log has spelt the character out, as it should. */
function unclean(records: readonly string[]): string[] {
  const isUnclean = records.some((record) => /(?<!\\)\\u00(?:[01][0-9a-f]|[89][0-9a-f]|7f)/i.test(record));
  return isUnclean ? ["put control characters into the log"] : [];
}

function messagesOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

async function writeAttacker(roots: string, plugin: string): Promise<void> {
  const folder = join(roots, plugin);
  await cp(PLUGIN, join(folder, "src"), { recursive: true });
  await writeFile(join(folder, "plugin.toml"), manifest(plugin));
  const source = join(folder, "src/plugin.ts");
  // The contribution's name is the only thing that differs.
  await writeFile(
    source,
    (await readFile(source, "utf8")).replace('defineService("hostile"', `defineService("${plugin}"`),
  );
}

/** Everything is asked for and nothing granted, so the component may import no more than what needs no leave. */
async function writeComponent(roots: string, plugin: string): Promise<void> {
  const { buildComponent } = await import("@berth/runners/wasm-build");
  await writeAttacker(roots, plugin);
  const folder = join(roots, plugin);
  const { bytes } = await buildComponent({ entry: join(folder, "src/plugin.ts"), permissions: {} });
  await writeFile(join(folder, "plugin.wasm"), bytes);
  const text = await readFile(join(folder, "plugin.toml"), "utf8");
  await writeFile(join(folder, "plugin.toml"), `${text}\n[runtime]\nwasm = "plugin.wasm"\n`);
}

/** The program of `native/`, compiled beforehand. */
async function writeProgram(roots: string, plugin: string): Promise<void> {
  const folder = join(roots, plugin);
  await mkdir(folder, { recursive: true });
  await cp(process.env["HOSTILE_PROGRAM"]!, join(folder, "program"));
  await writeFile(
    join(folder, "plugin.toml"),
    `${manifest(plugin)}\n[runtime]\ntype = "external"\nentry = "program"\n`,
  );
}

async function writeNeighbour(roots: string): Promise<void> {
  const folder = join(roots, "neighbour");
  await mkdir(join(folder, "src"), { recursive: true });
  await writeFile(join(folder, "plugin.toml"), manifest("neighbour"));
  await writeFile(join(folder, "src/plugin.ts"), NEIGHBOUR);
}

/** Asks for everything; nothing of it is granted. */
function manifest(name: string): string {
  return `
[plugin]
name = "${name}"
version = "1.0.0"

[provides]
service = ["${name}"]

[permissions]
network = true
filesystem = "read-write"
exec = ["sh", "cat", "node"]
secrets = ["HOST_SECRET"]
env = ["HOST_SECRET"]
services = ["machine", "runs"]

[permissions.events]
publish = [">"]
subscribe = [">"]
`;
}

function settingsFor(tier: Tier, plugins: readonly string[]) {
  const settings = { enabled: true, isolation: tier, accept_unenforced: [] };
  const attackers = Object.fromEntries(plugins.map((plugin) => [plugin, settings]));
  return { ...attackers, neighbour: { ...settings, isolation: "process" as const } };
}
