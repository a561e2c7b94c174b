/**
 * What the code of one plugin uses of the machine, as far as its tier can tell it from what others use; `null` for what it cannot know.
 * What the plugin does through its capabilities is not in it: the host counts that itself.
 */
export interface ResourceUsage {
  /** CPU time since its code was opened, in ms. */
  cpuMs: number | null;
  /** MiB: heap and buffers outside it, or what its processes own above a blank runtime. */
  memoryMb: number | null;
  /** Of `memoryMb`, what lies outside the heap. */
  externalMb: number | null;
  /** Sockets, timers, files and the like that it has open; of several processes, those of the one that has most. */
  handles: number | null;
  /** Programs that it runs beside its own process. */
  processes: number | null;
  /** MiB that it read and wrote by itself. */
  ioMb: number | null;
}

/** Of a tier that can tell nothing. */
export const UNKNOWN_USAGE: Readonly<ResourceUsage> = Object.freeze({
  cpuMs: null,
  memoryMb: null,
  externalMb: null,
  handles: null,
  processes: null,
  ioMb: null,
});
