import clock from "berth:plugin/clock@1.0.0";
import host from "berth:plugin/host@1.0.0";
import random from "berth:plugin/random@1.0.0";
import type { WriteLine } from "./console.ts";
import { installWeb, type Outside } from "./web.ts";

/** What changes when the component is loaded: until then its modules run where it is built. */
class Surroundings {
  isLoaded = false;
  write: WriteLine = () => undefined;

  readonly outside: Outside = {
    now: () => clock.now(),
    monotonicMs: () => clock.monotonic(),
    randomBytes: (length) => random.bytes(length),
    wakeAfter: (ms) => host.wakeAfter(ms),
    text: {
      encode: (text) => host.encodeText(text),
      decode: (bytes, isStrict) => host.decodeText(bytes, isStrict) ?? undefined,
    },
    write: (level, text) => this.write(level, text),
  };
}

export const surroundings = new Surroundings();

/** Installed before the plugin's own modules run, which import it after this one. */
export const web = installWeb(() => (surroundings.isLoaded ? surroundings.outside : undefined));
