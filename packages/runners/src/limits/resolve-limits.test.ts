import { expect, test } from "vitest";
import { memoryPlan } from "./memory-plan.ts";
import { resolveLimits } from "./resolve-limits.ts";

test("resolveLimits fills in what nobody said [OPS-52, OPS-53, OPS-54, OPS-55, BWK-10]", () => {
  expect(resolveLimits({})).toEqual({
    cpu_percent: 10,
    memory_mb: 256,
    disk_io_mb_per_sec: 50,
    network_connections: 10,
    file_handles: 256,
    disk_mb: 256,
    processes: 0,
    state_mb: 10,
    log_rate: 100,
    unresponsive_after_ms: 3_000,
    kill_unresponsive_after_ms: 30_000,
  });
});

test("resolveLimits keeps what was said, zero included, and takes undefined for unsaid", () => {
  const said = resolveLimits({ cpu_percent: 50, network_connections: 0, memory_mb: undefined, file_size_mb: 3 });
  expect(said).toMatchObject({ cpu_percent: 50, network_connections: 0, memory_mb: 256, file_size_mb: 3 });
});

test("memoryPlan never allows more than a quarter above the limit, the young generation included [OPS-53, BWK-8]", () => {
  const baseline = { dataMb: 560, residentMb: 9 };
  for (const memoryMb of [32, 64, 256, 1_000, 65_536]) {
    const plan = memoryPlan(memoryMb, baseline);
    const most = memoryMb * 1.25;
    expect(plan.rlimitDataMb - baseline.dataMb).toBeLessThanOrEqual(most);
    expect(plan.cgroupMb - baseline.residentMb).toBeLessThanOrEqual(most);
    expect(plan.governorMb).toBeLessThanOrEqual(most);
    expect(plan.heapFlagMb + 3 * plan.semiSpaceFlagMb).toBeLessThanOrEqual(most);
  }
});
