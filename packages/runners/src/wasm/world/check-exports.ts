import type { LinkedComponent } from "../component/link-component.ts";
import { malformed } from "../component/malformed.ts";
import { describeFunction } from "../component/types.ts";
import { WORLD } from "./interfaces.ts";
import { EXPORT_SIGNATURES, type ExportName } from "./signatures.ts";

/** Which way of talking a component was built for: the interface it exports. */
export type WorldKind = Exclude<ExportName, "state">;

/** The name of an interface of the world, as a component has it. */
export const interfaceName = (name: ExportName): string => `${WORLD.name}/${name}@${WORLD.version}`;

/**
 * @throws HostError `CONTRACT_BROKEN` unless it exports every function of its world, of the right type. State it may leave out, but
 * not by half.
 */
export function assertExports(component: Pick<LinkedComponent, "functionsOf">, kind: WorldKind): void {
  assertInterface(component, kind);
  if (kind === "guest" && component.functionsOf(interfaceName("state"))) assertInterface(component, "state");
}

function assertInterface(component: Pick<LinkedComponent, "functionsOf">, exported: ExportName): void {
  const full = interfaceName(exported);
  const functions = component.functionsOf(full);
  for (const [name, expected] of Object.entries(EXPORT_SIGNATURES[exported])) {
    const found = functions?.get(name);
    if (!found) throw malformed(`${full} has no function ${name}`);
    const described = describeFunction(found.type);
    if (described !== expected) throw malformed(`${full}#${name} must be ${expected}, not ${described}`);
  }
}
