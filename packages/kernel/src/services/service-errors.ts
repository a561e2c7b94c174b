import { nearest, neutraliseLine } from "@berth/base";
import { HostError } from "@berth/contract";

/** Names in messages come from plugins. */
const shown = (name: string): string => `"${neutraliseLine(name, 200)}"`;

/** @param isPlugin whether a plugin asks, which is not to learn of all that it was not granted. */
export function serviceNotFound(service: string, known: readonly string[], isPlugin: boolean): HostError {
  const fix = isPlugin && nearest(service, known) === undefined ? "nobody provides it" : hint(service, known);
  return new HostError("SERVICE_NOT_FOUND", `No service is named ${shown(service)}; ${fix}`);
}

export function methodNotFound(service: string, method: string, known: readonly string[]): HostError {
  const sentence = `Service ${shown(service)} has no method ${shown(method)}`;
  return new HostError("SERVICE_NOT_FOUND", `${sentence}; ${hint(method, known)}`);
}

export function alreadyProvided(service: string): HostError {
  return new HostError("CONTRACT_BROKEN", `Cannot provide service ${shown(service)}: it is provided already`);
}

/** @param chain who calls, then what was called, one after the other. */
export function tooDeep(chain: readonly string[], most: number): HostError {
  const [last, ...before] = chain.toReversed();
  const way = before.toReversed().map((name) => neutraliseLine(name, 200));
  const sentence = `Cannot call ${neutraliseLine(last ?? "", 200)}: it would be the call number ${chain.length - 1} inside one another, ${most} are allowed`;
  return new HostError("CALL_TOO_DEEP", `${sentence} (${way.join(" → ")})`, { details: { chain: [...chain] } });
}

/** @param circle who waits for the next one; the last is the first. */
export function waitsInCircle(circle: readonly string[]): HostError {
  const names = circle.map((caller) => shown(caller.replace("plugin/", "")));
  const waits = names
    .slice(1)
    .map((name, at) => (at === 0 ? `${names[0]} waits for ${name}` : `which waits for ${name}`));
  const sentence = `Cannot call a service of plugin ${names[1]} while plugin ${names[0]} starts or stops: ${waits.join(", ")}`;
  return new HostError("DEPENDENCY_CYCLE", sentence, { details: { circle: [...circle] } });
}

export function hostIsStopping(service: string): HostError {
  return new HostError("CALL_CANCELLED", `Did not call service ${shown(service)}: the host is stopping`);
}

function hint(name: string, known: readonly string[]): string {
  const likely = nearest(name, known);
  return likely === undefined ? `there are ${known.join(", ") || "none"}` : `did you mean "${likely}"?`;
}
