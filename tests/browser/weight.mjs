/* weight.mjs - a page that is small on the wire (F-081): isLight(name, prepare), and
 * isLightRefused() for the answer to a form that was not right. */
import assert from 'node:assert/strict';
import { shop, story, visit } from './kit.mjs';

const KB = 1024;
const REQUESTS = 4;

/* What crosses the wire until the page is at rest: [url, bytes, type] of each request. */
async function weigh(page, arrive) {
	const line = await page.context().newCDPSession(page);
	const asked = new Map();
	await line.send('Network.enable');
	line.on('Network.requestWillBeSent', ({ requestId, request: { url }, type }) => asked.set(requestId, [url, 0, type]));
	line.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => { asked.get(requestId)[1] = encodedDataLength; });
	await arrive(page);
	await page.waitForLoadState('networkidle');
	await line.detach();
	return [...asked.values()].filter(([url]) => !url.startsWith('data:'));
}

/* A page that waits looks again by itself: that is no part of it, but goes to the shop too. */
function check(asked, most) {
	const told = asked.map(([url, bytes]) => `${bytes} ${url}`).join('\n');
	const parts = asked.filter(([, bytes, type]) => bytes > 0 && type !== 'Fetch');
	const bytes = parts.reduce((sum, [, size]) => sum + size, 0);
	assert.ok(parts.length > 0, 'the page came');
	assert.ok(bytes <= most, `${bytes} bytes: see what the page does not need, and what nginx does not compress\n${told}`);
	assert.ok(parts.length <= REQUESTS, `${parts.length} requests: put files together, or leave one out\n${told}`);
	assert.ok(asked.every(([url]) => url.startsWith(`${shop}/`)), `somebody else is asked\n${told}`);
}

/* The page that prepare() ends on, as a first visit loads it, with the shopper's cookies. */
export const isLight = (name, prepare) =>
	story(`${name} weighs at most 30 KB in four requests, all of them to the shop`, {}, async (page) => {
		await prepare(page);
		const fresh = await visit({});
		await fresh.context().addCookies(await page.context().cookies());
		const asked = await weigh(fresh, () => fresh.goto(page.url()));
		await fresh.context().close();
		check(asked, 30 * KB);
	});

/* What send() is answered with on the page that prepare() ends on. nginx compresses answers
 * with the status 200, 403 and 404 alone, so the HTML of a refusal (422, 409) crosses as it
 * is; what else the page needs came with the form. */
export const isLightRefused = (name, prepare, send) =>
	story(`${name} weighs at most 40 KB, all of it from the shop`, {}, async (page) => {
		await prepare(page);
		check(await weigh(page, send), 40 * KB);
	});
