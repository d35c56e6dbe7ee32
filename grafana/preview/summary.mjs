#!/usr/bin/env node
// Adds to a file what the reports of one state of a stack say: summary.mjs FILE STATE FOLDER… (docs/dashboards.md shows it).
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { faults } from './faults.mjs';

// Of each page: in which widths and themes it was drawn, its panels, those without data, and what was wrong in any view.
export function summary(reports) {
  const pages = {};
  for (const report of reports) {
    const page = (pages[report.title] ??= { views: [], panels: report.panels.length, empty: [], faults: [] });
    page.views.push(report.width + ' ' + report.theme);
    page.empty = report.panels.filter((panel) => panel.noData).map((panel) => panel.title);
    page.faults = [...new Set([...page.faults, ...faults(report)])];
  }
  return pages;
}

function main([file, state, ...folders]) {
  const found = folders.flatMap((folder) => readdirSync(folder).filter((name) => name.endsWith('.json')).map((name) => path.join(folder, name)));
  const states = existsSync(file) ? JSON.parse(readFileSync(file)) : {};
  states[state] = summary(found.map((name) => JSON.parse(readFileSync(name))));
  writeFileSync(file, JSON.stringify(states, null, 1) + '\n');
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) main(process.argv.slice(2));
