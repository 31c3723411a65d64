/** The whole look of the HTML report. No fonts, images or scripts are fetched; light and dark follow the reader's system. */
import { CHART_STYLE } from "./line-chart-svg.ts";

const COLOURS = `
:root{color-scheme:light dark;--page:#fbfaf8;--card:#fff;--ink:#1d2126;--soft:#565f6a;--line:#e2dfd8;--fill:#f3f1ec;--good:#17653a;--good-fill:#e6f3ea;--bad:#a3181f;--bad-fill:#fbeaea;--warn:#774d00;--warn-fill:#faf1dc;--link:#2256a5}
@media (prefers-color-scheme:dark){:root{--page:#14171b;--card:#1b1f25;--ink:#e4e7ea;--soft:#9da7b2;--line:#2d333b;--fill:#232930;--good:#84d3a1;--good-fill:#172a1f;--bad:#ffa0a0;--bad-fill:#351d1f;--warn:#ecc471;--warn-fill:#2f2716;--link:#93bbf6}}
`;

const TEXT = `
*{box-sizing:border-box}
html{scroll-padding-top:1rem}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;-webkit-text-size-adjust:100%}
main{max-width:68rem;margin:0 auto;padding:2.5rem 1.25rem 4rem;min-width:0}
h1{font-size:1.75rem;line-height:1.25;letter-spacing:-.01em;margin:0 0 .25rem;overflow-wrap:anywhere}
h2{font-size:1.2rem;margin:2.75rem 0 .9rem;padding-bottom:.4rem;border-bottom:1px solid var(--line)}
h3,h4,h5,h6{font-size:1rem;margin:0 0 .75rem;overflow-wrap:anywhere;font-weight:600}
p{margin:.5rem 0;overflow-wrap:anywhere}
a{color:var(--link);text-decoration:none}a:hover,a:focus{text-decoration:underline}
:focus-visible{outline:2px solid var(--link);outline-offset:2px;border-radius:3px}
.subtitle,footer,.note{color:var(--soft);overflow-wrap:anywhere}footer{margin-top:3rem;padding-top:1rem;border-top:1px solid var(--line);font-size:.85rem}.note{font-size:.85rem}
.mono,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;font-size:.875em;font-variant-ligatures:none}
.mono{overflow-wrap:anywhere}.address{white-space:nowrap}td .mono:not(.hex),th .mono:not(.hex){overflow-wrap:break-word}
.good-text{color:var(--good)}.bad-text{color:var(--bad)}.warn-text{color:var(--warn)}.muted-text{color:var(--soft)}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
nav{margin:1.25rem 0 0;font-size:.9rem}nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:.35rem .45rem;padding:0;margin:0}nav li{margin:0}
nav a{display:block;padding:.15rem .65rem;border:1px solid var(--line);border-radius:999px;background:var(--card)}
ul,ol{margin:.25rem 0 .6rem;padding-left:1.2rem}li{margin:.35rem 0;overflow-wrap:anywhere}ul.plain{list-style:none;padding-left:0}
`;

const BOXES = `
.verdict{margin:1.5rem 0 0;padding:1rem 1.25rem;border-radius:10px;background:var(--fill);border-left:5px solid var(--soft);overflow-wrap:anywhere}
.verdict strong{display:block;font-size:1.15rem;margin-bottom:.15rem}
.verdict.good{background:var(--good-fill);border-color:var(--good)}.verdict.bad{background:var(--bad-fill);border-color:var(--bad)}.verdict.warn{background:var(--warn-fill);border-color:var(--warn)}
.verdict.good strong{color:var(--good)}.verdict.bad strong{color:var(--bad)}.verdict.warn strong{color:var(--warn)}
.card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:1rem 1.25rem;margin:0 0 1rem;min-width:0}
.card>:last-child{margin-bottom:0}
.card .card{background:none;border:0;border-radius:0;padding:.5rem 0 0;margin:0}.card .card+.card,.card *+.card{margin-top:.75rem;border-top:1px solid var(--line);padding-top:.9rem}
.card.bad{border-color:var(--bad)}.card.warn{border-color:var(--warn)}
.word{display:inline-block;font-size:.8rem;font-weight:600;line-height:1.5;padding:.05rem .55rem;border-radius:999px;background:var(--fill);color:var(--soft);margin-right:.5rem;overflow-wrap:anywhere}
.word.good{background:var(--good-fill);color:var(--good)}.word.bad{background:var(--bad-fill);color:var(--bad)}.word.warn{background:var(--warn-fill);color:var(--warn)}
pre{background:var(--fill);border-radius:8px;padding:.7rem .9rem;margin:.35rem 0 .8rem;white-space:pre-wrap;overflow-wrap:anywhere}
details{margin:.5rem 0}summary{cursor:pointer;color:var(--link);font-size:.92rem;overflow-wrap:anywhere}
.facts{display:grid;grid-template-columns:minmax(8rem,13rem) minmax(0,1fr);gap:.45rem 1rem;margin:.25rem 0 .6rem}dt{color:var(--soft);font-size:.92rem;overflow-wrap:anywhere}dd{margin:0;overflow-wrap:anywhere;min-width:0}
`;

const TABLES = `
.scroll{overflow-x:auto;margin:.6rem 0;max-width:100%}
table{border-collapse:collapse;width:100%;font-size:.92rem}
th,td{text-align:left;vertical-align:top;padding:.4rem .75rem .4rem 0;border-bottom:1px solid var(--line);max-width:34rem;min-width:3.5rem}th{font-weight:500;color:var(--soft);font-size:.85rem}tbody th{font-size:.92rem;min-width:6rem}tr:last-child>td,tbody tr:last-child>th{border-bottom:0}td:last-child,th:last-child{padding-right:0}
.pairs{display:grid;grid-template-columns:minmax(0,2fr) minmax(0,3fr);gap:0 1.5rem;background:var(--card);border:1px solid var(--line);border-radius:10px;padding:.4rem 1.25rem;margin:0 0 1rem}
.pairs>div{padding:.6rem 0;border-top:1px solid var(--line);min-width:0;overflow-wrap:anywhere}.pairs>.head{color:var(--soft);font-size:.85rem;border-top:0}.pairs ul{margin:0}.pairs li:first-child{margin-top:0}
.slots{margin:.8rem 0;padding:0;list-style:none}.slots>li{display:grid;grid-template-columns:4.5rem minmax(0,1fr) minmax(0,1fr);gap:.35rem .6rem;margin:0;padding:.2rem 0;align-items:stretch}
.slots .number{color:var(--soft);font-size:.85rem;padding-top:.35rem;text-align:right}.slots .head{color:var(--soft);font-size:.85rem}
.slot{display:flex;flex-wrap:wrap;gap:2px;min-width:0;border-radius:6px;overflow:hidden;background:repeating-linear-gradient(135deg,var(--line) 0 1px,transparent 1px 7px);min-height:2rem}
.field{min-width:4.75rem;max-width:100%;padding:.25rem .5rem;background:var(--fill);border-left:3px solid var(--line);font-size:.82rem;line-height:1.35;overflow-wrap:anywhere}
.field .type{color:var(--soft)}.field.good{background:var(--good-fill);border-color:var(--good)}.field.bad{background:var(--bad-fill);border-color:var(--bad)}.field.warn{background:var(--warn-fill);border-color:var(--warn)}.field.muted{color:var(--soft)}
.field b{display:block;font-size:.75rem}.field.good b{color:var(--good)}.field.bad b{color:var(--bad)}.field.warn b{color:var(--warn)}
.diff{padding:.5rem 0;white-space:pre;overflow-x:auto;line-height:1.45}.diff span{display:block;padding:0 .9rem;min-width:max-content}.diff .add{background:var(--good-fill);color:var(--good)}.diff .cut{background:var(--bad-fill);color:var(--bad)}.diff .hunk{color:var(--soft)}
.tree{list-style:none;padding-left:0;font-size:.92rem}.tree ul{list-style:none;border-left:1px solid var(--line);margin:.1rem 0 .1rem .35rem;padding-left:min(.9rem,2vw)}.tree li{margin:.2rem 0}.tree details{margin:0}
`;

const ROUTE = `
svg.route{display:block;max-width:100%;height:auto;margin:0 auto 1rem;font:12px system-ui,sans-serif}
.stop{fill:var(--card);stroke:var(--soft);stroke-width:2}.stop.good{stroke:var(--good);fill:var(--good-fill)}.stop.bad{stroke:var(--bad);fill:var(--bad-fill)}.stop.warn{stroke:var(--warn);fill:var(--warn-fill)}
.route .number{fill:var(--ink);text-anchor:middle;font-weight:600}.who,.wait{fill:var(--soft);text-anchor:middle}.wait{fill:var(--warn)}
.way{stroke:var(--soft);stroke-width:2}.way.waits{stroke:var(--warn);stroke-dasharray:3 5;stroke-linecap:round}
`;

const CHARTS = `
figure{margin:1rem 0 0}figcaption{font-weight:600}${CHART_STYLE.trimEnd()}
figure svg.chart{min-width:34rem}
@media print{svg.chart{break-inside:avoid}}
`;

const MEDIA = `
@media (max-width:40rem){main{padding:1.5rem 1rem 3rem}h1{font-size:1.4rem}.card,.verdict{padding:.85rem .9rem}.facts{grid-template-columns:minmax(0,1fr);gap:.1rem}dd{margin-bottom:.55rem}svg.route{display:none}td:has(.hex){min-width:13rem}.pairs{grid-template-columns:minmax(0,1fr);padding:.4rem .9rem}.pairs>.head{display:none}.pairs>.right{border-top:0;padding-top:0}.slots>li{grid-template-columns:minmax(0,1fr)}.slots .number{text-align:left;padding:.3rem 0 0;font-weight:600}.slots>li.head{display:none}.slot[data-side]:before{content:attr(data-side);padding:.35rem .4rem 0 0;width:2.8rem;flex:none;font-size:.75rem;color:var(--soft);background:var(--card)}.slot .field{min-width:5.5rem}th,td{padding-right:.6rem}}
@media (max-width:70rem){.address{white-space:normal}}
@media print{:root{color-scheme:light;--page:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#bbb;--fill:#f4f4f4;--good:#0d5a2d;--good-fill:#eef6f0;--bad:#98151b;--bad-fill:#fbeeee;--warn:#6b4500;--warn-fill:#fbf5e6;--link:#000}body{font-size:10pt;-webkit-print-color-adjust:exact;print-color-adjust:exact}main{max-width:none;padding:0}nav{display:none}h2,h3,h4,h5,h6,dt,summary{break-after:avoid}.verdict,.pairs>div,.slots>li,tr,li,pre{break-inside:avoid}details:not(.long)::details-content{content-visibility:visible;block-size:auto}.scroll,.diff{overflow:visible}.diff,.address{white-space:pre-wrap;overflow-wrap:anywhere}.diff span{min-width:0}table{table-layout:auto;font-size:.85em}th,td{overflow-wrap:break-word;max-width:none;min-width:0}}
`;

/** How wide a field of so many bytes is drawn in its slot. */
const SIZES = Array.from({ length: 32 }, (_, index) => `.b${index + 1}{flex:${index + 1} 1 0}`).join("");

export const PAGE_STYLE = [COLOURS, TEXT, BOXES, TABLES, ROUTE, CHARTS, SIZES, MEDIA].map((part) => part.trim()).join("\n");
