import { memoryPlan, resolveLimits } from "@berth/runners/limits";
import type { BenchRow } from "../../frame.ts";
import { measureBaseline, openBlank, residentMbOf } from "./blank-runtime.ts";
import { into, type Mechanism, type Surroundings } from "./surroundings.ts";

const MIB = 2 ** 20;
const MOST_OVER = 1.25;
const LOOK_EVERY_MS = 2;
const LEAST = 0.5; // a bomb that ended before that was none
/** Several times what is allowed, and an end, should nobody stop it. */
const AT_MOST_MB = 1_024;

/** Ways to use memory that no single limit sees. */
export const BOMBS = {
  heap: `const kept = []; while (process.memoryUsage.rss() < ${AT_MOST_MB * MIB})
    kept.push(Array.from({ length: 1_000 }, (_, i) => ({ i })));`,
  buffers: `const kept = []; for (let i = 0; i < ${AT_MOST_MB}; i++) kept.push(Buffer.alloc(1 << 20, 1));`,
  WebAssembly: `const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536 });
    for (let i = 0; i < ${AT_MOST_MB}; i++) {
      const end = memory.grow(16) * 65536;
      new Uint8Array(memory.buffer, end).fill(1);
    }`,
  "native strings": `const kept = []; const bytes = Buffer.alloc(1 << 20, 97);
    for (let i = 0; i < ${AT_MOST_MB}; i++) kept.push(bytes.toString("latin1"));`,
} as const;

export type Bomb = keyof typeof BOMBS;

/** What a plugin had used when it was stopped. */
export interface MemoryUse {
  mechanism: Mechanism;
  bomb: Bomb;
  allowedMb: number;
  /** The most, above what a blank runtime uses. */
  usedMb: number;
}

export async function measureMemory(surroundings: Surroundings): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const mechanism of surroundings.mechanisms) {
    for (const allowedMb of [64, 256]) {
      for (const bomb of Object.keys(BOMBS) as Bomb[]) {
        rows.push(toRow(await measureBomb(surroundings, mechanism, bomb, allowedMb)));
      }
    }
  }
  return rows;
}

/** The governor is backed by a limit of the system, which needs no rights either: what it does not see in time is refused. */
export async function measureBomb(
  surroundings: Surroundings,
  mechanism: Mechanism,
  bomb: Bomb,
  allowedMb: number,
): Promise<MemoryUse> {
  const { governor, sandbox } = surroundings;
  const baseline = await measureBaseline({ launcher: sandbox });
  const plan = memoryPlan(allowedMb, baseline);
  const isGroup = mechanism === "control group";
  await using group = await surroundings.createGroup(isGroup ? { memoryMb: plan.cgroupMb } : {});
  const rlimit = ["prlimit", `--data=${plan.rlimitDataMb * MIB}`, "--core=0", "--"];
  const flags = [`--max-old-space-size=${plan.heapFlagMb}`, `--max-semi-space-size=${plan.semiSpaceFlagMb}`];
  const launcher = [...into(group), ...(isGroup ? [] : rlimit), ...sandbox];
  await using blank = await openBlank(BOMBS[bomb], { launcher, flags: isGroup ? [] : flags });
  const governed = governor.watch({
    plugin: "greedy",
    pid: blank.pid,
    ownProcesses: blank.processes,
    limits: resolveLimits({ cpu_percent: 6_400, memory_mb: allowedMb }),
    baseline,
    ...(isGroup && group ? { cgroup: group } : {}),
    onLimit: () => {},
    onKilled: () => {},
  });
  using seen = watchMemory(blank.pid);
  blank.go();
  await blank.ended;
  await governed.release();
  const peakMb = group ? group.memoryPeak() : Math.max(seen.peakMb, governed.usage.memoryMb + baseline.residentMb);
  return { mechanism, bomb, allowedMb, usedMb: peakMb - baseline.residentMb };
}

/** The peak as seen from here, where no group counts it exactly. */
function watchMemory(pid: number): Disposable & { peakMb: number } {
  const timer = setInterval(() => (seen.peakMb = Math.max(seen.peakMb, residentMbOf(pid))), LOOK_EVERY_MS);
  const seen = { peakMb: 0, [Symbol.dispose]: () => clearInterval(timer) };
  return seen;
}

function toRow({ mechanism, bomb, allowedMb, usedMb }: MemoryUse): BenchRow {
  const ratio = usedMb / allowedMb;
  const by = mechanism === "governor" ? "RLIMIT_DATA, heap flags and governor" : mechanism;
  const name = `memory of ${bomb} when stopped, ${allowedMb} MiB allowed, by ${by}`;
  return {
    name,
    value: usedMb,
    unit: "MiB",
    ratio,
    target: "at most 1.25 x",
    ok: ratio <= MOST_OVER && ratio >= LEAST,
  };
}
