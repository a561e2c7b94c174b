/** What is known of the machine at one moment. Shares are 0 to 1, sizes bytes, rates bytes a second. */
export interface Figures {
  hostname: string;
  /** Such as `Linux 6.12.4`. */
  system: string;
  cpus: number;
  cpu: number | undefined;
  memory: { total: number; available: number } | undefined;
  swap: { total: number; free: number } | undefined;
  /** Over 1, 5 and 15 minutes. */
  load: readonly [number, number, number] | undefined;
  uptimeSeconds: number | undefined;
  network: { received: number; sent: number } | undefined;
  disks: Disk[];
  /** By name. */
  processes: ProcessUse[];
  temperatures: Temperature[];
  /** What could not be had on this machine, for people. */
  missing: string[];
}

/** One file system. */
export interface Disk {
  mount: string;
  total: number;
  available: number;
}

/** All processes of one name; `cpu` is the share of one core. */
export interface ProcessUse {
  name: string;
  count: number;
  memory: number;
  cpu: number;
}

/** One sensor. */
export interface Temperature {
  label: string;
  celsius: number;
}

/** The share of memory in use. */
export function memoryShare(memory: Figures["memory"]): number | undefined {
  return memory && memory.total > 0 ? share(1 - memory.available / memory.total) : undefined;
}

/** The share of a disk in use, of what an ordinary user may fill. */
export function diskShare({ total, available }: Disk): number {
  return total > 0 ? share(1 - available / total) : 0;
}

function share(value: number): number {
  return Math.min(1, Math.max(0, value));
}
