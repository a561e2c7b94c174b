/** What the service `metrics` can do; whoever calls it imports this as a type. */
export interface Metrics {
  /** Gives how often the name was counted. */
  count(input: { name: string }): number;
  /** Who called, as the host says. */
  about(): { caller: string; correlationId: string; leftMs: number; permissions: string[] };
  /** Which instance this is. */
  instance(): string;
  refuse(input: string): null;
  crash(): null;
  /** Never answers. */
  hang(): null;
  /** Why calls of `hang` ended since it was asked last. */
  given(): string[];
  size(input: string): number;
  text(input: number): string;
  /** Calls whoever calls it, who calls it again. */
  again(): number;
}
