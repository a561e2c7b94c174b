import { mkdir, mkdtempDisposable, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Clock, systemClock } from "@berth/base";
import { type PluginToWrite, writeMisbehaving, writePlugin } from "@berth/testing";
import { type CommandContext, main } from "../src/index.ts";

/** What a command is run with; by default a pipe in an empty environment. */
export interface CliOptions {
  cwd?: string;
  env?: Record<string, string>;
  isTTY?: boolean;
  columns?: number;
  rows?: number;
  /** Who presses keys; by default nobody. */
  keys?: CommandContext["keys"];
  clock?: Clock;
  /** Who answers questions; by default nobody. */
  prompt?: CommandContext["prompt"];
  /** Called with each piece of text, of either stream. */
  onText?: (text: string, cli: SignalSender) => void;
  /** Called as soon as the command listens for signals. */
  onStart?: (cli: SignalSender) => void;
}

/** What sends a signal to the command alone. */
export interface SignalSender {
  signal: (name: "SIGINT" | "SIGTERM") => void;
}

/** How it ended, and what it said. */
export interface CliOutcome {
  code: number;
  out: string;
  err: string;
}

/** Runs one command line in place: everything is real but the process around it. */
export async function runCli(argv: readonly string[], options: CliOptions = {}): Promise<CliOutcome> {
  const { cwd = tmpdir(), env = {}, isTTY = false, columns, rows, clock = systemClock } = options;
  const { prompt, keys, onText, onStart } = options;
  const texts = { out: "", err: "" };
  const listeners = new Set<(name: "SIGINT" | "SIGTERM") => void>();
  const signal = (name: "SIGINT" | "SIGTERM"): void => listeners.forEach((listener) => listener(name));
  const stream = (name: "out" | "err") => ({
    isTTY,
    ...(columns === undefined ? {} : { columns }),
    ...(rows === undefined ? {} : { rows }),
    write: (text: string) => {
      texts[name] += text;
      onText?.(text, { signal });
    },
  });
  const context: CommandContext = {
    out: stream("out"),
    err: stream("err"),
    env,
    cwd,
    clock,
    prompt,
    keys,
    onSignal: (stop) => {
      listeners.add(stop);
      queueMicrotask(() => onStart?.({ signal }));
      return { [Symbol.dispose]: () => void listeners.delete(stop) };
    },
  };
  const code = await main(argv, context);
  return { code, ...texts };
}

/** A folder as an operator has it: `berth.yaml`, `sources.yaml`, plugins of their own. */
export interface Project extends AsyncDisposable {
  path: string;
  run(argv: readonly string[], options?: Omit<CliOptions, "cwd">): Promise<CliOutcome>;
  write(file: string, text: string): Promise<void>;
  /** Every file below the folder with its size, sorted; for what must not change. */
  listing(): Promise<string[]>;
  read(file: string): Promise<string>;
}

/** What a project is made of; the plugin `misbehaving` is in each. */
export interface ProjectOptions {
  /** Text of `sources.yaml`, or the entries of it. */
  sources?: string | readonly object[];
  plugins?: readonly PluginToWrite[];
}

const NAMES_OF_MISBEHAVING = ["misbehaving"];

export async function openProject({ sources, plugins = [] }: ProjectOptions = {}): Promise<Project> {
  const folder = await mkdtempDisposable(join(tmpdir(), "berth-cli-"));
  const at = (file: string): string => join(folder.path, file);
  await writeMisbehaving(at("plugins"));
  for (const plugin of plugins) await writePlugin(at("plugins"), plugin);
  const names = [...NAMES_OF_MISBEHAVING, ...plugins.map(({ name }) => name)];
  const trusted = names.map((name) => `  ${name}: { isolation: inline, grant: asked }`);
  await writeFile(at("berth.yaml"), ["plugins:", ...trusted, ""].join("\n"));
  if (sources !== undefined) {
    await writeFile(at("sources.yaml"), typeof sources === "string" ? sources : sourcesText(sources));
  }
  return {
    path: folder.path,
    run: (argv, options) => runCli(argv, { ...options, cwd: folder.path }),
    write: async (file, text) => {
      await mkdir(dirname(at(file)), { recursive: true });
      await writeFile(at(file), text);
    },
    listing: async () => {
      const entries = await readdir(folder.path, { recursive: true });
      // A host that runs makes files and takes them away at any time.
      const described = entries.map(async (entry) => {
        const facts = await stat(at(entry)).catch(() => undefined);
        return facts ? [`${entry} ${facts.size}`] : [];
      });
      return (await Promise.all(described)).flat().sort();
    },
    read: (file) => readFile(at(file), "utf8"),
    [Symbol.asyncDispose]: () => folder.remove(),
  };
}

/** Misbehaving sources unless said otherwise, drawn small. JSON is YAML, too. */
export function sourcesText(sources: readonly object[], top: object = {}): string {
  const entries = sources.map((source) => ({
    type: "misbehaving",
    schedule: "*/15 * * * *",
    retry: { enabled: false },
    rendering: { background: "gradient" },
    ...source,
  }));
  const file = { timezone: "UTC", output: { width: 160, height: 160 }, ...top, sources: entries };
  return JSON.stringify(file, undefined, 1);
}
