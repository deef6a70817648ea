/** The report's style sheet: one column of text, figures side by side where there is room, light, dark and paper. */
export const style = `
:root{color-scheme:light dark;--page:#fdfdfc;--card:#f5f5f2;--text:#1c1e21;--muted:#676d75;--rule:#d9dad6;--link:#0a5a94;
--reference:#1c1e21;--faint:#9aa0a6;--c0:#0072b2;--c1:#d55e00;--c2:#009e73;--c3:#b3589a;--c4:#b98200;--c5:#3a9fd6;--on-colour:#fff;--warn:#fbf1dd;--warn-edge:#d79b1e;--bad:#a4311f}
@media (prefers-color-scheme:dark){:root{--page:#141619;--card:#1d2024;--text:#e6e7e9;--muted:#9ba1a9;--rule:#33373d;--link:#79bdec;
--reference:#eceded;--faint:#757b83;--c0:#4aa8e8;--c1:#f08a3c;--c2:#2cc295;--c3:#d98cc3;--c4:#e0b040;--c5:#8bcbf2;--on-colour:#10141a;--warn:#2d2613;--warn-edge:#b98a2a;--bad:#f0806c}}
*{box-sizing:border-box}
html{scroll-behavior:smooth;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--text);font:17px/1.55 Charter,"Bitstream Charter","Sitka Text",Cambria,Georgia,serif}
header.top,main,nav{max-width:1120px;margin:0 auto;padding:0 28px}
header.top{padding-top:56px;padding-bottom:8px}
h1,h2,h3,h4,table,nav,figcaption,.tiles,.legend,.card,.kicker,summary,.note,code,pre{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif}
h1{font-size:44px;line-height:1.1;letter-spacing:-.022em;margin:.1em 0 .25em;font-weight:680}
h2{font-size:26px;letter-spacing:-.012em;margin:0 0 .5em;padding-top:20px;border-top:1px solid var(--rule);font-weight:650}
h3{font-size:18px;margin:1.7em 0 .4em;font-weight:640}
h4{font-size:14px;margin:1.2em 0 .3em;font-weight:640}
p{margin:.5em 0 .9em;max-width:70ch}
a{color:var(--link)}
section{margin:56px 0 0;scroll-margin-top:12px}
.kicker{font-size:13px;color:var(--muted);letter-spacing:.02em}
.lead{font-size:20px;line-height:1.5;max-width:62ch}
.verdict{font-size:19px;line-height:1.45;border-left:3px solid var(--c0);padding:2px 0 2px 16px;margin:1.1em 0;max-width:66ch}
.verdict p{margin:.25em 0}
nav{display:flex;flex-wrap:wrap;gap:4px 20px;font-size:14px;padding-top:12px;padding-bottom:0}
nav a{text-decoration:none;color:var(--muted)}
nav a:hover{color:var(--link);text-decoration:underline}
.tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(225px,1fr));gap:12px;margin:26px 0 10px}
.tile{background:var(--card);border-radius:10px;padding:14px 16px 12px}
.tile .label{font-size:13px;color:var(--muted);line-height:1.3}
.tile .value{font-size:28px;font-weight:640;letter-spacing:-.02em;line-height:1.25;font-variant-numeric:tabular-nums}
.tile .value small{font-size:13px;font-weight:500;letter-spacing:0;color:var(--muted)}
.tile .value+.value{font-size:19px}
.grid{display:grid;gap:22px 26px;grid-template-columns:repeat(auto-fit,minmax(min(100%,320px),1fr));align-items:start}
.grid.systems{gap:14px;grid-template-columns:repeat(auto-fit,minmax(min(100%,190px),270px))}
.grid.small{grid-template-columns:repeat(auto-fit,minmax(min(100%,250px),1fr))}
figure{margin:0;min-width:0}
figcaption{font-size:13px;line-height:1.45;color:var(--muted);margin:4px 0 6px}
figcaption b{color:var(--text);font-weight:640}
.plot{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;width:100%;min-width:0;overflow:hidden}
.plot svg{display:block;max-width:100%}
.plot [aria-label="tip"]{color:var(--text)}
.legend{display:flex;flex-wrap:wrap;gap:4px 18px;font-size:14px;margin:10px 0 12px}
.key{display:inline-block;width:18px;height:0;border-top:3px solid currentColor;border-radius:2px;margin-right:7px;vertical-align:middle}
.dot{display:inline-block;width:10px;height:10px;border-radius:50%;background:currentColor;margin-right:7px}
.card{background:var(--card);border-radius:12px;padding:10px 14px 14px}
.card h3{margin:.5em 0 .1em;font-size:16px}
.card p{font-size:13px;margin:.15em 0;color:var(--muted);line-height:1.45}
.card canvas{width:100%;aspect-ratio:1;max-height:340px;display:block;cursor:grab;touch-action:pan-y}
.molecule canvas{width:100%;height:290px;display:block;cursor:grab;touch-action:pan-y;background:var(--card);border-radius:12px}
.scroll{overflow-x:auto;margin:.6em 0 1.2em}
table{border-collapse:collapse;font-size:14px;line-height:1.4;font-variant-numeric:tabular-nums;min-width:min(100%,480px)}
th{font-weight:600;text-align:left;color:var(--muted);border-bottom:1.5px solid var(--text);padding:5px 18px 5px 0;vertical-align:bottom;white-space:nowrap}
td{border-bottom:1px solid var(--rule);padding:5px 18px 5px 0;vertical-align:top}
th.number,td.number{text-align:right}
td.number{white-space:nowrap}
.warnings{background:var(--warn);border-left:3px solid var(--warn-edge);border-radius:0 8px 8px 0;padding:12px 18px;margin:18px 0;font-size:15px}
.warnings ul{margin:.2em 0;padding-left:1.1em}
.warnings b{font-family:system-ui,sans-serif;font-size:14px}
.status-failed,.status-interrupted{color:var(--bad);font-weight:640}
details{margin:.8em 0;border-top:1px solid var(--rule);padding-top:8px}
details.block>summary{font-size:17px;font-weight:640}
summary{cursor:pointer;font-size:15px}
summary small{font-weight:400;color:var(--muted);font-size:14px;margin-left:.6em}
pre{font:12.5px/1.5 ui-monospace,"SF Mono",Menlo,Consolas,monospace;background:var(--card);padding:14px 16px;border-radius:8px;overflow:auto;max-height:70vh}
code{font:.92em ui-monospace,"SF Mono",Menlo,Consolas,monospace}
.note{font-size:14px;color:var(--muted)}
footer{max-width:1120px;margin:64px auto 48px;padding:14px 28px;color:var(--muted);font:13px system-ui,sans-serif}
@media (max-width:640px){body{font-size:16px}h1{font-size:34px}header.top,main,nav{padding-left:16px;padding-right:16px}section{margin-top:40px}td{white-space:nowrap}}
@media print{:root{color-scheme:light;--page:#fff;--card:#f5f5f2;--text:#1c1e21;--muted:#676d75;--rule:#d9dad6;--reference:#1c1e21;--c0:#0072b2;--c1:#d55e00;--c2:#009e73;--c3:#b3589a;--c4:#b98200;--c5:#3a9fd6;--on-colour:#fff;--warn:#fbf1dd}body{font-size:10.5pt}nav,.hint{display:none}figure,.card,.tile,tr{break-inside:avoid}h2,h3{break-after:avoid}section{margin-top:24px}pre{max-height:none;white-space:pre-wrap}.scroll{overflow:visible}}
`;
