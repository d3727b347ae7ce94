// The HTML pages of a built site, and a sample of them that is the same in every run.
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import path from 'node:path';

/** Every file of the folder `site`, relative to it, sorted. */
export function files(site) {
  return readdirSync(site, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(site, path.join(entry.parentPath ?? entry.path, entry.name)))
    .sort();
}

/** `incidents/ID/index.html` and its like are one kind; a page at the top is a kind of its own. */
function kindOf(page) {
  const parts = page.split('/');
  if (parts.length > 2) parts[parts.length - 2] = '*';
  return parts.join('/');
}

/** At most `limit` pages of each kind, chosen by the digest of their path. */
export function sample(pages, limit) {
  const kinds = new Map();
  for (const page of pages) kinds.set(kindOf(page), [...(kinds.get(kindOf(page)) ?? []), page]);
  const digest = (page) => createHash('sha256').update(page).digest('hex');
  const chosen = (list) => list.sort((a, b) => (digest(a) < digest(b) ? -1 : 1)).slice(0, limit);
  return [...kinds.values()].flatMap(chosen);
}
