/** A rectangle on the sheet, pixels. Layouts cut the sheet into areas, so that nothing can overlap or leave it. */
export interface Area {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** How much of a row or column a part takes: pixels, or a share of what is left over. */
export type Track = number | { share: number };

export const share = (part = 1): Track => ({ share: part });

/** Side by side from the left. */
export function columns(area: Area, tracks: readonly Track[], gap: number): Area[] {
  return cut(area.width, tracks, gap).map(({ start, length }) => ({ ...area, x: area.x + start, width: length }));
}

/** One below the other from the top. */
export function rows(area: Area, tracks: readonly Track[], gap: number): Area[] {
  return cut(area.height, tracks, gap).map(({ start, length }) => ({ ...area, y: area.y + start, height: length }));
}

/** `count` equal cells, row by row. */
export function cells(area: Area, count: number, perRow: number, gap: number): Area[] {
  const lines = rows(
    area,
    Array.from({ length: Math.ceil(count / perRow) }, () => share()),
    gap,
  );
  return lines
    .flatMap((line) =>
      columns(
        line,
        Array.from({ length: perRow }, () => share()),
        gap,
      ),
    )
    .slice(0, count);
}

export function inset(area: Area, x: number, y = x): Area {
  return {
    x: area.x + x,
    y: area.y + y,
    width: Math.max(0, area.width - 2 * x),
    height: Math.max(0, area.height - 2 * y),
  };
}

/** The same area with its own corner as origin: for what is drawn inside a box placed at it. */
export function local({ width, height }: Area): Area {
  return { x: 0, y: 0, width, height };
}

function cut(length: number, tracks: readonly Track[], gap: number): { start: number; length: number }[] {
  const fixed = tracks.reduce<number>((sum, track) => sum + (typeof track === "number" ? track : 0), 0);
  const shares = tracks.reduce<number>((sum, track) => sum + (typeof track === "number" ? 0 : track.share), 0);
  const gaps = gap * Math.max(0, tracks.length - 1);
  const left = Math.max(0, length - fixed - gaps);
  // Fixed tracks that ask for more than there is are all made smaller alike.
  const squeeze = fixed + gaps > length && fixed > 0 ? Math.max(0, length - gaps) / fixed : 1;
  let start = 0;
  return tracks.map((track) => {
    const size = typeof track === "number" ? track * squeeze : (left * track.share) / (shares || 1);
    const piece = { start, length: size };
    start += size + gap;
    return piece;
  });
}
