import type { PluginContext } from "@berth/sdk";
import type { Temperature } from "../figures.ts";

const THERMAL = "/sys/class/thermal";
const HWMON = "/sys/class/hwmon";
const MOST_SENSORS = 16;

/** What the sensors of the machine say; none is not an error, virtual machines have none. */
export async function readTemperatures(ctx: PluginContext, signal: AbortSignal): Promise<Temperature[]> {
  const zones = await names(THERMAL, /^thermal_zone\d+$/, ctx, signal);
  const found = await Promise.all(
    zones.map((zone) => readSensor(`${THERMAL}/${zone}/type`, `${THERMAL}/${zone}/temp`, ctx, signal)),
  );
  const chips = await names(HWMON, /^hwmon\d+$/, ctx, signal);
  const perChip = await Promise.all(chips.map((chip) => readChip(`${HWMON}/${chip}`, ctx, signal)));
  signal.throwIfAborted();
  return hottestFirst([...found, ...perChip.flat()].filter((sensor) => sensor !== undefined));
}

async function readChip(folder: string, ctx: PluginContext, signal: AbortSignal): Promise<(Temperature | undefined)[]> {
  const inputs = await names(folder, /^temp\d+_input$/, ctx, signal);
  return Promise.all(
    inputs.map(async (input) => {
      const label = `${folder}/${input.replace("_input", "_label")}`;
      const named = await readSensor(label, `${folder}/${input}`, ctx, signal);
      return named ?? readSensor(`${folder}/name`, `${folder}/${input}`, ctx, signal);
    }),
  );
}

async function readSensor(
  labelPath: string,
  valuePath: string,
  ctx: PluginContext,
  signal: AbortSignal,
): Promise<Temperature | undefined> {
  try {
    const label = (await ctx.files.readText(labelPath, signal)).trim().slice(0, 40);
    const celsius = Number((await ctx.files.readText(valuePath, signal)).trim()) / 1_000;
    // A sensor that is not connected says something absurd.
    return label !== "" && celsius > -50 && celsius < 150 ? { label, celsius } : undefined;
  } catch {
    return undefined;
  }
}

async function names(folder: string, pattern: RegExp, ctx: PluginContext, signal: AbortSignal): Promise<string[]> {
  const entries = await ctx.files.list(folder, signal).catch(() => []);
  return entries
    .map(({ name }) => name)
    .filter((name) => pattern.test(name))
    .sort()
    .slice(0, MOST_SENSORS);
}

/** One line a label: the cores of a processor have a sensor each, of which the hottest matters. */
function hottestFirst(sensors: Temperature[]): Temperature[] {
  const hottest = new Map<string, Temperature>();
  for (const sensor of sensors) {
    if (sensor.celsius > (hottest.get(sensor.label)?.celsius ?? -Infinity)) hottest.set(sensor.label, sensor);
  }
  return [...hottest.values()].sort((a, b) => b.celsius - a.celsius).slice(0, MOST_SENSORS);
}
