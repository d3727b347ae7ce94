// One line per check, `ok …` or `FAIL …`: the form that run.sh counts. Also the rule that turns a URL into a file.
import { statSync } from 'node:fs';
import path from 'node:path';

const SITE = process.env.SITE_NAME || 'site';
/** The site's own address, as robots.txt gives it; ends in `/`. */
export const BASE = process.env.SITE_BASE || '';

/** Prints one line for the check `name`: it holds when `problems` is empty. */
export function check(name, problems) {
  if (problems.length === 0) {
    console.log(`ok ${SITE}: ${name}`);
    return;
  }
  const shown = problems.slice(0, 4).map((problem) => String(problem).replace(/\s+/g, ' ').slice(0, 300));
  const more = problems.length > 4 ? ` (+${problems.length - 4} more)` : '';
  console.log(`FAIL ${SITE}: ${name}: ${shown.join('; ')}${more}`);
}

/** Runs `body`, which returns problems; what a foreign program throws is a problem too. */
export async function attempt(name, body) {
  try {
    check(name, await body());
  } catch (error) {
    check(name, [`${error.name}: ${error.message}`]);
  }
}

/** The file of the folder `site` that the URL path `urlPath`, relative to the site's root, stands for; null without one. */
export function fileOf(site, urlPath) {
  let file = decodeURIComponent(urlPath);
  if (file === '' || file.endsWith('/')) file += 'index.html';
  return statSync(path.join(site, file), { throwIfNoEntry: false })?.isFile() ? file : null;
}
