/** Replaced by what is said of the repository. */
const REPOSITORY_SWITCH = "{repository}";

const STARTER = `# What is shown, from where and how often. Pictures go to output/, one file for each source.
#
#   berth signage run         runs the schedules until Ctrl-C
#   berth signage run --once  runs every source once
#   berth signage validate    checks this file
#
# Keys never stand in this file: \${NAME} is taken from the environment. Every setting: docs/reference/sources.md

output:
  dir: output

sources:
  # This machine: processor, memory, disks, network, the busiest processes
  - id: machine
    type: system-health
    schedule: "* * * * *" # min, hour, day, month, dow: every minute
    timeout: 10
    rendering:
      layout: modern_system
      background: gradient

  # What this host has done: runs, failures, how long they took
  - id: history
    type: run-history
    schedule: "* * * * *"
    timeout: 10
    rendering:
      background: gradient

  # The git repository in the working directory
  - id: repository
    type: git-activity
${REPOSITORY_SWITCH}    schedule: "*/2 * * * *"
    timeout: 15
    rendering:
      background: gradient

  # Weather from Open-Meteo, without a key. To switch it on: enabled: true, and your city.
  - id: weather
    type: weather
    enabled: false
    schedule: "*/15 * * * *"
    config:
      provider: open-meteo
      city: Oslo
      units: metric
      # Instead of a search for the city's name:
      # latitude: 59.91
      # longitude: 10.75
    rendering:
      layout: modern_weather
      background: gradient
    fallback:
      use_cached: true # when it cannot be reached, the last weather, with its age

  # Weather from OpenWeatherMap. To switch it on: enabled: true, and OPENWEATHER_API_KEY in the environment.
  - id: weather_openweathermap
    type: weather
    enabled: false
    schedule: "*/15 * * * *"
    config:
      provider: openweathermap
      city: Seattle
      api_key: \${OPENWEATHER_API_KEY}
    rendering:
      layout: modern_weather
      background: gradient
    fallback:
      use_cached: true

  # A share from Alpha Vantage. To switch it on: enabled: true, and STOCK_API_KEY in the environment.
  - id: stock
    type: stock
    enabled: false
    schedule: "0 9-16 * * 1-5" # on the hour from 9 to 16, Monday to Friday
    timezone: America/New_York
    config:
      symbol: AAPL
      api_key: \${STOCK_API_KEY}
    rendering:
      layout: modern_stock
      background: gradient
    fallback:
      use_cached: true
`;

/** What is known of the place the file is for. */
export interface StarterOptions {
  /** Where an editor finds the schema. */
  schema?: string | undefined;
  /** Whether there is a git repository to show; without one the source for it is switched off. Default true. */
  hasRepository?: boolean;
}

/** The file that `berth signage init` writes: it runs as it is, and shows what else there is. */
export function starterSources({ schema, hasRepository = true }: StarterOptions = {}): string {
  const hint = schema === undefined ? "" : `# yaml-language-server: $schema=${schema}\n`;
  const off = "    enabled: false # there is no repository here yet\n";
  return hint + STARTER.replace(REPOSITORY_SWITCH, hasRepository ? "" : off);
}
