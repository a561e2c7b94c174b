import type { AST } from "toml-eslint-parser";
import type { DocumentPath, Finding } from "./finding.ts";

interface Place {
  line: number;
  column: number;
}

/** Where a key and its value begin; a table that is only implied by its children has no value of its own. */
interface Places {
  key: Place;
  value: Place;
}

type PlaceTable = Map<string, Places>;

/**
 * Finds the place of a finding in a text that is valid TOML. The parser that knows places is loaded only here, when something is
 * wrong. It gives up on a string of more than some 100,000 characters; then places are unknown, the problems are told without.
 */
export async function createLocator(text: string): Promise<(finding: Finding) => Partial<Place>> {
  const { parseTOML } = await import("toml-eslint-parser");
  let places: PlaceTable;
  try {
    places = collectPlaces(parseTOML(text, { tomlVersion: "next" }));
  } catch {
    return () => ({});
  }
  return ({ path, atKey }) => {
    const found = places.get(keyOf(path));
    if (found === undefined) return nearestAncestor(places, path);
    return atKey === true ? found.key : found.value;
  };
}

/** What is missing is reported where it should have been: at its section, or at the start. */
function nearestAncestor(places: PlaceTable, path: DocumentPath): Place {
  for (let length = path.length - 1; length > 0; length--) {
    const found = places.get(keyOf(path.slice(0, length)));
    if (found !== undefined) return found.key;
  }
  return { line: 1, column: 1 };
}

function keyOf(path: DocumentPath): string {
  return path.map(String).join("\0");
}

function collectPlaces(program: AST.TOMLProgram): PlaceTable {
  const places: PlaceTable = new Map();
  for (const node of program.body[0].body) {
    if (node.type === "TOMLKeyValue") addKeyValue(places, [], node);
    else addTable(places, node);
  }
  return places;
}

function addTable(places: PlaceTable, table: AST.TOMLTable): void {
  addKeys(places, table.resolvedKey, table.key.keys, placeOf(table));
  for (const entry of table.body) addKeyValue(places, table.resolvedKey, entry);
}

function addKeyValue(places: PlaceTable, parent: DocumentPath, { key, value }: AST.TOMLKeyValue): void {
  const path = [...parent, ...key.keys.map((part) => (part.type === "TOMLBare" ? part.name : part.value))];
  addKeys(places, path, key.keys, placeOf(value));
  addChildren(places, path, value);
}

function addChildren(places: PlaceTable, path: DocumentPath, value: AST.TOMLContentNode): void {
  if (value.type === "TOMLInlineTable") {
    for (const entry of value.body) addKeyValue(places, path, entry);
  } else if (value.type === "TOMLArray") {
    value.elements.forEach((element, index) => {
      const place = placeOf(element);
      places.set(keyOf([...path, index]), { key: place, value: place });
      addChildren(places, [...path, index], element);
    });
  }
}

/** `path` ends with the names in `keys`, list positions in between left aside; the first mention of a table stays. */
function addKeys(
  places: PlaceTable,
  path: DocumentPath,
  keys: readonly (AST.TOMLBare | AST.TOMLQuoted)[],
  valuePlace: Place,
): void {
  let length = path.length;
  for (let index = keys.length - 1; index >= 0; index--) {
    while (typeof path[length - 1] === "number") setOnce(places, path.slice(0, length--), valuePlace, valuePlace);
    const place = placeOf(keys[index]!);
    setOnce(places, path.slice(0, length), place, length === path.length ? valuePlace : place);
    length--;
  }
}

function setOnce(places: PlaceTable, path: DocumentPath, key: Place, value: Place): void {
  const id = keyOf(path);
  if (!places.has(id)) places.set(id, { key, value });
}

function placeOf(node: AST.TOMLNode): Place {
  return { line: node.loc.start.line, column: node.loc.start.column + 1 };
}
