/** What a search found: where the picture is, and whom to thank. */
export interface FoundPhoto {
  url: string;
  credit: string;
}

/** A photo service: how to ask it, and how to read its answer. */
export interface PhotoProvider {
  title: string;
  endpoint: string;
  /** Hosts its pictures come from; an answer may not send us anywhere else. */
  imageHosts: readonly string[];
  searchPath: string;
  /** The key travels in this header alone, never in an address. */
  authorization(key: string): string;
  /** Of the first result, at the size wanted; `undefined` when the answer has none. */
  first(answer: unknown, width: number, height: number): FoundPhoto | undefined;
}

export const PHOTO_PROVIDERS: Record<"unsplash" | "pexels", PhotoProvider> = {
  unsplash: {
    title: "Unsplash",
    endpoint: "https://api.unsplash.com",
    imageHosts: ["images.unsplash.com", "plus.unsplash.com"],
    searchPath: "/search/photos",
    authorization: (key) => `Client-ID ${key}`,
    first(answer, width, height) {
      const photo = firstOf(answer, "results");
      const url = textAt(photo, "urls", "raw");
      if (!url) return undefined;
      return {
        url: cropped(url, width, height, { fm: "jpg", q: "85" }),
        credit: by(textAt(photo, "user", "name"), "Unsplash"),
      };
    },
  },
  pexels: {
    title: "Pexels",
    endpoint: "https://api.pexels.com",
    imageHosts: ["images.pexels.com"],
    searchPath: "/v1/search",
    authorization: (key) => key,
    first(answer, width, height) {
      const photo = firstOf(answer, "photos");
      const url = textAt(photo, "src", "original");
      if (!url) return undefined;
      return {
        url: cropped(url, width, height, { auto: "compress" }),
        credit: by(textAt(photo, "photographer"), "Pexels"),
      };
    },
  },
};

function firstOf(answer: unknown, list: string): unknown {
  const found = field(answer, list);
  return Array.isArray(found) ? (found as unknown[])[0] : undefined;
}

function textAt(value: unknown, ...path: string[]): string {
  const found = path.reduce(field, value);
  return typeof found === "string" ? found : "";
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

function cropped(url: string, width: number, height: number, extra: Record<string, string>): string {
  const address = new URL(url);
  const wanted = { w: String(width), h: String(height), fit: "crop", ...extra };
  for (const [name, value] of Object.entries(wanted)) address.searchParams.set(name, value);
  return address.href;
}

function by(name: string, service: string): string {
  return `Photo: ${name ? `${name.slice(0, 60)}, ` : ""}${service}`;
}
