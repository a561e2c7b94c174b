/** What a share costs, and what it did on its last day of trading. */
export interface Quote {
  symbol: string;
  price: number;
  change: number | undefined;
  changePercent: number | undefined;
  open: number | undefined;
  high: number | undefined;
  low: number | undefined;
  previousClose: number | undefined;
  volume: number | undefined;
  /** The last day of trading, `2026-04-01`. */
  day: string | undefined;
}

/** The price at the end of one day, `2026-04-01`. */
export interface Close {
  day: string;
  price: number;
}
