import { BaseSource, definePlugin, type SignageContent, SourceRegistry } from "@berth/sdk";
import { moonAge, phaseOf } from "./moon.ts";

const registry = new SourceRegistry();

interface MoonConfig {
  hemisphere?: "north" | "south";
}

@registry.register("moon")
export class Moon extends BaseSource<MoonConfig> {
  #shown: string | undefined;

  validateConfig(): true {
    const { hemisphere } = this.config;
    if (hemisphere === "north" || hemisphere === "south") return true;
    throw new TypeError('moon: hemisphere is required: set it to "north" or "south", which see the moon mirrored');
  }

  async fetchData(): Promise<SignageContent | undefined> {
    const now = this.ctx.now();
    const phase = phaseOf(moonAge(now), this.config.hemisphere === "south");
    this.ctx.log.info("looked at the moon", { phase: phase.name });
    return {
      title: "Moon",
      subtitle: phase.name,
      lines: [phase.name, `${Math.round(phase.lit * 100)} % lit`],
      headline: { value: phase.sign, caption: phase.name, icon: "moon" },
      stats: [{ label: "Lit", value: String(Math.round(phase.lit * 100)), unit: "%", level: phase.lit }],
      accent: "#c7d2fe",
      observedAt: new Date(now).toISOString(),
    };
  }

  /** The same phase needs no new picture: the run is then skipped. */
  override shouldRender({ subtitle }: SignageContent): boolean {
    const isNew = subtitle !== this.#shown;
    this.#shown = subtitle;
    return isNew;
  }
}

export default definePlugin({ provides: registry.definitions() });
