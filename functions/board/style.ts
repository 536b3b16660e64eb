/** The board's style. No script can run in a widget, so the layout follows the widget's own width. */
export const STYLE = `
.tr-board{--ink:#0f141a;--dim:#5f6b7a;--line:#d5dbe3;--card:#fff;--link:#0257b8;--ok:#157f3c;--warn:#8a5300;--bad:#bd1111;--calm:#424fae;--track:#e4e8ee;--bar-ok:#1f9d55;--bar-warn:#d98a00;--bar-bad:#d13212;
container-type:inline-size;color:var(--ink);background:var(--card);font:13px/1.45 system-ui,'Amazon Ember',sans-serif;padding:4px 8px}
.tr-board.dark{--ink:#e9ebed;--dim:#a4adb8;--line:#3b4553;--card:#161d26;--link:#75b9ff;--ok:#4cc584;--warn:#f5b14c;--bad:#ff7a6b;--calm:#a9b2ff;--track:#2f3947}
@media (prefers-color-scheme:dark){.tr-board.auto{--ink:#e9ebed;--dim:#a4adb8;--line:#3b4553;--card:#161d26;--link:#75b9ff;--ok:#4cc584;--warn:#f5b14c;--bad:#ff7a6b;--calm:#a9b2ff;--track:#2f3947}}
.tr-board *{box-sizing:border-box}
.tr-board p{margin:4px 0 8px}
.tr-board cwdb-action{display:none}
.tr-board table{width:100%;border-collapse:collapse;font:inherit;color:inherit}
.tr-board th{text-align:left;font-weight:600;color:var(--dim);padding:4px 8px;border-bottom:1px solid var(--line);white-space:nowrap}
.tr-board td{padding:8px;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:break-word}
.tr-board .error{min-width:180px;max-width:420px}
.tr-board a{color:var(--link);text-decoration:none}
.tr-board a:hover{text-decoration:underline}
.tr-board small,.tr-board .dim{color:var(--dim);font-size:12px}
.tr-board .name{font-weight:600;font-size:14px}
.tr-board .state{font-weight:600;white-space:nowrap}
.tr-board .state::before{content:'';display:inline-block;width:8px;height:8px;border-radius:50%;background:currentColor;margin-right:6px}
.tr-board .ok{color:var(--ok)}.tr-board .warn{color:var(--warn)}.tr-board .bad{color:var(--bad)}.tr-board .calm{color:var(--calm)}
.tr-board .bar{position:relative;height:8px;min-width:90px;border-radius:4px;background:var(--track);margin:4px 0;overflow:hidden}
.tr-board .bar i{display:block;height:100%}
.tr-board .bar .ok{background:var(--bar-ok)}.tr-board .bar .warn{background:var(--bar-warn)}.tr-board .bar .bad{background:var(--bar-bad)}
.tr-board .bar b{position:absolute;top:0;bottom:0;width:2px;background:var(--ink);opacity:.55}
.tr-board .actions{white-space:nowrap}
.tr-board .actions a.btn{display:inline-block;border:1px solid var(--link);border-radius:12px;padding:1px 10px;margin:0 4px 4px 0;cursor:pointer;color:var(--link);background:none;font-size:12px;font-weight:600;line-height:1.5;white-space:nowrap}
.tr-board .links a{margin-right:8px;font-size:12px}
.tr-board .notice{border:1px solid var(--line);border-left:4px solid var(--calm);border-radius:4px;padding:10px 12px;margin:8px 0;overflow-wrap:anywhere}
.tr-board .notice.failed{border-left-color:var(--bar-bad)}
@container (max-width:1060px){
.tr-board thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.tr-board table,.tr-board tbody,.tr-board tr,.tr-board td{display:block}
.tr-board tr{border:1px solid var(--line);border-radius:8px;margin:0 0 8px;padding:4px 0}
.tr-board td{border:0;padding:3px 10px}
.tr-board td[data-label]::before{content:attr(data-label) ' ';color:var(--dim);font-size:12px}
.tr-board td:empty{display:none}
.tr-board .error{min-width:0;max-width:none;overflow-wrap:anywhere}
.tr-board .actions{white-space:normal;padding-top:6px}
}`;
