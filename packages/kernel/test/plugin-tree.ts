import { mkdirSync, mkdtempDisposableSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { ManualClock } from "@berth/base";
import type { Root } from "../src/discovery/index.ts";

/** A folder of its own for plugins that a test makes, gone when the test is over. */
export class PluginTree implements Disposable {
  readonly #folder = mkdtempDisposableSync(join(tmpdir(), "berth-plugins-"));

  get path(): string {
    return this.#folder.path;
  }

  at(...parts: string[]): string {
    return join(this.path, ...parts);
  }

  write(path: string, content: string | Uint8Array): string {
    const file = this.at(path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    return file;
  }

  /** A plugin with a sound manifest; its name is the folder's unless said otherwise. */
  plugin(folder: string, name = basename(folder), rest = ""): string {
    return this.write(join(folder, "plugin.toml"), manifest(name, rest));
  }

  package(folder: string, content: object): string {
    return this.write(join(folder, "package.json"), JSON.stringify(content));
  }

  link(from: string, to: string): void {
    mkdirSync(dirname(this.at(from)), { recursive: true });
    symlinkSync(this.at(to), this.at(from));
  }

  root(path = ".", kind: Root["kind"] = "folder", trust: Root["trust"] = "first-party"): Root {
    return { kind, path: this.at(path), trust };
  }

  [Symbol.dispose](): void {
    this.#folder.remove();
  }
}

export function manifest(name: string, rest = ""): string {
  return `[plugin]\nname = "${name}"\nversion = "1.0.0"\n[provides]\nsource = ["${name}"]\n${rest}`;
}

/** Far enough on that files written just now count as settled. */
export function aMinuteLater(): ManualClock {
  return new ManualClock(Date.now() + 60_000);
}
