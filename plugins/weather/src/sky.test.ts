import { describe, expect, test } from "vitest";
import { openWeatherMapSky } from "./open-weather-map-sky.ts";
import { accentOf } from "./sky.ts";
import { wmoSky } from "./wmo-sky.ts";

describe("openWeatherMapSky", () => {
  test.each([
    ["Clear", "sunny"],
    ["Clouds", "cloudy"],
    ["Dust", "cloudy"],
    ["Sand", "cloudy"],
    ["Ash", "cloudy"],
    ["Rain", "rainy"],
    ["Drizzle", "rainy"],
    ["Thunderstorm", "thunderstorm"],
    ["Snow", "snowy"],
    ["Mist", "foggy"],
    ["Fog", "foggy"],
    ["Haze", "foggy"],
    ["Smoke", "foggy"],
    ["Squall", "windy"],
    ["Tornado", "windy"],
    ["Locusts", "default"],
    ["constructor", "default"],
    [undefined, "default"],
  ])("takes %s for %s", (group, condition) => {
    expect(openWeatherMapSky(group, undefined, undefined).condition).toBe(condition);
  });

  test.each([
    ["Clear", "01d", "sun"],
    ["Clear", "01n", "moon"],
    ["Clouds", "02d", "cloud-sun"],
    ["Clouds", "03n", "cloud-moon"],
    ["Clouds", "04n", "cloud"],
    ["Drizzle", "09d", "cloud-drizzle"],
    ["Tornado", "50d", "tornado"],
  ])("draws %s with code %s as %s", (group, code, icon) => {
    expect(openWeatherMapSky(group, "x", code).icon).toBe(icon);
  });

  test("gives a clear night another accent than a clear day", () => {
    const [day, night] = ["01d", "01n"].map((code) => accentOf(openWeatherMapSky("Clear", "clear sky", code)));
    expect(day).not.toBe(night);
  });
});

describe("wmoSky", () => {
  test.each([
    [0, "Clear sky", "sunny", "sun"],
    [2, "Partly cloudy", "cloudy", "cloud-sun"],
    [48, "Rime fog", "foggy", "cloud-fog"],
    [57, "Freezing drizzle", "rainy", "cloud-drizzle"],
    [66, "Light freezing rain", "rainy", "cloud-rain"],
    [77, "Snow grains", "snowy", "cloud-snow"],
    [82, "Violent showers", "rainy", "cloud-rain"],
    [99, "Thunderstorm with hail", "thunderstorm", "cloud-lightning"],
    [4, "Unknown", "default", "thermometer"],
  ])("reads code %i as %s", (code, description, condition, icon) => {
    expect(wmoSky(code, true)).toEqual({ description, condition, icon, isDay: true });
  });

  test("shows the moon at night", () => {
    expect([wmoSky(0, false).icon, wmoSky(2, false).icon]).toEqual(["moon", "cloud-moon"]);
  });
});
