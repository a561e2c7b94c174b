import { nearest } from "@berth/base";

/** The zone of this machine, by its IANA name. */
export function localTimeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** What is wrong with the name of a time zone, in one sentence; `undefined` when nothing is. */
export function timeZoneProblem(zone: string): string | undefined {
  try {
    Intl.DateTimeFormat("en", { timeZone: zone });
    return undefined;
  } catch {
    const name = nearestZone(zone);
    const hint = name === undefined ? "use a name such as Europe/Berlin or UTC" : `did you mean ${name}?`;
    return `there is no time zone "${zone.slice(0, 64)}"; ${hint}`;
  }
}

/** A city alone, such as `Berlin` or `new york`, finds its zone too. */
function nearestZone(zone: string): string | undefined {
  const zones = [...Intl.supportedValuesOf("timeZone"), "UTC"];
  const wanted = zone.trim().replaceAll(" ", "_");
  const byCity = new Map(zones.map((name) => [name.slice(name.lastIndexOf("/") + 1), name]));
  const city = nearest(wanted.slice(wanted.lastIndexOf("/") + 1), byCity.keys());
  return nearest(wanted, zones) ?? (city === undefined ? undefined : byCity.get(city));
}
