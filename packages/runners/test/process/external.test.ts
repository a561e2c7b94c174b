import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Capabilities, type Limits, NO_GRANT } from "@berth/contract";
import { manifestSchema } from "@berth/contract/manifest";
import type { LimitEvent, OutputLine } from "@berth/kernel/runner";
import { ProcessRunner } from "../../src/process/index.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { never } from "./fault-bench.ts";

let folder: string;
const runner = new ProcessRunner({ warm: 0 });
/** One whose plugins only the governor sees. */
const ungrouped = new ProcessRunner({ warm: 0, hideCgroups: [1, 2] });
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-program-"));
  await chmod(folder, 0o755);
});
afterAll(async () => {
  await Promise.all([runner, ungrouped].map((one) => one[Symbol.asyncDispose]()));
  await rm(folder, { recursive: true });
});

/** A shell plugin that greets, and does `work` when it is started. */
const script = (work: string): string => `#!/bin/sh
while read -r line <&3; do
  id=\${line#*'"id":'} id=\${id%%[!0-9]*} result=null
  case $line in
    *'"method":"hello"'*) result='{"protocol":1,"contributions":[{"id":"service/faults","description":""}]}' ;;
    *'"method":"plugin.start"'*)
      ${work}
      ;;
  esac
  printf '{"jsonrpc":"2.0","id":%s,"result":%s}\\n' "$id" "$result" >&3
done
`;

interface Opening {
  limits?: Limits;
  environment?: Record<string, string>;
  mode?: number;
  by?: ProcessRunner;
}

async function open(text: string, { limits = {}, environment = {}, mode = 0o755, by = runner }: Opening = {}) {
  await writeFile(join(folder, "plugin.sh"), text);
  await chmod(join(folder, "plugin.sh"), mode);
  const events: LimitEvent[] = [];
  const output: OutputLine[] = [];
  const channel = await by.open(
    {
      identity: { name: "program", version: "1.0.0", provides: ["service/faults"] },
      manifest: manifestSchema.parse({
        plugin: { name: "program", version: "1.0.0" },
        provides: { service: ["faults"] },
        runtime: { type: "external", entry: "plugin.sh" },
      }),
      folder,
      generation: 1,
      limits,
      grant: NO_GRANT,
      folders: { read: [], write: [] },
      dataFolder: folder,
      environment,
      onLimit: (event) => events.push(event),
      onOutput: (line) => output.push(line),
      capabilities: () => ({}) as Capabilities,
      now: () => Date.now(),
    },
    never,
  );
  return { channel, events, output };
}

describe("A program of a plugin's own", { tags: ["slow"] }, () => {
  test("finds its variables, its folder and its data folder, and nothing of the host's environment [RPT-61]", async () => {
    const { channel, output } = await open(script('echo "$BERTH_FD $BERTH_DATA $PWD $PLACE ${USER-nobody}"'), {
      environment: { PLACE: "here" },
    });
    await channel.start(never);
    await channel[Symbol.asyncDispose]();
    expect(output).toEqual([{ stream: "stdout", text: "3 /data /plugin here nobody" }]);
  });

  test("cannot start another one, which the kernel refuses [RPT-143]", async () => {
    const { channel, output } = await open(script("/bin/true; echo started"));
    await channel.start(never).catch(() => undefined);
    await channel.exited;
    expect(output.map(({ text }) => text).join("\n")).toMatch(/fork/i);
  });

  test.each([
    ["with control groups", runner],
    ["by the governor alone", ungrouped],
  ])("that may start five and starts twenty is ended, with all of them, %s [RPT-143, BWK-10]", async (_title, by) => {
    const many = "count=0; while [ $count -lt 20 ]; do sleep 60 & count=$((count + 1)); done";
    const { channel, events } = await open(script(many), { limits: { processes: 5 }, by });
    await channel.start(never).catch(() => undefined);
    expect(await channel.exited).toMatchObject({ expected: false, reason: expect.stringContaining("programs") });
    expect(events).toContainEqual(expect.objectContaining({ limit: "processes", allowed: 5, action: "ended" }));
  });

  test("that is nothing but forks ends with what it was called for at the latest", async () => {
    const { channel } = await open(script("b() { b | b & sleep 60; }; b"), { limits: { processes: 5 } });
    await expect(channel.start(AbortSignal.timeout(1_000))).rejects.toThrow();
    expect(await channel.exited).toMatchObject({ expected: false });
  });

  test.each([
    ["is not executable", script(""), 0o644, "plugin.sh is not executable; run chmod +x on it"],
    ["ends at once", "#!/bin/sh\necho gone >&2\nexit 4\n", 0o755, "it ended with exit code 4; its last words: gone"],
    ["has an interpreter that is not there", "#!/no/such/thing\n", 0o755, "No such file or directory"],
    ["speaks another protocol", "#!/bin/sh\necho hello >&3\nread -r line <&3\n", 0o755, "a line that is no JSON"],
    [
      "does not say what it provides",
      '#!/bin/sh\nread -r l <&3; echo \'{"id":1,"result":{"protocol":1}}\' >&3; read -r l <&3\n',
      0o755,
      "other contributions",
    ],
    [
      "speaks another version",
      '#!/bin/sh\nread -r l <&3; echo \'{"id":1,"result":{"protocol":9}}\' >&3; read -r l <&3\n',
      0o755,
      "version 1",
    ],
    ["hangs up", "#!/bin/sh\nexec 3>&-; while :; do :; done\n", 0o755, "it closed its channel"],
  ])("that %s is not loaded, and it is said why", async (_title, text, mode, message) => {
    await expect(open(text, { mode })).rejects.toThrow(message);
  });
});
