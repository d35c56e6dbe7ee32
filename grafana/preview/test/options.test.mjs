import assert from 'node:assert';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { read, views } from '../options.mjs';

const file = fileURLToPath(new URL('kinds.json', import.meta.url));
const names = (...argv) => views(read(argv)).map((view) => view.out);

test('one page goes to the file that is named', () => assert.deepStrictEqual(names(file, '--out', 'a/b.png'), ['a/b.png']));

test('several pictures go to a folder, named by what differs', () => {
  assert.deepStrictEqual(names(file, file, '--out', 'a'), ['a/kinds.png', 'a/kinds.png']);
  assert.deepStrictEqual(names(file, '--out', 'a', '--width', '1366', '--width', '1600'), ['a/kinds-1366.png', 'a/kinds-1600.png']);
  assert.deepStrictEqual(names(file, '--out', 'a', '--theme', 'dark', '--theme', 'light'), ['a/kinds-dark.png', 'a/kinds-light.png']);
});

test('values of a variable come together', () => {
  assert.deepStrictEqual(read([file, '--var', 'service=a', '--var', 'service=b=c']).vars, { service: ['a', 'b=c'] });
});

for (const [argv, text] of [
  [['none.json'], /no such file: none.json/],
  [[file, '--var', 'service'], /--var wants NAME=VALUE, not service/],
  [[file, file, '--serve'], /--serve shows one dashboard/],
  [[file, '--unknown'], /Unknown option/],
  [[], /^Error$/],
])
  test('refused: ' + text, () => assert.throws(() => read(argv), text));
