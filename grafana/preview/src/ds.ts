// Prometheus and Loki: from a panel's targets to data frames.
import { FieldType, formatLabels, rangeUtil } from '@grafana/data';
import { promFormat, type Scoped, type Vars } from './vars';

export const SCRAPE_MS = 15_000;
const MAX_POINTS = 11_000;

let running = 0;
const waiting: (() => void)[] = [];
async function slot<T>(f: () => Promise<T>): Promise<T> {
  if (running >= 6) await new Promise<void>((r) => waiting.push(r));
  running++;
  try {
    return await f();
  } finally {
    running--;
    waiting.shift()?.();
  }
}

export interface Clock { ms: number }

export async function api(kind: 'prometheus' | 'loki', path: string, params: Record<string, any>, clock?: Clock): Promise<any> {
  const body = new URLSearchParams();
  for (const [k, v] of Object.entries(params)) if (v !== undefined && v !== '') body.append(k, String(v));
  return slot(async () => {
    const t0 = performance.now();
    const r = await fetch('/ds/' + kind + path + '?' + body);
    const text = await r.text();
    if (clock) clock.ms += performance.now() - t0;
    let j: any;
    try {
      j = JSON.parse(text);
    } catch {
      throw new Error(kind + ' answered ' + r.status + ': ' + text.slice(0, 300).trim());
    }
    if (j.status !== 'success') throw new Error((j.errorType ? j.errorType + ': ' : '') + (j.error ?? j.message ?? text.slice(0, 300)));
    return j;
  });
}

export interface Range { from: number; to: number }

export function kindOf(ds: any, vars: Vars, scoped?: Scoped): 'prometheus' | 'loki' | undefined {
  const type = typeof ds === 'object' ? vars.replace(ds?.type ?? '', scoped) : '';
  if (type === 'prometheus' || type === 'loki') return type;
  const ref = typeof ds === 'string' ? ds : ds?.uid ?? '';
  const name = /^\$\{?(\w+)\}?$/.exec(ref)?.[1];
  const v = name ? vars.map.get(name) : undefined;
  const words = [vars.replace(ref, scoped), v?.name, ...(v?.values ?? [])].join(' ').toLowerCase();
  if (words.includes('loki')) return 'loki';
  if (words.includes('prometheus') || !ref || ref === 'default' || v?.type === 'datasource') return 'prometheus';
  return undefined;
}

const num = (s: any): number => (s === '+Inf' || s === 'Inf' ? Infinity : s === '-Inf' ? -Infinity : parseFloat(s));
const ms = (s: string) => rangeUtil.intervalToMs(s);

// The width in points and the shortest step give the step, as Grafana's Prometheus and Loki sources take it.
export function stepFor(range: Range, maxPoints: number, minStep?: string, lowest = SCRAPE_MS) {
  let low = lowest;
  if (minStep) {
    try {
      low = ms(minStep.replace(/^[<>]/, ''));
    } catch { /* an odd interval counts as none */ }
  }
  const nice = rangeUtil.roundInterval((range.to - range.from) / Math.max(1, maxPoints));
  const safe = rangeUtil.roundInterval((range.to - range.from) / MAX_POINTS);
  return Math.max(low, nice, safe);
}

export function timeGlobals(range: Range): Scoped {
  const s = Math.round((range.to - range.from) / 1000);
  return {
    __range: { value: s + 's' }, __range_s: { value: s }, __range_ms: { value: range.to - range.from },
    __from: { value: range.from }, __to: { value: range.to },
  };
}

const span = (t: number) => rangeUtil.secondsToHms(t / 1000);

export function intervalScope(step: number): Scoped {
  const rate = Math.max(4 * SCRAPE_MS, step + SCRAPE_MS);
  return {
    __interval: { value: span(step) }, __interval_ms: { value: step }, __auto: { value: span(step) },
    __rate_interval: { value: span(rate) }, __rate_interval_ms: { value: rate },
  };
}

function metricName(labels: Record<string, string>) {
  const { __name__, ...rest } = labels;
  const keys = Object.keys(rest).sort();
  return (__name__ ?? '') + (keys.length || !__name__ ? '{' + keys.map((k) => k + '="' + rest[k] + '"').join(', ') + '}' : '');
}

function legendName(labels: Record<string, string>, fmt: string | undefined, expr: string): string {
  if (fmt === '__auto') return Object.keys(labels).length ? '' : expr;
  let name = metricName(labels);
  if (fmt) name = fmt.replace(/\{\{\s*(.+?)\s*\}\}/g, (_, k) => labels[k] ?? '');
  return name === '{}' ? expr : name;
}

function series(refId: string, labels: any, points: any[], name: string, step: number | undefined, type: string): any {
  const times = new Array(points.length);
  const values = new Array(points.length);
  for (let i = 0; i < points.length; i++) {
    times[i] = Math.round(points[i][0] * 1000);
    values[i] = num(points[i][1]);
  }
  return {
    refId,
    name: name || undefined,
    meta: { type },
    length: points.length,
    fields: [
      { name: 'Time', type: FieldType.time, config: step ? { interval: step } : {}, values: times },
      { name: 'Value', type: FieldType.number, labels, config: name ? { displayNameFromDS: name } : {}, values },
    ],
  };
}

function toTable(refId: string, results: any[], valueName: string): any {
  const keys = [...new Set(results.flatMap((r) => Object.keys(r.metric)))].sort();
  const times: number[] = [];
  const values: number[] = [];
  const cols: Record<string, any[]> = Object.fromEntries(keys.map((k) => [k, []]));
  for (const r of results)
    for (const p of r.values ?? [r.value]) {
      times.push(Math.round(p[0] * 1000));
      values.push(num(p[1]));
      for (const k of keys) cols[k].push(k === 'le' ? num(r.metric[k]) : r.metric[k] ?? null);
    }
  return {
    refId,
    meta: { preferredVisualisationType: 'table' },
    length: times.length,
    fields: [
      { name: 'Time', type: FieldType.time, config: {}, values: times },
      ...keys.map((k) => ({ name: k, type: k === 'le' ? FieldType.number : FieldType.string, config: { filterable: true }, values: cols[k] })),
      { name: valueName, type: FieldType.number, config: {}, values },
    ],
  };
}

// Buckets of a histogram, by their upper bound, each less the one below it.
function toHeatmap(refId: string, results: any[], step: number): any[] {
  const rows = results
    .map((r) => ({ le: num(r.metric.le), label: r.metric.le ?? '', at: new Map<number, number>((r.values ?? [r.value]).map((p: any) => [Math.round(p[0] * 1000), num(p[1])])) }))
    .sort((a, b) => a.le - b.le);
  const times = [...new Set(rows.flatMap((r) => [...r.at.keys()]))].sort((a, b) => a - b);
  return rows.map((r, i) => ({
    refId,
    name: r.label,
    meta: { type: 'heatmap-rows' },
    length: times.length,
    fields: [
      { name: 'Time', type: FieldType.time, config: { interval: step }, values: times },
      {
        name: 'Value', type: FieldType.number, labels: { le: r.label }, config: { displayNameFromDS: r.label },
        values: times.map((t) => Math.max(0, (r.at.get(t) ?? 0) - (i ? rows[i - 1].at.get(t) ?? 0 : 0))),
      },
    ],
  }));
}

async function promTarget(t: any, panel: any, range: Range, width: number, vars: Vars, scoped: Scoped, tables: number, clock: Clock): Promise<any[]> {
  const low = vars.replace(t.interval || panel.interval || '', scoped) || undefined;
  const step = stepFor(range, panel.maxDataPoints || width, low) * (t.intervalFactor || 1);
  const expr = vars.replace(t.expr, { ...scoped, ...intervalScope(step) }, promFormat);
  if (!expr.trim()) return [];
  const name = t.legendFormat ? vars.replace(t.legendFormat, { ...scoped, ...intervalScope(step) }) : undefined;
  const fmt = t.format || 'time_series';
  const valueName = tables > 1 ? 'Value #' + t.refId : 'Value';
  const instant = Boolean(t.instant);
  const ranged = t.range === undefined ? !instant : Boolean(t.range);
  const out: any[] = [];
  const shape = (res: any[], isInstant: boolean) => {
    if (fmt === 'table') return res.length ? [toTable(t.refId, res, valueName)] : [];
    if (fmt === 'heatmap' && !isInstant) return toHeatmap(t.refId, res, step);
    return res.map((r) =>
      series(t.refId, r.metric, r.values ?? [r.value], legendName(r.metric, name, expr), isInstant ? undefined : step, isInstant ? 'numeric-multi' : 'timeseries-multi')
    );
  };
  const flat = (d: any) => (d.resultType === 'scalar' ? [{ metric: {}, value: d.result }] : d.result.filter((r: any) => r.value || r.values));
  if (ranged) {
    const start = Math.floor(range.from / step) * step;
    const end = Math.floor(range.to / step) * step;
    const j = await api('prometheus', '/api/v1/query_range', { query: expr, start: start / 1000, end: end / 1000, step: step / 1000 }, clock);
    out.push(...shape(flat(j.data), false));
  }
  if (instant) {
    const j = await api('prometheus', '/api/v1/query', { query: expr, time: range.to / 1000 }, clock);
    out.push(...shape(flat(j.data), true));
  }
  return out;
}

async function lokiTarget(t: any, panel: any, range: Range, width: number, vars: Vars, scoped: Scoped, clock: Clock): Promise<any[]> {
  const step = stepFor(range, panel.maxDataPoints || width, vars.replace(t.step || panel.interval || '', scoped) || undefined, 1000);
  const expr = vars.replace(t.expr, { ...scoped, ...intervalScope(step) }, promFormat);
  if (!expr.trim()) return [];
  const instant = t.queryType === 'instant' || (t.instant && t.queryType !== 'range');
  const limit = t.maxLines || 1000;
  const j = instant
    ? await api('loki', '/loki/api/v1/query', { query: expr, time: range.to + '000000', limit }, clock)
    : await api('loki', '/loki/api/v1/query_range', {
        query: expr, start: range.from + '000000', end: range.to + '000000', step: step / 1000 + 's', limit, direction: t.direction || 'backward',
      }, clock);
  if (j.data.resultType === 'streams') return [logFrame(t.refId, j.data.result)];
  const res = j.data.resultType === 'scalar' ? [{ metric: {}, value: j.data.result }] : j.data.result;
  // As Grafana's Loki data source does, whatever the panel.
  if (instant) return res.length ? [toTable(t.refId, res, 'Value #' + t.refId)] : [];
  return res.map((r: any) =>
    series(t.refId, r.metric, r.values ?? [r.value], t.legendFormat ? legendName(r.metric, vars.replace(t.legendFormat, scoped), expr) : metricName(r.metric), step, 'timeseries-multi')
  );
}

function logFrame(refId: string, streams: any[]): any {
  const rows = streams.flatMap((s) => s.values.map((v: any) => ({ ns: v[0] as string, line: v[1] as string, labels: { ...s.stream, ...(v[2]?.structuredMetadata ?? {}) } })));
  rows.sort((a, b) => (a.ns.length - b.ns.length || (a.ns < b.ns ? -1 : a.ns > b.ns ? 1 : 0)) * -1);
  return {
    refId,
    meta: { preferredVisualisationType: 'logs' },
    length: rows.length,
    fields: [
      { name: 'labels', type: FieldType.other, config: {}, values: rows.map((r) => r.labels) },
      { name: 'Time', type: FieldType.time, config: {}, values: rows.map((r) => Math.floor(Number(r.ns.slice(0, -6)))) },
      { name: 'Line', type: FieldType.string, config: {}, values: rows.map((r) => r.line) },
      { name: 'tsNs', type: FieldType.string, config: { custom: { hideFrom: { viz: true } } }, values: rows.map((r) => r.ns) },
    ],
  };
}

export interface Result { frames: any[]; errors: string[]; ms: number; queries: number }

export async function runPanel(panel: any, range: Range, width: number, vars: Vars, scoped: Scoped): Promise<Result> {
  const targets = (panel.targets ?? []).filter((t: any) => !t.hide);
  const kinds = targets.map((t: any) => kindOf(typeof t.datasource === 'object' || t.datasource ? t.datasource : panel.datasource, vars, scoped) ?? kindOf(panel.datasource, vars, scoped));
  const tables = targets.filter((t: any, i: number) => kinds[i] === 'prometheus' && t.format === 'table').length;
  const errors: string[] = [];
  const clock = { ms: 0 };
  const all = await Promise.all(
    targets.map(async (t: any, i: number) => {
      try {
        if (kinds[i] === 'prometheus') return await promTarget(t, panel, range, width, vars, scoped, tables, clock);
        if (kinds[i] === 'loki') return await lokiTarget(t, panel, range, width, vars, scoped, clock);
        throw new Error('data source ' + JSON.stringify(t.datasource ?? panel.datasource) + ' is neither Prometheus nor Loki');
      } catch (e: any) {
        errors.push((targets.length > 1 ? t.refId + ': ' : '') + String(e?.message ?? e));
        return [];
      }
    })
  );
  return { frames: all.flat(), errors, ms: Math.round(clock.ms), queries: targets.length };
}

// The values of a query variable.
export async function metricFind(query: any, datasource: any, vars: Vars, range: Range): Promise<{ value: string; text: string }[]> {
  const kind = kindOf(datasource, vars);
  const wrap = (a: string[]) => a.map((s) => ({ value: s, text: s }));
  if (kind === 'loki') {
    const t = { start: range.from + '000000', end: range.to + '000000' };
    let label = query?.label;
    let stream = query?.stream ?? '';
    if (typeof query === 'string') {
      const m = /^label_values\((?:\s*(\{.*\})\s*,)?\s*(\w+)\s*\)$/.exec(query);
      if (!m) return wrap((await api('loki', '/loki/api/v1/labels', t)).data ?? []);
      stream = m[1] ?? '';
      label = m[2];
    } else if (query?.type === 0 || !label) return wrap((await api('loki', '/loki/api/v1/labels', t)).data ?? []);
    const s = vars.replace(stream, {}, promFormat);
    return wrap((await api('loki', '/loki/api/v1/label/' + encodeURIComponent(vars.replace(label)) + '/values', { ...t, query: s || undefined })).data ?? []);
  }
  if (kind !== 'prometheus') throw new Error('no such data source for a variable');
  const q = vars.replace(String((typeof query === 'string' ? query : query?.query) ?? ''), intervalScope(SCRAPE_MS), promFormat).trim();
  const t = { start: range.from / 1000, end: range.to / 1000 };
  let m = /^label_values\(\s*(?:(.+),\s*)?([\w.]+)\s*\)$/s.exec(q);
  if (m) return wrap((await api('prometheus', '/api/v1/label/' + encodeURIComponent(m[2]) + '/values', { ...t, 'match[]': m[1]?.trim() })).data);
  m = /^label_names\(\s*(.*?)\s*\)$/s.exec(q);
  if (m) return wrap((await api('prometheus', '/api/v1/labels', { ...t, 'match[]': m[1] || undefined })).data);
  m = /^metrics\(\s*(.*?)\s*\)$/s.exec(q);
  if (m) {
    const re = new RegExp(m[1]);
    return wrap((await api('prometheus', '/api/v1/label/__name__/values', t)).data.filter((s: string) => re.test(s)));
  }
  m = /^query_result\((.+)\)$/s.exec(q);
  if (m) {
    const d = (await api('prometheus', '/api/v1/query', { query: m[1], time: range.to / 1000 })).data;
    if (d.resultType === 'scalar') return wrap([String(d.result[1])]);
    return wrap(d.result.map((r: any) => metricName(r.metric).replace(/, /g, ',') + ' ' + r.value[1] + ' ' + Math.round(r.value[0] * 1000)));
  }
  const d = (await api('prometheus', '/api/v1/series', { ...t, 'match[]': q })).data;
  return wrap(d.map((s: any) => metricName(s)));
}

export interface Event { time: number; end?: number; color: string; title: string; text: string; name: string }

export async function annotations(list: any[], range: Range, vars: Vars): Promise<{ events: Event[]; errors: string[] }> {
  const events: Event[] = [];
  const errors: string[] = [];
  await Promise.all(
    list.filter((a) => a.enable && a.builtIn !== 1).map(async (a) => {
      try {
        const kind = kindOf(a.datasource, vars);
        const fill = (f: string | undefined, l: any) => (f ? vars.replace(f).replace(/\{\{\s*(.+?)\s*\}\}/g, (_, k) => l[k] ?? '') : '');
        if (kind === 'loki') {
          const q = vars.replace(a.expr ?? a.target?.expr, intervalScope(1000), promFormat);
          const j = await api('loki', '/loki/api/v1/query_range', { query: q, start: range.from + '000000', end: range.to + '000000', limit: a.maxLines || 1000, direction: 'backward' });
          for (const s of j.data.result ?? [])
            for (const v of s.values)
              events.push({ time: Number(String(v[0]).slice(0, -6)), color: a.iconColor ?? 'red', title: fill(a.titleFormat, s.stream), text: fill(a.textFormat, s.stream) || v[1], name: a.name });
        } else if (kind === 'prometheus') {
          const step = Math.max(ms(a.step || '60s'), stepFor(range, 1000));
          const q = vars.replace(a.expr ?? a.target?.expr, intervalScope(step), promFormat);
          const j = await api('prometheus', '/api/v1/query_range', { query: q, start: range.from / 1000, end: range.to / 1000, step: step / 1000 });
          for (const s of j.data.result ?? []) {
            let open: Event | undefined;
            for (const [t, v] of s.values) {
              const at = Math.round(t * 1000);
              if (!(num(v) > 0)) { open = undefined; continue; }
              if (a.useValueForTime) events.push({ time: Math.floor(num(v)), color: a.iconColor ?? 'red', title: fill(a.titleFormat, s.metric), text: fill(a.textFormat, s.metric), name: a.name });
              else if (open && at - (open.end ?? open.time) <= step) open.end = at;
              else events.push((open = { time: at, color: a.iconColor ?? 'red', title: fill(a.titleFormat, s.metric) || formatLabels(s.metric), text: fill(a.textFormat, s.metric), name: a.name }));
            }
          }
        }
      } catch (e: any) {
        errors.push('annotation ' + a.name + ': ' + String(e?.message ?? e));
      }
    })
  );
  events.sort((x, y) => x.time - y.time);
  return { events, errors };
}
