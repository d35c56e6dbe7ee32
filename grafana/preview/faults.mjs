// What a reader would be hindered by, in the report of a page: one sentence each.

// More lines than colours that an eye tells apart: ten, the rest, and a limit.
const MOST_LINES = 12;
// Data below this part of its axis is flat.
const LEAST_PART = 0.25;

export function faults(report) {
  const ofPage = [...report.errors, ...report.consoleErrors].map((text) => 'the page: ' + text);
  return [...ofPage, ...report.panels.flatMap((panel) => ofPanel(panel).map((text) => panel.title + ': ' + text))];
}

function* ofPanelParts(p) {
  if (p.error) yield p.error;
  if (p.titleTruncated) yield 'its title is cut';
  if (p.legend?.rowsCut) yield `${p.legend.rowsCut} of ${p.legend.rows} names of its legend are out of sight`;
  if (p.legend?.columnsCut) yield 'columns of its legend are cut: ' + p.legend.columnsCut.join(', ');
  if (p.table?.columnsNotVisible) yield `${p.table.columnsNotVisible} of ${p.table.columns} columns are out of sight`;
  if (p.table?.cellsCut) yield 'cells are cut: ' + p.table.cellsCutFor.join(', ');
  if (p.textsCut) yield 'texts are cut: ' + p.textsCut.join(', ');
  if (p.type === 'timeseries' && p.series > MOST_LINES) yield `${p.series} lines`;
  for (const axis of p.axes ?? []) if (isFlat(axis, p.softTop)) yield `its axis goes to ${axis.max}, its data to ${axis.highest}`;
}

const ofPanel = (panel) => [...ofPanelParts(panel)];

// A house minimum of an axis keeps zeros at its foot on purpose.
const isFlat = (axis, softTop) => axis.highest > 0 && axis.max > (softTop ?? 0) * 1.01 && axis.highest < LEAST_PART * axis.max;
