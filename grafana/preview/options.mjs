// What the command line asks for.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

export const usage = `node look.mjs DASHBOARD.json… [options]
  --prometheus URL   default http://127.0.0.1:9090
  --loki URL         default http://127.0.0.1:3100
  --from, --to       default: the dashboard's own
  --width PX         default 1600; again for one picture of each
  --theme NAME       dark (default) or light; again for one picture of each
  --var NAME=VALUE   again for more values of the same name; All for all
  --panel TITLE      one panel only, by title or id; --height PX, default 700
  --expand           collapsed rows are drawn open
  --timezone NAME    default browser, or utc, Europe/Berlin, …
  --out FILE.png     default out.png, or a folder for several pictures; a JSON is written beside each
  --colors N         a palette of so many colours, for a small file; 128 does for most
  --split PX         the page in pieces of this height as well: FILE-1.png, FILE-2.png, …
  --scale N          pixels per CSS pixel, default 1
  --check            say what is cut, wrong or out of proportion; the exit status is 1 where something is
  --timeout S        default 120
  --serve [--port N] keep the page open for a browser, default port 4900
  --chromium PATH    default /usr/bin/chromium, or $CHROMIUM`;

const known = {
  prometheus: { type: 'string', default: 'http://127.0.0.1:9090' }, loki: { type: 'string', default: 'http://127.0.0.1:3100' },
  from: { type: 'string' }, to: { type: 'string' }, width: { type: 'string', multiple: true, default: ['1600'] }, theme: { type: 'string', multiple: true, default: ['dark'] },
  var: { type: 'string', multiple: true, default: [] }, panel: { type: 'string' }, height: { type: 'string' }, expand: { type: 'boolean' },
  timezone: { type: 'string', default: 'browser' }, out: { type: 'string', default: 'out.png' }, scale: { type: 'string', default: '1' }, colors: { type: 'string', default: '0' },
  split: { type: 'string' }, check: { type: 'boolean' }, timeout: { type: 'string', default: '120' }, serve: { type: 'boolean' }, port: { type: 'string', default: '4900' },
  chromium: { type: 'string', default: process.env.CHROMIUM ?? '/usr/bin/chromium' }, help: { type: 'boolean', short: 'h' },
};

// Throws with what is wrong; an empty message asks for the usage alone.
export function read(argv) {
  const { values, positionals } = parseArgs({ args: argv, allowPositionals: true, options: known });
  if (values.help || !positionals.length) throw new Error('');
  for (const file of positionals) if (!existsSync(file)) throw new Error('no such file: ' + file);
  if (values.serve && positionals.length > 1) throw new Error('--serve shows one dashboard');
  return { ...values, files: positionals, vars: choices(values.var) };
}

function choices(given) {
  const vars = {};
  for (const v of given) {
    const i = v.indexOf('=');
    if (i < 1) throw new Error('--var wants NAME=VALUE, not ' + v);
    (vars[v.slice(0, i)] ??= []).push(v.slice(i + 1));
  }
  return vars;
}

// Every picture to make: a page in a width and a theme, and the file that it goes to.
export function views(o) {
  const several = o.files.length * o.width.length * o.theme.length > 1;
  const named = (values, value) => (values.length > 1 ? '-' + value : '');
  return o.files.flatMap((file) =>
    o.width.flatMap((width) =>
      o.theme.map((theme) => ({
        file, width: Number(width), theme,
        out: several ? path.join(o.out, path.basename(file, '.json') + named(o.width, width) + named(o.theme, theme) + '.png') : o.out,
      }))
    )
  );
}
