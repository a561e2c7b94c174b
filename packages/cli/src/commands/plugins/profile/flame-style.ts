/** How the page looks, in light and in dark. */
export const FLAME_STYLE = `
:root { color-scheme: light dark; --text: #1d2330; --dim: #5b6475; --page: #fbfbfa; --line: #d8dade; --mark: #1d2330;
  --own: #f0a35e; --package: #e8cf62; --guest: #9db8e8; --node: #a9d6a2; --engine: #cfcdd6; --on: #1d2330; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6e8ee; --dim: #9aa3b5; --page: #15181f; --line: #343a47; --mark: #ffffff;
    --own: #d98a43; --package: #c2a93d; --guest: #7793c9; --node: #7fb277; --engine: #8d8b98; --on: #10131a; }
}
* { box-sizing: border-box; }
body { margin: 0; padding: 1rem 1.25rem 3rem; background: var(--page); color: var(--text); font: 14px/1.45 system-ui, sans-serif; }
h1 { margin: 0; font-size: 1.25rem; }
h2 { margin: 1.5rem 0 .5rem; font-size: 1rem; }
p { margin: .25rem 0; color: var(--dim); }
#bar { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; margin: .75rem 0; }
#bar input, #bar button { font: inherit; padding: .25rem .5rem; color: inherit; background: transparent; border: 1px solid var(--line); border-radius: 4px; }
#bar input { width: 18rem; max-width: 100%; }
.key { display: inline-flex; align-items: center; gap: .35rem; color: var(--dim); }
.key i { width: .8rem; height: .8rem; border-radius: 2px; }
#flames { position: relative; overflow: hidden; border-top: 1px solid var(--line); border-bottom: 1px solid var(--line); }
#flames button { position: absolute; height: 19px; margin: 0; padding: 0 4px; border: 0; border-radius: 2px; overflow: hidden;
  color: var(--on); font: 12px/19px ui-monospace, monospace; text-align: left; white-space: nowrap; text-overflow: ellipsis; cursor: pointer; }
#flames button:focus-visible, #flames button:hover { outline: 2px solid var(--mark); outline-offset: -2px; z-index: 1; }
#flames button.other { opacity: .25; }
#flames button.above { opacity: .6; }
.own { background: var(--own); } .package { background: var(--package); } .guest { background: var(--guest); }
.node { background: var(--node); } .engine { background: var(--engine); }
#detail { min-height: 2.9em; margin: .5rem 0; font-family: ui-monospace, monospace; font-size: 12px; color: var(--text); overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; font-size: 13px; }
th { text-align: left; color: var(--dim); font-weight: 500; }
th, td { padding: .2rem .75rem .2rem 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
.figure { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
td:last-child { color: var(--dim); }
`;
