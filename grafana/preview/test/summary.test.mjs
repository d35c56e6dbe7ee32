import assert from 'node:assert';
import { test } from 'node:test';
import { summary } from '../summary.mjs';

const report = (width, ...panels) => ({ title: 'Cost', width, theme: 'dark', errors: [], consoleErrors: [], panels });

test('views of a page are one page, with what is wrong in any of them once', () => {
  const cut = { title: 'Today', type: 'stat', titleTruncated: true };
  const found = summary([report(1366, cut, { title: 'Bills', type: 'table', noData: true }), report(1600, cut, { title: 'Bills', type: 'table', noData: true })]);

  assert.deepStrictEqual(found, { Cost: { views: ['1366 dark', '1600 dark'], panels: 2, empty: ['Bills'], faults: ['Today: its title is cut'] } });
});
