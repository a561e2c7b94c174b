/** The kinds of weather there are pictures for; the name is the folder of the background, `weather/rainy`. */
export type Condition = "sunny" | "cloudy" | "rainy" | "thunderstorm" | "snowy" | "foggy" | "windy" | "default";

/** What the sky looks like. */
export interface Sky {
  condition: Condition;
  /** Such as `Light rain`. */
  description: string;
  /** Lucide icon. */
  icon: string;
  isDay: boolean;
}

const ICONS: Record<Condition, string> = {
  sunny: "sun",
  cloudy: "cloud",
  rainy: "cloud-rain",
  thunderstorm: "cloud-lightning",
  snowy: "cloud-snow",
  foggy: "cloud-fog",
  windy: "wind",
  default: "thermometer",
};
const ACCENTS: Record<Condition, string> = {
  sunny: "#fbbf24",
  cloudy: "#a5b4cb",
  rainy: "#38bdf8",
  thunderstorm: "#a78bfa",
  snowy: "#bae6fd",
  foggy: "#cbd5e1",
  windy: "#5eead4",
  default: "#94a3b8",
};
const NIGHT_ACCENT = "#818cf8";

/** A sky from its parts; `icon` replaces the condition's own by day or night. */
export function makeSky(condition: Condition, description: string, isDay: boolean, icon?: string): Sky {
  const clear = condition === "sunny" && !isDay ? "moon" : ICONS[condition];
  return { condition, description: capitalised(description), icon: icon ?? clear, isDay };
}

export function accentOf({ condition, isDay }: Sky): string {
  return condition === "sunny" && !isDay ? NIGHT_ACCENT : ACCENTS[condition];
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
