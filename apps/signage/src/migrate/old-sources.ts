import type { OldSettings } from "./old-settings.ts";
import { type DraftMap, type DraftSource, Ref } from "./render-sources.ts";

/** What becomes of one group of old settings: a source, if they are set. What people should know goes into `notes`. */
type Rule = (settings: OldSettings, notes: string[]) => DraftSource | undefined;

/** Source types that this version has; the others are written down, switched off, so that nothing is lost. Add new ones here. */
const AVAILABLE: ReadonlySet<string> = new Set(["weather", "stock"]);

const weather: Rule = (settings, notes) => {
  const key = settings.firstOf("OPENWEATHER_API_KEY", "WEATHER_API_KEY");
  if (key === undefined) return undefined;
  const config = { city: settings.get("WEATHER_CITY") ?? "Seattle", api_key: new Ref(key) };
  return draft("weather_default", "weather", "*/15 * * * *", {
    from: [key, orAssumed(settings, "WEATHER_CITY", "Seattle")],
    config,
    rendering: { layout: "modern_weather", background: backgroundOf(settings, "WEATHER_BG_MODE", notes) },
  });
};

const stock: Rule = (settings, notes) => {
  const key = settings.firstOf("STOCK_API_KEY");
  if (key === undefined) return undefined;
  return draft("stock_default", "stock", "0 9-16 * * 1-5", {
    from: [key, orAssumed(settings, "STOCK_SYMBOL", "AAPL")],
    config: { symbol: settings.get("STOCK_SYMBOL") ?? "AAPL", api_key: new Ref(key) },
    rendering: { layout: "modern_stock", background: backgroundOf(settings, "STOCK_BG_MODE", notes) },
  });
};

const tesla: Rule = (settings) => {
  const from = settings.firstOf("TESLA_ACCESS_TOKEN", "TESLA_CLIENT_ID");
  if (from === undefined) return undefined;
  const config = {
    vehicle_index: 0,
    access_token: refIf(settings, "TESLA_ACCESS_TOKEN"),
    client_id: refIf(settings, "TESLA_CLIENT_ID"),
    client_secret: refIf(settings, "TESLA_CLIENT_SECRET"),
    region: settings.get("TESLA_REGION"),
  };
  return draft("tesla_default", "tesla", "*/30 * * * *", { from: [from], config });
};

const ferry: Rule = (settings, notes) => {
  const from = settings.firstOf("FERRY_ROUTE_ID", "FERRY_ROUTE");
  if (from === undefined) return undefined;
  const byNumber: DraftMap = {
    route_id: wholeNumber(settings, "FERRY_ROUTE_ID", notes),
    terminal_id: wholeNumber(settings, "FERRY_TERMINAL_ID", notes) ?? 0,
  };
  const byName: DraftMap = { route: settings.get("FERRY_ROUTE"), home_terminal: settings.get("FERRY_HOME_TERMINAL") };
  const config = { ...(from === "FERRY_ROUTE_ID" ? byNumber : byName), api_key: refIf(settings, "WSDOT_API_KEY") };
  return draft("ferry_default", "ferry", "*/10 * * * *", { from: [from], config });
};

const ambient: Rule = (settings) => {
  if (!settings.has("AMBIENT_API_KEY")) return undefined;
  const config = { api_key: new Ref("AMBIENT_API_KEY"), application_key: refIf(settings, "AMBIENT_APP_KEY") };
  return draft("ambient_default", "ambient-weather", "*/15 * * * *", { from: ["AMBIENT_API_KEY"], config });
};

const speedtest: Rule = (settings) => {
  if (!settings.has("SPEEDTEST_URL")) return undefined;
  // The address may hold a password.
  const config = { url: new Ref("SPEEDTEST_URL"), token: refIf(settings, "SPEEDTEST_TOKEN") };
  return draft("speedtest_default", "speedtest", "0 */4 * * *", { from: ["SPEEDTEST_URL"], config });
};

const football: Rule = (settings, notes) => {
  const key = settings.firstOf("FOOTBALL_API_KEY", "SPORTS_API_KEY");
  if (key === undefined) return undefined;
  const config = { team_id: wholeNumber(settings, "ARSENAL_TEAM_ID", notes) ?? 57, api_key: new Ref(key) };
  return draft("football_default", "football", "0 */2 * * *", { from: [key], config });
};

const nfl: Rule = (settings, notes) => {
  if (!settings.isTrue("SEAHAWKS_ENABLED")) return undefined;
  const config = { team_id: wholeNumber(settings, "SEAHAWKS_TEAM_ID", notes) ?? 26 };
  return draft("nfl_default", "nfl", "0 */2 * * *", { from: ["SEAHAWKS_ENABLED"], config });
};

const RULES: readonly Rule[] = [weather, stock, tesla, ferry, ambient, speedtest, football, nfl];

/** The sources that old settings stand for, in a fixed order. */
export function oldSources(settings: OldSettings, notes: string[]): DraftSource[] {
  return RULES.map((rule) => rule(settings, notes)).filter((source) => source !== undefined);
}

/** The background mode that a variable names, as far as it can work. */
function backgroundOf(settings: OldSettings, variable: string, notes: string[]): string {
  const mode = settings.get(variable)?.toLowerCase() ?? "local";
  if (mode === "local" || mode === "gradient") return mode;
  const key = { unsplash: "UNSPLASH_API_KEY", pexels: "PEXELS_API_KEY" }[mode];
  if (key !== undefined && settings.has(key)) return mode;
  notes.push(
    `${variable}: ${key === undefined ? "there is no such background" : `${key} is not set`}; gradient is used instead`,
  );
  return "gradient";
}

interface Rest {
  from: string[];
  config: DraftMap;
  rendering?: DraftMap;
}

function draft(id: string, type: string, schedule: string, { from, config, rendering }: Rest): DraftSource {
  const enabled = AVAILABLE.has(type);
  return {
    comments: [
      `From ${from.join(" and ")}`,
      ...(enabled ? [] : [`Off: this version has no source of the type ${type} yet`]),
    ],
    entry: { id, type, enabled, schedule, config, ...(rendering && { rendering }) },
  };
}

const orAssumed = (settings: OldSettings, name: string, assumed: string): string =>
  settings.has(name) ? name : `${name}, which is not set: ${assumed}`;

const refIf = (settings: OldSettings, name: string): Ref | undefined =>
  settings.has(name) ? new Ref(name) : undefined;

function wholeNumber(settings: OldSettings, name: string, notes: string[]): number | undefined {
  const number = settings.int(name);
  if (number === undefined && settings.has(name)) notes.push(`${name}: not a whole number, left out`);
  return number;
}
