import type { CanonOptions } from "./definitions.ts";
import type { CoreMemory } from "./engine.ts";
import type { HandleTable } from "./handle-table.ts";
import { trap } from "./trap.ts";

/** What a component may hand over in one call, in bytes: a list may name the same memory again and again. */
const MOST_TRANSFER_BYTES = 64 * 2 ** 20;

/** Makes, moves or frees memory inside a core module, as every one that takes values does. */
export type Realloc = (old: number, oldSize: number, alignment: number, size: number) => number;

/** Where values of one function lie: a memory of a core module, how to get room in it, and the handles of its component. */
export class Place {
  readonly encoding: CanonOptions["encoding"];
  readonly handles: HandleTable;
  readonly #memory: CoreMemory | undefined;
  readonly #realloc: Realloc | undefined;
  #view = new DataView(new ArrayBuffer(0));
  #bytes = new Uint8Array(0);
  #text = Buffer.alloc(0);
  #left = MOST_TRANSFER_BYTES;

  constructor(
    handles: HandleTable,
    encoding: CanonOptions["encoding"],
    memory: CoreMemory | undefined,
    realloc: Realloc | undefined,
  ) {
    this.handles = handles;
    this.encoding = encoding;
    this.#memory = memory;
    this.#realloc = realloc;
  }

  /** The memory as it is now: when it grows it gets another buffer, and the one before has no length any more. */
  get bytes(): Uint8Array {
    if (this.#bytes.length === 0) this.#refresh();
    return this.#bytes;
  }

  get view(): DataView {
    if (this.#bytes.length === 0) this.#refresh();
    return this.#view;
  }

  /** The same bytes, as what reads and writes text quickest. */
  get text(): Buffer {
    if (this.#bytes.length === 0) this.#refresh();
    return this.#text;
  }

  /** Room for `size` bytes. */
  allocate(alignment: number, size: number): number {
    if (!this.#realloc) throw trap("a function takes values in memory and names nothing to allocate it");
    const at = this.#realloc(0, 0, alignment, size) >>> 0;
    this.assertRange(at, size, alignment);
    return at;
  }

  /** @throws HostError unless so many bytes lie at `at`. */
  assertRange(at: number, size: number, alignment: number): void {
    if (at % alignment !== 0) throw trap("a pointer is not aligned");
    if (at + size > this.bytes.length) throw trap("a pointer leads out of its memory");
  }

  /** A call begins that hands values over. */
  beginTransfer(): void {
    this.#left = MOST_TRANSFER_BYTES;
  }

  /** Counts what is handed over. */
  transfer(bytes: number): void {
    this.#left -= bytes;
    if (this.#left < 0) throw trap(`it hands over more than ${MOST_TRANSFER_BYTES / 2 ** 20} MiB in one call`);
  }

  #refresh(): void {
    if (!this.#memory) throw trap("a function has values in memory and names none");
    const { buffer } = this.#memory;
    this.#view = new DataView(buffer);
    this.#bytes = new Uint8Array(buffer);
    this.#text = Buffer.from(buffer);
  }
}
