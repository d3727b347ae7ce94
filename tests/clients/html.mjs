// html.mjs SITE: a sample of the pages passes html-validate and, where there is a Java runtime, the Nu checker (vnu) with the badges.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { HtmlValidate } from 'html-validate';
import { attempt } from './report.mjs';
import { files, sample } from './pages.mjs';

const [site] = process.argv.slice(2);
const PER_KIND = 40;
const all = files(site);
const pages = sample(all.filter((file) => file.endsWith('.html')), PER_KIND);
const badges = all.filter((file) => file.endsWith('.svg')).slice(0, PER_KIND);

/** What vnu does not know yet of the style sheets that Tailwind CSS makes: nothing else, and nowhere else, is passed over. */
const TAILWIND = /<style>\/\*! tailwindcss v4\./;
const UNKNOWN_TO_VNU = ['Unrecognized at-rule “@property”', '“margin-trim”: Property “margin-trim” doesn\'t exist.'];
const isByTailwind = (file) => TAILWIND.test(readFileSync(file, 'utf8'));

async function validateProblems() {
  const config = JSON.parse(readFileSync(new URL('.htmlvalidate.json', import.meta.url), 'utf8'));
  const validator = new HtmlValidate(config);
  const problems = [];
  for (const page of pages) {
    const report = await validator.validateString(readFileSync(path.join(site, page), 'utf8'), page);
    for (const { messages } of report.results) {
      for (const message of messages.filter(({ severity }) => severity === 2)) {
        problems.push(`${page}:${message.line}:${message.column} ${message.ruleId}: ${message.message}`);
      }
    }
  }
  return problems;
}

function vnuProblems() {
  const jar = createRequire(import.meta.url).resolve('vnu-jar/build/dist/vnu.jar');
  const targets = [...pages, ...badges].map((file) => path.resolve(site, file));
  const options = ['-Xss8m', '-Xmx512m', '-jar', jar, '--stdout', '--format', 'json', '--errors-only', '--also-check-svg'];
  const run = spawnSync('java', [...options, ...targets], { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (!run.stdout) return [`vnu printed nothing: ${run.stderr.slice(0, 200)}`];
  const known = ({ url, message }) => UNKNOWN_TO_VNU.some((words) => message.endsWith(words)) && isByTailwind(new URL(url));
  return JSON.parse(run.stdout).messages.filter((message) => !known(message)).map(
    ({ url, lastLine, lastColumn, message }) => `${path.relative(path.resolve(site), new URL(url).pathname)}:${lastLine}:${lastColumn} ${message}`,
  );
}

if (!pages.includes('index.html')) await attempt('there is a home page', () => ['index.html is missing']);
await attempt(`html-validate passes ${pages.length} pages`, validateProblems);
if (spawnSync('java', ['-version']).status === 0) {
  await attempt(`vnu passes ${pages.length} pages and ${badges.length} SVG files`, vnuProblems);
} else {
  console.log('SKIPPED: vnu, there is no java');
}
