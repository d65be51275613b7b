/* kit.mjs - what the browser tests share: the running shop, Chromium, and what is around. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { connect, setDefaultCACertificates } from 'node:tls';
import { chromium } from 'playwright-core';

/* ---- the shop that ctest started ---- */

const lines = readFileSync(process.env.TILL_ENV, 'utf8').trim().split('\n');
const env = Object.fromEntries(lines.map((line) => line.split(/=(.*)/s)));
export const shop = env.TILL_URL;
export const sandbox = env.TILL_SANDBOX_URL;
export const authority = env.TILL_CA;
setDefaultCACertificates([readFileSync(authority)]);
/* Whether its checkout asks one step at a time. */
export const stepwise = /^layout = steps$/m.test(readFileSync(env.TILL_CONF, 'utf8'));
const build = process.env.TILL_BUILD ?? join(import.meta.dirname, '../../build');
export const pictures = join(build, 'screenshots');
const failures = join(pictures, 'failed');

/* What the shopkeeper types; the answer of --json as an object. */
export function till(...words) {
	const said = execFileSync(env.TILL_BIN, [...words, '--config', env.TILL_CONF], { encoding: 'utf8' });
	return words.includes('--json') ? JSON.parse(said) : said;
}

/* Tells the sandbox gateway: control('faults', { ... }). */
export async function control(what, body, method = 'POST') {
	const answer = await fetch(`${sandbox}/_sandbox/${what}`, {
		method,
		headers: { 'Content-Type': 'application/json' },
		body: body && JSON.stringify(body),
	});
	if (!answer.ok) throw new Error(`${what}: ${answer.status} ${await answer.text()}`);
	return answer.json();
}

/* The gateway misbehaves when a session for the shopper with this address is to be made. */
export const fault = (email, code, times = 1) => control('faults', {
	gateway: 'stripe', method: 'POST', path: '/v1/checkout/sessions', holds: encodeURIComponent(email), fault: code, times,
});

/* Waits for a state, not for a time. */
export async function until(what, look, seconds = 15) {
	const end = Date.now() + seconds * 1000;
	for (;;) {
		const found = await look();
		if (found) return found;
		if (Date.now() > end) throw new Error(`not within ${seconds} s: ${what}`);
		await new Promise((done) => setTimeout(done, 50));
	}
}

/* The caught mails whose subject holds the order number, oldest first. */
export const mails = (number) => readdirSync(env.TILL_MAIL_DIR)
	.filter((name) => name.endsWith('.eml'))
	.sort()
	.map((name) => readFileSync(join(env.TILL_MAIL_DIR, name), 'utf8'))
	.filter((mail) => new RegExp(`^Subject:.*${number}`, 'm').test(mail));

/* ---- Chromium ---- */

let browser;
after(async () => (await browser)?.close());

/* Chromium cannot be handed an authority, so it is told the key of a server that this one
 * vouches for. (Told to ignore errors, it would not cache anything.) */
function trusted() {
	const { hostname: host, port } = new URL(shop);
	return new Promise((done, failed) => {
		const line = connect({ host, port }, () => {
			const key = line.getPeerX509Certificate().publicKey.export({ type: 'spki', format: 'der' });
			line.destroy();
			done(createHash('sha256').update(key).digest('base64'));
		}).on('error', failed);
	});
}

const launch = async () => chromium.launch({
	executablePath: '/usr/bin/chromium-headless-shell', /* half the work of the whole browser */
	args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--disable-quic', '--no-first-run',
		'--disable-background-networking', '--disable-component-update', '--disable-sync',
		`--ignore-certificate-errors-spki-list=${await trusted()}`],
});

/* A shopper with a browser of their own. Options: script, width, height, dark, zoom. What
 * the browser complains of stands in page.complaints, what it asked for in page.asked. */
export async function visit({ script = true, width = 1280, height = 900, dark = false, zoom = 1 } = {}) {
	browser ??= launch();
	const context = await (await browser).newContext({
		javaScriptEnabled: script,
		colorScheme: dark ? 'dark' : 'light',
		viewport: { width: width / zoom, height: height / zoom },
		deviceScaleFactor: zoom,
		reducedMotion: 'reduce',
		locale: 'en-US',
	});
	context.setDefaultTimeout(10000);
	return open(context);
}

/* One more tab of the same browser. */
export async function open(context) {
	const page = await context.newPage();
	page.complaints = [];
	page.asked = [];
	page.on('pageerror', (error) => page.complaints.push(String(error)));
	page.on('console', (message) => {
		const refused = /^Failed to load resource: the server responded with a status of 4/;
		if (message.type() === 'error' && !refused.test(message.text()))
			page.complaints.push(message.text());
	});
	page.on('request', (request) => page.asked.push(request.url()));
	page.on('response', (answer) => {
		if (answer.status() >= 500) page.complaints.push(`${answer.status()} ${answer.url()}`);
	});
	return page;
}

function complaints(page) {
	const foreign = page.asked.filter((url) => !url.startsWith(`${shop}/`) &&
		!url.startsWith(`${sandbox}/`) && !url.startsWith('data:'));
	return [...page.complaints, ...foreign.map((url) => `asked for ${url}`)];
}

/* ---- tests ---- */

const fileOf = (name) => join(failures, name.replace(/[^a-z0-9]+/gi, '-'));

async function keep(page, name) {
	const file = fileOf(name);
	mkdirSync(failures, { recursive: true });
	writeFileSync(`${file}.html`, await page.content());
	await page.screenshot({ path: `${file}.png`, fullPage: true });
	return `${page.url()} is kept as ${file}.png and .html`;
}

async function live(name, options, tell, t) {
	for (const kind of ['png', 'html']) rmSync(`${fileOf(name)}.${kind}`, { force: true });
	const page = await visit(options);
	try {
		await tell(page, t);
		for (const tab of page.context().pages())
			for (const said of complaints(tab))
				if (!options.expect?.test(said)) throw new Error(said);
	} catch (error) {
		t.diagnostic(await keep(page, name).catch(String));
		throw error;
	} finally {
		await page.context().close();
	}
}

const stories = [];
let verdict;

/* A test with a shopper: name is a sentence that is true. Fails as well when the browser
 * complained or asked anybody but the shop and the gateway; options.expect is what it may
 * complain of. A failure leaves the page in build/screenshots/failed. Four are told at once, so
 * that no core waits, but for those with options.alone. */
export function story(name, options, tell) {
	stories.push({ name, options, tell });
}

/* Of the stories so far, those of imported files, only the ones with options.both are told:
 * they hold in a checkout of one page and in one of steps. */
export function tellBoth() {
	stories.splice(0, Infinity, ...stories.filter(({ options }) => options.both));
}

function tellAll(title, concurrency, list) {
	if (list.length > 0)
		describe(title, { concurrency }, () => {
			for (const { name, options, tell } of list) test(name, (t) => live(name, options, tell, t));
		});
}

setImmediate(() => {
	tellAll('side by side', 4, stories.filter(({ options }) => !options.alone));
	tellAll('alone', 1, stories.filter(({ options }) => options.alone));
	test('afterwards the books are true', () => until('till verify finds nothing broken', () => {
		try {
			return till('verify');
		} catch (broken) {
			verdict = broken.stdout;
			return null;
		}
	}, 30).catch(() => { throw new Error(verdict); }));
});
