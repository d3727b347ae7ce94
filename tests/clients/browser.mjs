// browser.mjs SITE URL: Chromium opens pages of every kind: nothing runs, nothing is asked of another host, the policy is never broken.
// Each page is opened under its policy, and once more with policies switched off, when only what the page itself is can save it.
// CHROMIUM names the program; BROWSER_PAGES is how many pages of each kind are opened (24), `all` for every one.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { check } from './report.mjs';
import { files, sample } from './pages.mjs';

const [site, url] = process.argv.slice(2);
const PROGRAM = process.env.CHROMIUM || ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((file) => existsSync(file));
const PER_KIND = process.env.BROWSER_PAGES === 'all' ? Infinity : Number(process.env.BROWSER_PAGES || 24);
const TABS = 4;
const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
  '--disable-sync', '--disable-dev-shm-usage',
];
const CONTROL = `${url}/control-of-the-check/`;
const SCHEMES = ['http:', 'https:', 'mailto:'];

/** Runs in every frame before anything of the page: what hostile scripts call leaves a trace. */
function plantCanaries() {
  window.__ran = [];
  for (const name of ['alert', 'confirm', 'prompt', 'print', 'open', 'msgbox']) {
    window[name] = () => {
      (window.top.__ran ?? window.__ran).push(name);
    };
  }
  document.addEventListener('securitypolicyviolation', (event) => window.__ran.push(`violation of ${event.violatedDirective}: ${event.blockedURI}`));
}

/** Runs in the page once it is loaded: whatever ran, or could run if somebody touched it. */
function findLive(schemes) {
  const found = [...window.__ran];
  if (window.__pwned) found.push('__pwned is set');
  for (const element of document.querySelectorAll('*')) {
    const name = element.localName;
    for (const { name: attribute } of element.attributes) {
      if (/^on/i.test(attribute) || attribute === 'style' || attribute === 'srcdoc') found.push(`<${name} ${attribute}>`);
    }
    if (['iframe', 'object', 'embed', 'base', 'form', 'img', 'video', 'audio', 'portal', 'frame', 'foreignObject', 'math'].includes(name)) found.push(`<${name}>`);
    if (element.shadowRoot) found.push(`<${name}> with a shadow tree`);
    if (name === 'a' && element.hasAttribute('href') && !schemes.includes(element.protocol)) found.push(`a link to ${element.href}`);
    // What only answers a touch gets one.
    if (element.tabIndex >= 0) element.focus();
    for (const type of ['mouseover', 'pointerenter', 'focusin']) element.dispatchEvent(new Event(type, { bubbles: true }));
  }
  return [...new Set([...found, ...window.__ran])];
}

/** The problems of one page. */
async function open(context, address) {
  const problems = [];
  const page = await context.newPage();
  page.on('dialog', (dialog) => {
    problems.push(`a dialog: ${dialog.message()}`);
    dialog.dismiss().catch(() => {});
  });
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('request', (request) => {
    const asked = request.url();
    if (!asked.startsWith(`${url}/`) && !asked.startsWith('data:')) problems.push(`asks for ${asked}`);
  });
  page.on('popup', () => problems.push('a window opened'));
  page.on('framenavigated', (frame) => {
    if (frame === page.mainFrame() && ![address, 'about:blank'].includes(frame.url())) problems.push(`went to ${frame.url()}`);
  });
  try {
    await page.goto(address, { waitUntil: 'load', timeout: 60_000 });
    problems.push(...(await page.evaluate(findLive, SCHEMES)));
  } catch (error) {
    problems.push(error.message);
  }
  await page.close();
  return problems;
}

/** A page in which everything is wrong, so that the check is known to see it. */
function controlPage() {
  const policy = /content="(default-src[^"]*)"/.exec(readFileSync(path.join(site, 'index.html'), 'utf8'))?.[1] ?? '';
  return `<!DOCTYPE html><meta http-equiv="Content-Security-Policy" content="${policy}"><title>x</title><script>alert(1)</script>
    <img src="https://evil.example/x.png" onerror="window.__pwned=1"><a href="&#9;java&NewLine;script:alert(1)">x</a><p style="color:red">x</p>`;
}

async function problemsOf(browser, pages, bypassCSP) {
  const context = await browser.newContext({ bypassCSP, serviceWorkers: 'block' });
  await context.addInitScript(plantCanaries);
  await context.route('**/*', (route) => {
    const asked = route.request().url();
    if (asked === CONTROL) return route.fulfill({ contentType: 'text/html; charset=utf-8', body: controlPage() });
    return asked.startsWith(`${url}/`) ? route.continue() : route.abort();
  });
  const control = await open(context, CONTROL);
  const sees = (pattern) => control.some((problem) => pattern.test(problem));
  const expected = bypassCSP ? [/^alert$/, /asks for https:\/\/evil\.example/, /__pwned/, /^a link to/] : [/violation of/, /Content Security Policy/i, /^a link to/];
  const problems = expected.filter((pattern) => !sees(pattern)).map((pattern) => `the check does not see ${pattern} on its own hostile page`);
  const left = [...pages];
  const tab = async () => {
    for (let page = left.shift(); page; page = left.shift()) {
      const found = await open(context, `${url}/${page.split('/').map(encodeURIComponent).join('/')}`);
      problems.push(...found.map((problem) => `${page}: ${problem}`));
    }
  };
  await Promise.all(Array.from({ length: TABS }, tab));
  await context.close();
  return problems;
}

if (!PROGRAM) {
  console.log('SKIPPED: Chromium, there is none');
} else {
  const all = files(site);
  const pages = sample(all.filter((file) => file.endsWith('.html')), PER_KIND);
  const pictures = all.filter((file) => file.endsWith('.svg')).slice(0, PER_KIND);
  const browser = await chromium.launch({ executablePath: PROGRAM, args: FLAGS });
  try {
    check(`Chromium runs nothing of ${pages.length} pages and finds their policy kept`, await problemsOf(browser, pages, false));
    check(`Chromium runs nothing of them without their policy`, await problemsOf(browser, [...pages, ...pictures], true));
  } finally {
    await browser.close();
  }
}
