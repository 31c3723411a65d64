/** The whole look of the HTML report. No fonts, images or scripts are fetched; light and dark follow the reader's system. */
export const PAGE_STYLE = `
:root{color-scheme:light dark;--page:#fbfaf8;--card:#fff;--ink:#1d2126;--soft:#5c6570;--line:#e4e1db;--fill:#f4f2ee;--good:#1a6b3c;--good-fill:#e9f4ec;--bad:#a51d24;--bad-fill:#fbecec;--warn:#7d5200;--warn-fill:#fbf3df;--link:#2a5db0}
@media (prefers-color-scheme:dark){:root{--page:#14171b;--card:#1b1f25;--ink:#e4e7ea;--soft:#98a2ad;--line:#2c323a;--fill:#222830;--good:#7fcf9c;--good-fill:#17291e;--bad:#ff9a9a;--bad-fill:#331c1e;--warn:#e9c06a;--warn-fill:#2e2615;--link:#8fb8f5}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;-webkit-text-size-adjust:100%}
main{max-width:66rem;margin:0 auto;padding:2.5rem 1.25rem 4rem}
h1{font-size:1.75rem;line-height:1.25;letter-spacing:-.01em;margin:0 0 .25rem;overflow-wrap:anywhere}
h2{font-size:1.15rem;margin:2.75rem 0 .9rem;padding-bottom:.4rem;border-bottom:1px solid var(--line)}
h3,h4,h5{font-size:1rem;margin:0 0 .75rem;overflow-wrap:anywhere;font-weight:600}
p{margin:.5rem 0;overflow-wrap:anywhere}
a{color:var(--link);text-decoration:none}a:hover,a:focus{text-decoration:underline}
.subtitle,footer,.note{color:var(--soft)}footer{margin-top:3rem;font-size:.85rem}.note{font-size:.85rem}
.mono,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;font-size:.875em;font-variant-ligatures:none}
.mono{overflow-wrap:anywhere}.address{white-space:nowrap}td .mono:not(.hex){overflow-wrap:break-word}
.verdict{margin:1.5rem 0 0;padding:1rem 1.25rem;border-radius:10px;background:var(--fill);border-left:5px solid var(--soft)}
.verdict strong{display:block;font-size:1.15rem}
.verdict.good{background:var(--good-fill);border-color:var(--good)}.verdict.bad{background:var(--bad-fill);border-color:var(--bad)}.verdict.warn{background:var(--warn-fill);border-color:var(--warn)}
.good>strong,.good-text{color:var(--good)}.bad>strong,.bad-text{color:var(--bad)}.warn>strong,.warn-text{color:var(--warn)}.muted-text{color:var(--soft)}
.card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:1rem 1.25rem;margin:0 0 1rem}
.card .card{background:none;border:0;border-radius:0;padding:.5rem 0 0;margin:0}.card .card+.card{margin-top:.75rem;border-top:1px solid var(--line);padding-top:.9rem}
.card.bad{border-color:var(--bad)}.card.warn{border-color:var(--warn)}
.scroll{overflow-x:auto;margin:.6rem 0}
table{border-collapse:collapse;width:100%;font-size:.92rem}
th,td{text-align:left;vertical-align:top;padding:.4rem .75rem .4rem 0;border-bottom:1px solid var(--line)}th{font-weight:500;color:var(--soft);font-size:.85rem}tr:last-child>td{border-bottom:0}td:last-child,th:last-child{padding-right:0}
dl{display:grid;grid-template-columns:minmax(8rem,13rem) 1fr;gap:.45rem 1rem;margin:.25rem 0 .6rem}dt{color:var(--soft);font-size:.92rem}dd{margin:0;overflow-wrap:anywhere;min-width:0}
ul,ol{margin:.25rem 0 .6rem;padding-left:1.2rem}li{margin:.35rem 0;overflow-wrap:anywhere}ul.plain{list-style:none;padding-left:0}
.word{display:inline-block;font-size:.8rem;font-weight:600;padding:.05rem .5rem;border-radius:999px;background:var(--fill);color:var(--soft);margin-right:.5rem}
.word.good{background:var(--good-fill);color:var(--good)}.word.bad{background:var(--bad-fill);color:var(--bad)}.word.warn{background:var(--warn-fill);color:var(--warn)}
pre{background:var(--fill);border-radius:8px;padding:.7rem .9rem;margin:.35rem 0 .8rem;white-space:pre-wrap;overflow-wrap:anywhere}
details{margin:.5rem 0}summary{cursor:pointer;color:var(--soft);font-size:.92rem}
.tree{list-style:none;padding-left:0;font-size:.92rem}.tree ul{list-style:none;border-left:1px solid var(--line);margin:.1rem 0 .1rem .35rem;padding-left:.9rem}
svg.route{display:block;width:100%;height:auto;margin:0 auto 1rem;font:12px system-ui,sans-serif}
.stop{fill:var(--card);stroke:var(--soft);stroke-width:2}.stop.good{stroke:var(--good);fill:var(--good-fill)}.stop.bad{stroke:var(--bad);fill:var(--bad-fill)}.stop.warn{stroke:var(--warn);fill:var(--warn-fill)}
.number{fill:var(--ink);text-anchor:middle;font-weight:600}.who,.wait{fill:var(--soft);text-anchor:middle}.wait{fill:var(--warn)}
.way{stroke:var(--soft);stroke-width:2}.way.waits{stroke:var(--warn);stroke-dasharray:3 5;stroke-linecap:round}
@media (max-width:40rem){main{padding-top:1.5rem}dl{grid-template-columns:1fr;gap:.1rem}dd{margin-bottom:.55rem}svg.route{display:none}}
@media (max-width:68rem){.address{white-space:normal}}
@media print{body{background:#fff}.card,.verdict{break-inside:avoid}details>*{display:block}}
`.trim();
