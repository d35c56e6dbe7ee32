import assert from 'node:assert';
import { test } from 'node:test';
import { faults } from '../faults.mjs';

const page = (...panels) => ({ errors: [], consoleErrors: [], panels: panels.map((panel) => ({ title: 'Calls', type: 'timeseries', ...panel })) });

test('a page that a reader sees whole has no faults', () => {
  const whole = { series: 12, legend: { rows: 12, rowsCut: 0 }, table: { columns: 3, columnsNotVisible: 0 }, axes: [{ min: 0, max: 4, highest: 1 }] };
  assert.deepStrictEqual(faults(page(whole, { noData: true })), []);
});

const wrong = [
  [{ error: 'parse error' }, 'parse error'],
  [{ titleTruncated: true }, 'its title is cut'],
  [{ legend: { rows: 9, rowsCut: 2 } }, '2 of 9 names of its legend are out of sight'],
  [{ legend: { rows: 9, rowsCut: 0, columnsCut: ['Max'] } }, 'columns of its legend are cut: Max'],
  [{ table: { columns: 4, columnsNotVisible: 1 } }, '1 of 4 columns are out of sight'],
  [{ table: { columns: 4, columnsNotVisible: 0, cellsCut: 1, cellsCutFor: ['a long name'] } }, 'cells are cut: a long name'],
  [{ textsCut: ['a long name'] }, 'texts are cut: a long name'],
  [{ series: 13 }, '13 lines'],
  [{ axes: [{ min: 0, max: 100, highest: 3 }] }, 'its axis goes to 100, its data to 3'],
];
for (const [panel, text] of wrong) test(text, () => assert.deepStrictEqual(faults(page(panel)), ['Calls: ' + text]));

test('data at the foot of the least axis of the house is no fault', () => {
  assert.deepStrictEqual(faults(page({ softTop: 0.1, axes: [{ min: 0, max: 0.1, highest: 0.001 }] })), []);
});

test('what fails beside the panels is said of the page', () => {
  assert.deepStrictEqual(faults({ errors: ['variable team: 502'], consoleErrors: ['uncaught: x'], panels: [] }), ['the page: variable team: 502', 'the page: uncaught: x']);
});
