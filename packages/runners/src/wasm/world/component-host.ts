import { nearest } from "@berth/base";
import { HostError } from "@berth/contract";
import type { HostImports, HostInterface } from "../component/evaluate.ts";
import type { ComponentFunction } from "../component/functions.ts";
import { describeFunction, type FunctionType, type ResourceType } from "../component/types.ts";
import { assertCanSuspend, type HostFunction, type HostFunctions } from "./host-function.ts";
import { INTERFACES, permissionOf, WORLD } from "./interfaces.ts";
import { SIGNATURES } from "./signatures.ts";
import type { WasiInterface } from "./wasi/wasi-interface.ts";

/** What {@link ComponentHost} is made of. */
export interface ComponentHostOptions {
  /** Interfaces of the world that the plugin has, by what it was granted. */
  granted: ReadonlySet<string>;
  /** What they do, by interface. One of these that is granted and not here cannot be called. */
  functions: Readonly<Record<string, HostFunctions>>;
  /** What there is of WASI, by its name without version, such as `wasi:io/streams`. */
  wasi: ReadonlyMap<string, WasiInterface>;
}

/** All that a component can import. What was not granted, and what Berth does not have, is refused by name. */
export class ComponentHost implements HostImports {
  readonly #options: ComponentHostOptions;
  readonly #resources = new Map<string, ResourceType>();

  constructor(options: ComponentHostOptions) {
    this.#options = options;
  }

  open(full: string): HostInterface {
    const { packageName, name, version } = parseName(full);
    if (packageName === WORLD.name) return this.#own(full, name, version);
    const wasi = this.#options.wasi.get(`${packageName}/${name}`);
    if (wasi && version.startsWith("0.2.")) return this.#wasi(full, wasi);
    throw refused(
      full,
      packageName.startsWith("wasi:")
        ? "that part of WASI is not there, because it would reach past what a plugin is granted; use the interfaces of berth:plugin"
        : "only interfaces of berth:plugin are there",
    );
  }

  #own(full: string, name: string, version: string): HostInterface {
    if (!INTERFACES.has(name)) {
      const known = nearest(name, [...INTERFACES]);
      throw refused(full, `berth:plugin has no such interface${known === undefined ? "" : `; did you mean ${known}?`}`);
    }
    if (version !== WORLD.version) {
      throw refused(full, `this host has berth:plugin@${WORLD.version}; build the plugin for that version`);
    }
    if (!this.#options.granted.has(name)) {
      const permission = permissionOf(name) ?? name;
      throw refused(
        full,
        `the plugin was granted nothing of ${permission}; grant it (plugins.NAME.grant.${permission} in berth.yaml), or build the component without`,
        "PERMISSION_DENIED",
      );
    }
    const functions = this.#options.functions[name] ?? {};
    const signatures = SIGNATURES[name]!;
    return {
      func: (func, type) => {
        const described = describeFunction(type);
        const expected = Object.hasOwn(signatures, func) ? signatures[func] : undefined;
        if (expected === undefined) throw refused(`${full}#${func}`, "there is no such function");
        if (described !== expected) throw refused(`${full}#${func}`, `it is ${expected} here, not ${described}`);
        return functionOf(`${full}#${func}`, functions[func], type);
      },
      resource: (resource) => {
        throw refused(`${full}#${resource}`, "there is no such resource");
      },
    };
  }

  #wasi(full: string, wasi: WasiInterface): HostInterface {
    return {
      func: (func, type) => functionOf(`${full}#${func}`, wasi.functions[func], type),
      resource: (name) => {
        const key = `${full}#${name}`;
        const found = this.#resources.get(key) ?? { name, maker: undefined, drop: () => undefined };
        this.#resources.set(key, found);
        return found;
      },
    };
  }
}

function parseName(full: string): { packageName: string; name: string; version: string } {
  const [, packageName = full, name = "", version = ""] = /^([^/@]+)\/([^/@]+)@(.+)$/.exec(full) ?? [];
  return { packageName, name, version };
}

function functionOf(full: string, host: HostFunction | undefined, type: FunctionType): ComponentFunction {
  if (!host) {
    const call = (): never => {
      throw new HostError("PLUGIN_FAILED", `The component trapped: it called ${full}, which is only there by name`);
    };
    return { type, mayWait: false, call };
  }
  const { mayWait = false } = host;
  if (mayWait) assertCanSuspend(full);
  return { type, mayWait, call: (args) => host.call(...(args as never[])) };
}

function refused(full: string, why: string, code: "PLUGIN_INCOMPATIBLE" | "PERMISSION_DENIED" = "PLUGIN_INCOMPATIBLE") {
  return new HostError(code, `Cannot load the component: it imports ${full}, and ${why}`, {
    details: { import: full },
  });
}
