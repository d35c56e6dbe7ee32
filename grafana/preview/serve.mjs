// Serves dist/, the dashboard that is shown and the way to Prometheus and Loki, on 127.0.0.1.
import { createReadStream, existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const dist = path.join(path.dirname(fileURLToPath(import.meta.url)), 'dist');
const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2', '.woff': 'font/woff', '.png': 'image/png' };

// shown() tells which dashboard's file and which settings the next page gets.
export async function serve(o, shown) {
  const sources = { prometheus: o.prometheus.replace(/\/$/, ''), loki: o.loki.replace(/\/$/, '') };
  const server = http.createServer(async (req, res) => {
    const url = new URL(req.url, 'http://127.0.0.1');
    try {
      const asked = /^\/ds\/(prometheus|loki)(\/.*)$/.exec(url.pathname);
      if (asked) await forward(sources[asked[1]] + asked[2], url.search, res);
      else if (url.pathname === '/config.json') send(res, JSON.stringify(shown().config));
      else if (url.pathname === '/dashboard.json') send(res, await readFile(shown().file));
      else sendFile(res, url.pathname === '/' ? '/index.html' : decodeURIComponent(url.pathname));
    } catch (e) {
      res.writeHead(502, { 'content-type': 'text/plain' });
      res.end(String(e?.cause?.message ?? e?.message ?? e));
    }
  });
  await new Promise((r) => server.listen(o.serve ? Number(o.port) : 0, '127.0.0.1', r));
  return { url: 'http://127.0.0.1:' + server.address().port + '/', close: () => server.close() };
}

async function forward(to, search, res) {
  // Long queries do not fit a URL: Prometheus and Loki take them as a form as well.
  const post = search.length > 2000 && /\/query(_range)?$/.test(to);
  const r = await fetch(to + (post ? '' : search), {
    ...(post ? { method: 'POST', body: search.slice(1), headers: { 'content-type': 'application/x-www-form-urlencoded' } } : {}),
    signal: AbortSignal.timeout(60_000),
  });
  res.writeHead(r.status, { 'content-type': r.headers.get('content-type') ?? 'text/plain' });
  res.end(Buffer.from(await r.arrayBuffer()));
}

function send(res, json) {
  res.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  res.end(json);
}

function sendFile(res, name) {
  const at = path.join(dist, path.normalize(name));
  if (!at.startsWith(dist) || !existsSync(at)) {
    res.writeHead(404).end();
    return;
  }
  res.writeHead(200, { 'content-type': types[path.extname(at)] ?? 'application/octet-stream' });
  createReadStream(at).pipe(res);
}
