/* text_browser_test.mjs - a guest buys in w3m, a browser of text alone: no style, no script,
 * no mouse. w3m runs in a tmux of its own; its screen is read, keys are typed. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { authority, shop, stepwise, until } from './kit.mjs';

const home = mkdtempSync(join(tmpdir(), 'till-w3m.'));
const socket = join(home, 'tmux');

const tmux = (...words) => execFileSync('tmux', ['-S', socket, '-f', '/dev/null', ...words],
	{ encoding: 'utf8', env: { ...process.env, HOME: home, TERM: 'screen', LANG: 'C.UTF-8' } });

const screen = () => tmux('capture-pane', '-p');
const keys = (...list) => tmux('send-keys', ...list);

/* Waits for the screen to be so; a failure shows it as it is. */
async function sees(what, look) {
	await until(what, () => look(screen())).catch((error) => {
		error.message += `\n${screen().replace(/\n{2,}/g, '\n')}`;
		throw error;
	});
}

const shows = (text) => sees(`w3m shows "${text}"`, (all) => all.includes(text));

/* w3m asks on the last line. What it asked stays there for a while, the cursor does not. */
const rows = 200;
const asks = () => Number(tmux('display-message', '-p', '#{cursor_y}')) === rows - 1;

async function type(text) {
	await sees('a question', asks);
	keys('C-u'); /* in place of what stands there */
	tmux('send-keys', '-l', text);
	keys('Enter');
	await sees('the answer is taken', () => !asks());
}

/* To the first place that fits a pattern. */
async function find(text) {
	keys('g', '/');
	await type(text);
	assert.ok(!screen().includes('Not found'), `"${text}" is on the page`);
}

async function press(text) {
	await find(text);
	keys('Enter');
}

/* Into the field that follows a label. */
async function answer(label, text) {
	await find(`^${label}`);
	keys('Tab', 'Enter');
	await type(text);
	await shows(`[${text}`);
}

/* From the list that follows a label. */
async function choose(label, option) {
	await find(`^${label}`);
	keys('Tab', 'Enter');
	await shows('Alabama');
	keys('/');
	await type(option);
	keys('Enter');
	await shows(`[${option}`);
}

test('a guest buys in a text browser', async (t) => {
	t.after(() => {
		tmux('kill-server');
		rmSync(home, { recursive: true });
	});
	tmux('new-session', '-d', '-x', '100', '-y', String(rows), 'w3m', '-cookie', '-o', 'accept_cookie=1',
		'-o', `ssl_ca_file=${authority}`, `${shop.replace('127.0.0.1', 'localhost')}/`);
	await shows('For kitchens, boats and cold mornings');

	await press('Enamel mug');
	await shows('up to 10');
	await press('Add to cart');
	await shows('What it costs');
	assert.match(screen(), /Total\s+\$22\.50/);
	await press('Go to checkout');
	await shows('Deliver to');

	await answer('E-mail', 'ada@example.com');
	await answer('Full name', 'Ada Example');
	await answer('Address', '11 Dock Street');
	await answer('City', 'Portland');
	await choose('State', 'Oregon');
	await answer('ZIP code', '9720');
	await press(stepwise ? '^Continue to delivery' : '^Pay .22.50');
	await shows('Something needs another look');
	await shows('97201');
	await answer('ZIP code', '97201');
	if (stepwise) {
		await press('^Continue to delivery');
		await shows('step 2 of 3');
		await press('^Continue to payment');
		await shows('step 3 of 3');
	}
	await press('^Pay .22.50');
	await shows('TEST MODE');
	await press('Approve: pay');
	/* Back at the shop by its address; w3m knows no certificate that is made out to one. */
	await shows('Bad cert ident');
	keys('y', 'Enter');
	await until('the order is confirmed', async () => {
		if (/Thank you, order [A-Z0-9-]+ is confirmed/.test(screen())) return true;
		if (screen().includes('Look now')) await press('Look now').catch(() => {}); /* it may be the last look */
		return false;
	});
	assert.match(screen(), /Ada Example/);
	assert.match(screen(), /Total\s+\$22\.50/);
});
