// A sketch of the node graph: Grafana exports no component of it. Nodes in columns by how far they are from the first
// ones, with the same fields as Grafana reads: id, source and target make edges, an id alone a node.
import { formattedValueToString, getValueFormat, type DataFrame, type Field } from '@grafana/data';
import { useTheme2 } from '@grafana/ui';
import type { Props } from './panels';

const RADIUS = 34;

interface Node { id: string; title: string; subtitle: string; main: string; second: string; arcs: { share: number; color: string }[]; x: number; y: number }
interface Edge { source: string; target: string }

const field = (frame: DataFrame, name: string): Field | undefined => frame.fields.find((f) => f.name.toLowerCase() === name || f.config.displayName?.toLowerCase() === name);
const at = (frame: DataFrame, name: string, row: number) => field(frame, name)?.values[row];

function text(value: any, unit: string | undefined): string {
  return typeof value === 'number' && Number.isFinite(value) ? formattedValueToString(getValueFormat(unit ?? 'short')(value)) : value ?? '';
}

export function read(frames: DataFrame[], options: any): { nodes: Node[]; edges: Edge[] } {
  const edges: Edge[] = [];
  const nodes = new Map<string, Node>();
  const add = (id: string, more: Partial<Node> = {}) => nodes.set(id, { id, title: id, subtitle: '', main: '', second: '', arcs: [], x: 0, y: 0, ...nodes.get(id), ...more });
  for (const frame of frames) {
    for (let row = 0; row < frame.length; row++) {
      if (field(frame, 'source')) {
        edges.push({ source: at(frame, 'source', row), target: at(frame, 'target', row) });
      } else if (field(frame, 'id')) {
        const arcs = (options.nodes?.arcs ?? []).map((arc: any) => ({ share: Number(at(frame, arc.field, row)), color: arc.color })).filter((arc: any) => arc.share > 0);
        const { mainStatUnit, secondaryStatUnit } = options.nodes ?? {};
        add(at(frame, 'id', row), {
          title: at(frame, 'title', row) ?? '', subtitle: at(frame, 'subtitle', row) ?? '', arcs,
          main: text(at(frame, 'mainstat', row), mainStatUnit), second: text(at(frame, 'secondarystat', row), secondaryStatUnit),
        });
      }
    }
  }
  for (const edge of edges) for (const id of [edge.source, edge.target]) if (!nodes.has(id)) add(id);
  return { nodes: [...nodes.values()], edges };
}

function place(nodes: Node[], edges: Edge[], width: number, height: number) {
  const depth = new Map(nodes.map((n) => [n.id, 0]));
  // A circle has no first node: so many rounds reach every node of what has none.
  for (let round = 0; round < Math.min(nodes.length, 8); round++) for (const e of edges) depth.set(e.target, Math.min(7, Math.max(depth.get(e.target)!, depth.get(e.source)! + 1)));
  const columns = [...new Set(depth.values())].sort((a, b) => a - b).map((d) => nodes.filter((n) => depth.get(n.id) === d));
  columns.forEach((column, c) => column.forEach((node, r) => {
    node.x = ((c + 0.5) * width) / columns.length;
    node.y = ((r + 0.5) * height) / column.length;
  }));
  return Math.max(1, ...columns.map((column) => column.length));
}

function arcPath(from: number, share: number, radius: number): string {
  const end = from + Math.min(0.9999, share) * 2 * Math.PI;
  const point = (angle: number) => `${radius * Math.sin(angle)} ${-radius * Math.cos(angle)}`;
  return `M${point(from)} A${radius} ${radius} 0 ${share > 0.5 ? 1 : 0} 1 ${point(end)}`;
}

export function NodeGraph(p: Props & { empty: any }) {
  const theme = useTheme2();
  const { nodes, edges } = read(p.frames, p.options);
  if (!nodes.length) return p.empty;
  const most = place(nodes, edges, p.width, p.height - 20);
  const size = Math.min(1, (p.height - 20) / most / (2 * RADIUS + 46));
  const by = new Map(nodes.map((n) => [n.id, n]));
  const color = (name: string) => theme.visualization.getColorByName(name);
  return (
    <svg width={p.width} height={p.height} fill={theme.colors.text.primary} fontSize={11}>
      {edges.map((e, i) => {
        const [a, b] = [by.get(e.source)!, by.get(e.target)!];
        const long = Math.hypot(b.x - a.x, b.y - a.y) || 1;
        const [dx, dy] = [((b.x - a.x) / long) * (RADIUS + 4) * size, ((b.y - a.y) / long) * (RADIUS + 4) * size];
        return <line key={i} x1={a.x + dx} y1={a.y + dy} x2={b.x - dx} y2={b.y - dy} stroke={theme.colors.text.disabled} markerEnd="url(#tip)" />;
      })}
      <defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="9" markerHeight="9" orient="auto"><path d="M0 1 L10 5 L0 9 z" fill={theme.colors.text.disabled} /></marker></defs>
      {nodes.map((n) => {
        let from = 0;
        return (
          <g key={n.id} transform={`translate(${n.x} ${n.y - 12 * size}) scale(${size})`} textAnchor="middle">
            <circle r={RADIUS} fill={theme.colors.background.secondary} stroke={theme.colors.border.medium} />
            {n.arcs.map((arc, i) => {
              const d = arcPath(from, arc.share, RADIUS);
              from += arc.share * 2 * Math.PI;
              return <path key={i} d={d} fill="none" stroke={color(arc.color)} strokeWidth={4} />;
            })}
            <text y={-1} fontWeight={500}>{n.main}</text>
            <text y={13} fill={theme.colors.text.secondary}>{n.second}</text>
            <text y={RADIUS + 16} fontWeight={500}>{n.title}</text>
            <text y={RADIUS + 30} fill={theme.colors.text.secondary}>{n.subtitle}</text>
          </g>
        );
      })}
    </svg>
  );
}
