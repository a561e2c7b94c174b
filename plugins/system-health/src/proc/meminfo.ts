import type { Figures } from "../figures.ts";

/** `/proc/meminfo`: figures in kB. */
export function parseMeminfo(text: string): Pick<Figures, "memory" | "swap"> {
  const bytes = (name: string): number | undefined => {
    const found = new RegExp(`^${name}:\\s+(\\d{1,15}) kB`, "m").exec(text)?.[1];
    return found === undefined ? undefined : Number(found) * 1_024;
  };
  const total = bytes("MemTotal");
  // Kernels before 3.14 do not say what is available; free is a low estimate.
  const available = bytes("MemAvailable") ?? bytes("MemFree");
  const swapTotal = bytes("SwapTotal") ?? 0;
  return {
    memory: total === undefined || available === undefined ? undefined : { total, available },
    swap: swapTotal === 0 ? undefined : { total: swapTotal, free: bytes("SwapFree") ?? 0 },
  };
}
