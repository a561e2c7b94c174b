import { Places } from "@berth/base";
import { type LogLevel, HostError, type Scene, type SceneNode, isHostError } from "@berth/contract";
import type { MeasuredNode, Node, Renderer as Engine } from "@takumi-rs/core";
import { encodePng } from "./encode-png.ts";
import type { PreparedBackground } from "./backgrounds/prepared-background.ts";
import { backdropStyle } from "./backgrounds/backdrop-style.ts";
import { FontShelf } from "./fonts/font-shelf.ts";
import { checkScene } from "./scene/check-scene.ts";
import { addCharacters, drawableText } from "./scene/drawable-text.ts";
import { type Icons, loadIcons } from "./scene/icons.ts";
import { sceneToNodes } from "./scene/scene-to-nodes.ts";

export interface RendererOptions {
  /** Font files for scripts that Inter does not have, in order of preference. */
  fonts?: readonly string[];
  /** Pictures drawn at a time; each holds some 100 MB at 3840 by 2160. Default 1. */
  width?: number;
  log?: (level: LogLevel, message: string) => void;
}

/** A sheet and what is on it. */
export interface Drawing {
  scene: Scene;
  background: PreparedBackground;
  /** Pixels, 16 to 16,384 each and at most 40 million together. */
  width: number;
  height: number;
  /** Whether the file should be small rather than quickly made. */
  compact?: boolean;
  signal?: AbortSignal;
}

/** Draws scenes. The engine, its fonts and icons are loaded by the first drawing. */
export interface Renderer extends AsyncDisposable {
  /** The picture as a PNG file. */
  draw(drawing: Drawing): Promise<Uint8Array>;
  /** Where everything would land, without drawing: for the tests of layouts. */
  measure(drawing: Omit<Drawing, "background">): Promise<MeasuredNode>;
}

/** Three sheets of 3840 by 2160 side by side still fit; what is larger is a slip in a configuration. */
const MOST_PIXELS = 40_000_000;
/** Rasters of icons and charts are rarely used twice. */
const ENGINE_CACHE_BYTES = 8 * 1024 * 1024;

export function openRenderer(options: RendererOptions = {}): Renderer {
  return new TakumiRenderer(options);
}

interface Kit {
  engine: Engine;
  shelf: FontShelf;
  icons: Icons;
}

class TakumiRenderer implements Renderer {
  readonly #options: RendererOptions;
  readonly #places: Places;
  readonly #running = new Set<Promise<unknown>>();
  readonly #warned = new Set<string>();
  #kit: Promise<Kit> | undefined;
  #closed = false;

  constructor(options: RendererOptions) {
    this.#options = options;
    this.#places = new Places(options.width ?? 1);
  }

  draw(drawing: Drawing): Promise<Uint8Array> {
    return this.#inSlot(drawing, async (kit) => {
      const { width, height, background, compact, signal } = drawing;
      const sheet = await this.#sheet(kit, drawing, backdropStyle(background));
      signal?.throwIfAborted();
      const canvas = { width, height: canvasHeight(width, height) };
      const pixels = await kit.engine.render(sheet, { ...canvas, format: "raw", dithering: "ordered-bayer" });
      try {
        signal?.throwIfAborted();
        return await encodePng(pixels, { background, width, height, compact });
      } finally {
        letGo(pixels);
      }
    });
  }

  measure(drawing: Omit<Drawing, "background">): Promise<MeasuredNode> {
    return this.#inSlot(drawing, async (kit) => {
      const { width, height } = drawing;
      return kit.engine.measure(await this.#sheet(kit, drawing, {}), { width, height });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#running);
    this.#kit = undefined;
  }

  /**
   * Work in the engine cannot be stopped half-way, so an abort gives the caller up at once while the slot stays taken until the
   * engine is done: that is what bounds the memory.
   */
  async #inSlot<T>(drawing: Omit<Drawing, "background">, work: (kit: Kit) => Promise<T>): Promise<T> {
    if (this.#closed) throw new HostError("RENDER_FAILED", "Cannot draw: the renderer is closed");
    checkSheet(drawing.width, drawing.height);
    checkScene(drawing.scene);
    const leave = await this.#places.enter(drawing.signal);
    const running = this.#withKit(work).finally(leave);
    this.#running.add(running);
    const forget = (): void => void this.#running.delete(running);
    running.then(forget, forget);
    return orAborted(running, drawing.signal);
  }

  async #withKit<T>(work: (kit: Kit) => Promise<T>): Promise<T> {
    try {
      this.#kit ??= this.#load();
      return await work(await this.#kit);
    } catch (error) {
      if (isHostError(error) || (error instanceof DOMException && error.name === "AbortError")) throw error;
      throw new HostError("RENDER_FAILED", "Cannot draw the scene: the renderer gave up", { cause: error });
    }
  }

  async #load(): Promise<Kit> {
    const { Renderer: TakumiEngine } = await import("@takumi-rs/core");
    const engine = new TakumiEngine({ cacheMaxBytes: ENGINE_CACHE_BYTES });
    const shelf = await FontShelf.open(engine, this.#options.fonts ?? [], (message) => this.#warn(message));
    return { engine, shelf, icons: await loadIcons() };
  }

  async #sheet({ shelf, icons }: Kit, sheet: Omit<Drawing, "background">, backdrop: object): Promise<Node> {
    const { scene, width, height } = sheet;
    const characters = new Set<number>();
    for (const node of walk(scene.root)) {
      if (node.type === "text") addCharacters(node.text, characters);
      else if (node.type === "icon" && !icons.has(node.name)) this.#warn(`No icon is named "${node.name}"`);
    }
    const missing = await shelf.provide(characters);
    const drawable = (text: string): string => {
      const drawn = drawableText(text, missing);
      if (drawn.includes("…") && !text.includes("…")) this.#warnGlyphs(text);
      return drawn;
    };
    const style = { display: "flex", width, height, color: "#ffffff", fontFamily: "Inter", ...backdrop };
    return { type: "container", style, children: [sceneToNodes(scene, { icons, drawable })] };
  }

  #warnGlyphs(text: string): void {
    this.#warn(`No font has the characters of "${text.slice(0, 40)}"; name a font file that has them`);
  }

  /** Once a message: a source with an unknown icon would say so at every run. */
  #warn(message: string): void {
    if (this.#warned.has(message) || this.#warned.size >= 1_000) return;
    this.#warned.add(message);
    this.#options.log?.("warn", message);
  }
}

/** glibc gives freed blocks above this back to the system; those just below stay with each thread that ever drew. */
const RETURNED_FROM_BYTES = 32 * 1024 * 1024;

/** A picture of 3840 by 2160 is 1 % below that: a few rows more, never encoded, save 50 MB for as long as the process lives. */
function canvasHeight(width: number, height: number): number {
  const rows = Math.floor(RETURNED_FROM_BYTES / (width * 4)) + 1;
  return height < rows && height > rows * 0.97 ? rows : height;
}

/** Frees pixels now: 33 MB a picture would else lie about until the collector comes, which does not know of them. */
function letGo(pixels: Buffer<ArrayBuffer>): void {
  if (pixels.byteLength === pixels.buffer.byteLength) pixels.buffer.transfer(0);
}

function checkSheet(width: number, height: number): void {
  const sane = (side: number): boolean => Number.isInteger(side) && side >= 16 && side <= 16_384;
  if (sane(width) && sane(height) && width * height <= MOST_PIXELS) return;
  throw new HostError(
    "RENDER_FAILED",
    `Cannot draw a picture of ${width} by ${height} pixels: choose 16 to 16384 a side`,
  );
}

function* walk(node: SceneNode): Generator<SceneNode> {
  yield node;
  if (node.type === "box") for (const child of node.children ?? []) yield* walk(child);
}

function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
