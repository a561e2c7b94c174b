/** What a blank runtime uses before it has any code of a plugin; not charged to the plugin. MiB, summed over its processes. */
export interface RuntimeBaseline {
  /** `VmData` of the runtime's own process: what RLIMIT_DATA counts. Differs by a factor of ten between engines. */
  dataMb: number;
  /** Memory of its own: anonymous and shared, without mapped files, which many plugins share. */
  residentMb: number;
}

/** One limit of memory, as each mechanism wants it; MiB. The lowest that works stops the plugin, the others back it up. */
export interface MemoryPlan {
  /** For `prlimit --data`: allocations beyond it fail inside the plugin. */
  rlimitDataMb: number;
  /** For `--max-old-space-size`. */
  heapFlagMb: number;
  /** For `--max-semi-space-size`: the young generation is not part of the old space and grows to three times this. */
  semiSpaceFlagMb: number;
  /** For the control group: past it the kernel kills. */
  cgroupMb: number;
  /** For the governor, above the baseline: past it the governor kills. */
  governorMb: number;
}

/** How a limit of `memoryMb` above the baseline of the runtime is spread over the mechanisms. */
export function memoryPlan(memoryMb: number, baseline: RuntimeBaseline): MemoryPlan {
  const semiSpaceFlagMb = Math.min(16, Math.max(1, Math.floor(memoryMb / 16)));
  return {
    rlimitDataMb: Math.ceil(baseline.dataMb + memoryMb),
    heapFlagMb: Math.max(16, memoryMb - 2 * semiSpaceFlagMb),
    semiSpaceFlagMb,
    cgroupMb: Math.ceil(baseline.residentMb + memoryMb),
    governorMb: memoryMb,
  };
}
