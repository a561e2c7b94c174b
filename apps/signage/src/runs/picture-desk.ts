import { join, resolve } from "node:path";
import type { SignageContent } from "@berth/contract";
import type { Host } from "@berth/host";
import type { SignageConfig, SourceConfig } from "../config/index.ts";
import {
  type BackgroundRequest,
  frameFor,
  openRenderer,
  prepareBackground,
  type Renderer,
  writePicture,
} from "../pictures/index.ts";
import type { LayoutSet } from "./layout-set.ts";
import type { Drawable } from "./source-run.ts";

/** Pixels. */
export interface Size {
  width: number;
  height: number;
}

/** Where files go; absolute. */
export interface DeskFolders {
  working: string;
  cache: string;
}

/** How one source's content is drawn. */
export interface Look extends Pick<SourceConfig, "rendering" | "timezone"> {
  /** Chooses among local photographs, 0 to 1; default at random. */
  random?: () => number;
}

/** From content to files: layout, background, renderer, archive. */
export class PictureDesk implements AsyncDisposable {
  readonly #host: Host;
  readonly #config: SignageConfig;
  readonly #folders: DeskFolders;
  readonly #layouts: LayoutSet;
  readonly #renderer: Renderer;

  constructor(host: Host, config: SignageConfig, folders: DeskFolders, layouts: LayoutSet) {
    this.#host = host;
    this.#config = config;
    this.#folders = folders;
    this.#layouts = layouts;
    this.#renderer = openRenderer({
      fonts: config.fonts.map((path) => this.#path(path)),
      log: (level, message) => host.log.about({ source: "app/signage" }).write(level, message),
    });
  }

  /** Draws and writes all sizes. @returns the files, the main one first. */
  async publish(source: SourceConfig, drawable: Drawable, signal: AbortSignal): Promise<string[]> {
    const { output } = this.#config;
    // All sizes show the same one of several photographs.
    const chosen = Math.random();
    const look = { ...source, random: () => chosen };
    const png = await this.draw(look, drawable, output, signal);
    const profiles = [];
    for (const profile of output.profiles) {
      const drawn = await this.draw(look, drawable, profile, signal);
      profiles.push({ ...profile, dir: this.#path(profile.dir), png: drawn });
    }
    const written = await writePicture({
      dir: this.#path(output.dir),
      id: source.id,
      png,
      archiveKeep: output.archive_keep,
      profiles,
      clock: this.#host.clock,
    });
    return [written.path, ...Object.values(written.profiles)];
  }

  /** Draws one size. @returns the PNG. */
  draw(look: Look, drawable: Drawable, size: Size, signal: AbortSignal): Promise<Uint8Array> {
    const { tracer } = this.#host.telemetry;
    const draw = (): Promise<Uint8Array> => this.#draw(look, drawable, size, signal);
    if (tracer === undefined) return draw();
    const { width, height } = size;
    return tracer.run("render", { attributes: { "berth.width": width, "berth.height": height } }, async (span) => {
      const png = await draw();
      span.set({ "berth.picture_bytes": png.length });
      return png;
    });
  }

  async #draw(
    look: Look,
    { content, fetchedAt, staleForMs }: Drawable,
    size: Size,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    const background = await prepareBackground(this.#background(look, content, size, signal));
    const frame = frameFor({
      width: size.width,
      height: size.height,
      photo: background.kind === "photo",
      photoCredit: background.kind === "photo" ? background.credit : undefined,
      now: this.#host.clock.now(),
      observedAt: content.observedAt ?? new Date(fetchedAt).toISOString(),
      stale: staleForMs !== undefined,
      locale: this.#config.locale,
      timeZone: look.timezone,
    });
    const scene = await this.#layouts.render(this.#layoutFor(look, content), content, frame, signal);
    return this.#renderer.draw({ scene, background, width: size.width, height: size.height, signal });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#renderer[Symbol.asyncDispose]();
  }

  /** `default` leaves the choice to the source, as long as somebody provides what it wishes for. */
  #layoutFor({ rendering }: Look, { layout }: SignageContent): string {
    if (rendering.layout !== "default") return rendering.layout;
    return layout !== undefined && this.#layouts.names.includes(layout) ? layout : "default";
  }

  #background(
    { rendering, random }: Look,
    content: SignageContent,
    size: Size,
    signal: AbortSignal,
  ): BackgroundRequest {
    const { unsplash_key: unsplash, pexels_key: pexels, backgrounds_dir } = this.#config;
    return {
      mode: rendering.background,
      query: rendering.background_query ?? content.backgroundQuery,
      backgroundsDir: this.#path(backgrounds_dir),
      cacheDir: join(this.#folders.cache, "backgrounds"),
      keys: { unsplash, pexels },
      width: size.width,
      height: size.height,
      ...(random ? { random } : {}),
      tint: content.accent,
      fetch: (input, init) => fetch(input, init),
      clock: this.#host.clock,
      signal,
      log: (level, message) => this.#host.log.about({ source: "app/signage" }).write(level, message),
    };
  }

  #path(path: string): string {
    return resolve(this.#folders.working, path);
  }
}
