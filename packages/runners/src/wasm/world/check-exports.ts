import type { LinkedComponent } from "../component/link-component.ts";
import { malformed } from "../component/malformed.ts";
import { describeFunction } from "../component/types.ts";
import { WORLD } from "./interfaces.ts";
import { EXPORT_SIGNATURES } from "./signatures.ts";

/** Which of the two worlds a component was built for: the interface it exports. */
export type WorldKind = keyof typeof EXPORT_SIGNATURES;

/** The name of an interface of the world, as a component has it. */
export const interfaceName = (kind: WorldKind): string => `${WORLD.name}/${kind}@${WORLD.version}`;

/** @throws HostError `CONTRACT_BROKEN` unless it exports every function of its world, of the right type. */
export function assertExports(component: Pick<LinkedComponent, "functionsOf">, kind: WorldKind): void {
  const full = interfaceName(kind);
  const functions = component.functionsOf(full);
  for (const [name, expected] of Object.entries(EXPORT_SIGNATURES[kind])) {
    const found = functions?.get(name);
    if (!found) throw malformed(`${full} has no function ${name}`);
    const described = describeFunction(found.type);
    if (described !== expected) throw malformed(`${full}#${name} must be ${expected}, not ${described}`);
  }
}
