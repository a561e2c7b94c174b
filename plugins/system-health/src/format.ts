const SIZES = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** `23.5 GiB` in its parts. */
export function bytes(value: number): { value: string; unit: string } {
  let size = Math.max(0, value);
  let step = 0;
  while (size >= 1_000 && step < SIZES.length - 1) {
    size /= 1_024;
    step++;
  }
  return { value: step === 0 || size >= 99.95 ? size.toFixed(0) : size.toFixed(1), unit: SIZES[step]! };
}

export function bytesText(value: number): string {
  const { value: figure, unit } = bytes(value);
  return `${figure} ${unit}`;
}

/** `12 %`, of a share. */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** `99.7 %`, of a success rate: never rounded up, so that 100 % means all. */
export function ratePercent(rate: number): { value: string; unit: string } {
  return { value: rate === 1 ? "100" : (Math.floor(rate * 1_000) / 10).toFixed(1), unit: "%" };
}

/** `12 d 4 h`, `3 h 12 min`, `5 min`: two parts are enough to read. */
export function lasting(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const [days, hours] = [Math.floor(minutes / 1_440), Math.floor(minutes / 60) % 24];
  if (days > 0) return hours > 0 ? `${days} d ${hours} h` : `${days} d`;
  return hours > 0 ? `${hours} h ${minutes % 60} min` : `${minutes} min`;
}

/** `850 ms`, `2.4 s`, `3 min`. */
export function milliseconds(value: number): string {
  if (value < 1_000) return `${Math.round(value)} ms`;
  return value < 60_000 ? `${(value / 1_000).toFixed(1)} s` : lasting(value / 1_000);
}
