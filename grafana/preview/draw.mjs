// Draws one page in Chromium: a picture, and a JSON of what it shows.
import { writeFile } from 'node:fs/promises';

// Throws where the page could not be drawn.
export async function draw(browser, at, view, o) {
  const t0 = Date.now();
  const { width, out } = view;
  const page = await browser.newPage({ viewport: { width, height: o.panel ? Number(o.height ?? 700) : 1000 }, deviceScaleFactor: Number(o.scale) });
  try {
    const noted = [];
    // A query that fails is told by its panel.
    page.on('console', (m) => m.type() === 'error' && !m.location().url?.includes('/ds/') && noted.push((m.text() + ' ' + new URL(m.location().url || at).pathname).slice(0, 500)));
    page.on('pageerror', (e) => noted.push('uncaught: ' + String(e.message).slice(0, 500)));
    await page.goto(at, { waitUntil: 'domcontentloaded' });
    await page.waitForFunction(() => window.__look?.done, null, { timeout: Number(o.timeout) * 1000 });
    const failed = await page.evaluate(() => window.__look.error);
    if (failed) throw new Error(failed);
    const report = await page.evaluate(() => window.__look.measure());
    const height = Math.ceil(report.pageHeight);
    await page.setViewportSize({ width, height: Math.min(16000, height) });
    await page.waitForTimeout(400);
    await save(page, out, {}, o);
    const piece = Number(o.split);
    for (let i = 0; piece > 0 && i * piece < height; i++)
      await save(page, out.replace(/\.png$/, '') + '-' + (i + 1) + '.png', { clip: { x: 0, y: i * piece, width, height: Math.min(piece, height - i * piece) } }, o);
    Object.assign(report, { width, theme: view.theme, seconds: (Date.now() - t0) / 1000, consoleErrors: [...new Set(noted)] });
    await writeFile(out.replace(/\.png$/, '') + '.json', JSON.stringify(report, null, 1) + '\n');
    return report;
  } finally {
    await page.close();
  }
}

async function save(page, name, what, o) {
  let png = await page.screenshot({ fullPage: true, ...what });
  if (Number(o.colors) > 0) {
    const { default: upng } = await import('upng-js');
    const image = upng.decode(png);
    png = Buffer.from(upng.encode([upng.toRGBA8(image)[0]], image.width, image.height, Math.min(256, Number(o.colors))));
  }
  await writeFile(name, png);
}
