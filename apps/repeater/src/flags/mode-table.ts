/** One mode, as data. */
export interface ModeSpec {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly summary: string;
  /** Flags it cannot do without. */
  readonly requires: readonly string[];
  /** Of a mode that a plugin brings: the contribution `scheduler/…`, and the plugin. */
  readonly scheduler?: { readonly name: string; readonly plugin: string };
  /** Another scheduler of the same name, which is meant when one of its flags is given. */
  readonly namesake?: { readonly scheduler: NonNullable<ModeSpec["scheduler"]>; readonly flags: readonly string[] };
  /** More than a sentence, for its help. */
  readonly about?: string;
  /** Command line and what it is for. */
  readonly examples: readonly (readonly [line: string, purpose: string])[];
}

/** Every mode that is known by name; other names are looked up among the schedulers of plugins. */
export const MODES: readonly ModeSpec[] = [
  {
    name: "interval",
    aliases: ["int", "i"],
    summary: "at regular intervals",
    requires: ["every"],
    about:
      "Runs at once, then each time the interval is over, counted from the first start: a slow run does not shift the others. Runs do not overlap unless --parallel says so.",
    examples: [
      ["rpr interval --every 30s -- curl -fsS https://example.com/health", "check a service until Ctrl-C"],
      ["rpr i -e 10s -t 6 -- ./status.sh", "six times in a minute"],
      [
        "rpr i -e 5m --jitter 10% --max-consecutive-failures 3 -- ./sync.sh",
        "not all machines at once; give up after three failures",
      ],
    ],
  },
  {
    name: "count",
    aliases: ["cnt", "c"],
    summary: "a number of times",
    requires: ["times"],
    about: "Without --every, one run follows the other at once.",
    examples: [
      ["rpr count --times 100 -- npm test", "find a test that fails now and then"],
      [
        "rpr c -t 1000 --parallel 8 --stats-only -- curl -fsS http://localhost:8080/",
        "some load, eight at a time, totals only",
      ],
    ],
  },
  {
    name: "duration",
    aliases: ["dur", "d"],
    summary: "for a length of time",
    requires: ["for"],
    about: "Without --every, one run follows the other at once.",
    examples: [
      ["rpr duration --for 1h --every 5m -- df -h /", "watch a disk for an hour"],
      ["rpr d -f 1d12h -e 1h -- ./report.sh", "days and weeks are understood"],
    ],
  },
  {
    name: "cron",
    aliases: ["cr"],
    summary: "at times of the calendar",
    requires: ["cron"],
    about:
      "Each time of the expression runs once, also where clocks are changed. Day of the month and weekday are both enough when both are given, as in every cron; MON, 7 and lists of ranges are understood.",
    examples: [
      ["rpr cron --cron '0 9 * * 1-5' --timezone Europe/Berlin -- ./report.sh", "at nine on weekdays"],
      [
        "rpr cr --cron @daily --times 7 --state week.json -- ./backup.sh",
        "seven days, also when the machine restarts in between",
      ],
      ["rpr cron --cron '*/10 * * * * *' --seconds -- ./poll.sh", "every ten seconds, on the clock"],
    ],
  },
  {
    name: "exponential",
    aliases: ["exp"],
    summary: "retries, each wait twice the last",
    requires: [],
    scheduler: { name: "exponential", plugin: "backoff" },
    examples: [
      [
        "rpr exponential --base-delay 1s --attempts 5 -- ./deploy.sh",
        "waits 1s, 2s, 4s, 8s; exit code 0 as soon as one succeeds",
      ],
      ["rpr exp -bd 100ms --multiplier 3 -md 10s -- curl -fsS https://example.com", "faster growth, bounded"],
    ],
  },
  {
    name: "fibonacci",
    aliases: ["fib"],
    summary: "retries, waits grow as 1, 1, 2, 3, 5, 8",
    requires: [],
    scheduler: { name: "fibonacci-backoff", plugin: "backoff" },
    namesake: {
      scheduler: { name: "fibonacci", plugin: "fibonacci" },
      flags: ["--initial", "--max", "--base-interval", "--max-interval"],
    },
    about:
      "With --initial or --base-interval it is the scheduler of the plugin fibonacci: it goes on without end, and where a wait would pass --max, it begins again with the first.",
    examples: [["rpr fibonacci --base-delay 1s --attempts 8 -- ./connect.sh", "waits 1s, 1s, 2s, 3s, 5s, 8s, 13s"]],
  },
  {
    name: "linear",
    aliases: ["lin"],
    summary: "retries, each wait longer by the same step",
    requires: [],
    scheduler: { name: "linear", plugin: "backoff" },
    examples: [["rpr linear --increment 2s --attempts 5 -- ./connect.sh", "waits 2s, 4s, 6s, 8s"]],
  },
  {
    name: "polynomial",
    aliases: ["poly"],
    summary: "retries, waits grow with a power",
    requires: [],
    scheduler: { name: "polynomial", plugin: "backoff" },
    examples: [
      ["rpr polynomial --base-delay 1s --exponent 1.5 --attempts 6 -- ./connect.sh", "waits 1s, 2.8s, 5.2s, 8s, 11.2s"],
    ],
  },
  {
    name: "decorrelated-jitter",
    aliases: ["dj"],
    summary: "retries, random waits that grow",
    requires: [],
    scheduler: { name: "decorrelated-jitter", plugin: "backoff" },
    examples: [
      [
        "rpr dj --base-delay 500ms --max-delay 30s --attempts 10 -- ./connect.sh",
        "many clients do not come back at once",
      ],
    ],
  },
  {
    name: "backoff",
    aliases: ["back", "b"],
    summary: "retries, each wait twice the last, by its older flags",
    requires: [],
    scheduler: { name: "backoff", plugin: "backoff" },
    examples: [["rpr backoff --initial 100ms --max 30s -- ./connect.sh", "as in rpr 0.2"]],
  },
  {
    name: "adaptive",
    aliases: ["adapt", "a"],
    summary: "an interval that follows how the command fares",
    requires: [],
    scheduler: { name: "adaptive", plugin: "adaptive" },
    examples: [
      [
        "rpr adaptive --base-interval 1s --show-metrics -- curl -fsS https://example.com/health",
        "less often when it is slow or fails",
      ],
    ],
  },
  {
    name: "load-adaptive",
    aliases: ["load", "la"],
    summary: "an interval that follows the load of this machine",
    requires: [],
    scheduler: { name: "load-aware", plugin: "load-aware" },
    examples: [
      ["rpr load-adaptive --base-interval 30s --target-cpu 60 -- ./reindex.sh", "less often while the machine is busy"],
    ],
  },
  {
    name: "rate-limit",
    aliases: ["rate", "rl", "r"],
    summary: "as often as a rate allows",
    requires: [],
    scheduler: { name: "diophantine", plugin: "diophantine" },
    examples: [
      [
        "rpr rate-limit --rate 100/1h --retry-pattern 0,5m,15m -- curl -fsS https://api.example.com",
        "never more than the service allows, retries included",
      ],
    ],
  },
];

/** The mode that is meant by these words after its name. */
export function meantBy(mode: ModeSpec, words: readonly string[]): ModeSpec {
  const { namesake } = mode;
  const end = words.indexOf("--");
  const typed = new Set((end < 0 ? words : words.slice(0, end)).map((word) => word.split("=", 1)[0]));
  return namesake?.flags.some((flag) => typed.has(flag)) ? { ...mode, scheduler: namesake.scheduler } : mode;
}

/** The mode of a name or alias. */
export function findMode(name: string): ModeSpec | undefined {
  return MODES.find((mode) => mode.name === name || mode.aliases.includes(name));
}
