/* setbacks.mjs - what may come between a shopper and a purchase in any shop, whatever its
 * layout: stories for the files that import them. Prices and stock are moved by the
 * shopkeeper's own commands and put back. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import { open, pictures, shop, story, till } from './kit.mjs';
import {
	begin, bring, cents, confirmed, fill, heading, keeps, pay, payButton, press, put, ready, start,
} from './steps.mjs';

/* ---- the shopkeeper ---- */

const demo = join(import.meta.dirname, '../../sql/demo/products.csv');

/* Imports one of the demo's products at another price. */
function reprice(sku, price) {
	const [head, ...rows] = readFileSync(demo, 'utf8').split('\n');
	const row = rows.find((one) => one.startsWith(`${sku},`)).replace(/,\d+\.\d\d,USD,/, `,${price},USD,`);
	const file = join(pictures, '..', `${sku}.csv`);
	writeFileSync(file, `${head}\n${row}\n`);
	till('product', 'import', file);
}

export const stock = (sku, count) => till('stock', 'set', sku, String(count));

after(() => {
	till('product', 'import', demo);
	stock('HG-LIGHTHOUSE', 1);
	stock('HG-BELL', 24);
});

/* ---- the bank says no ---- */

for (const script of [true, false])
	story(`a refused card is told on the gateway's page and another try succeeds, ${script ? 'with' : 'without'} JavaScript`, { both: true, script }, async (page) => {
		await bring(page, 'enamel-mug');
		await begin(page);
		await fill(page);
		const sum = await pay(page);
		await press(page, 'decline');
		await page.getByRole('alert').getByText('Nothing was charged').waitFor();
		assert.equal(cents(await heading(page)), sum);
		await press(page, 'approve');
		await confirmed(page);
	});

/* ---- the goods ---- */

story('a line that sells out before the checkout is named, and one press goes on without it', { both: true, script: false }, async (page) => {
	stock('HG-LIGHTHOUSE', 1);
	await put(page, 'carved-lighthouse');
	await put(page, 'enamel-mug');
	stock('HG-LIGHTHOUSE', 0);
	await page.goto(`${shop}/cart`);
	await page.getByRole('button', { name: 'Go to checkout' }).or(page.getByText('Change what is marked')).first().waitFor();
	assert.match(await page.locator('.cart .wrong').innerText(), /left|sold out/i, 'the cart says which');
	stock('HG-LIGHTHOUSE', 1);
	await page.goto(`${shop}/cart`);
	const others = await open(await page.context().browser().newContext());
	await bring(others, 'carved-lighthouse');
	await begin(others);
	await page.getByRole('button', { name: 'Go to checkout' }).click();
	await page.getByText('Carved lighthouse').first().waitFor();
	await page.goto(`${shop}/checkout`);
	await page.getByText(/sold out while you were looking/).waitFor();
	await page.getByRole('button', { name: 'Go on without Carved lighthouse' }).click();
	await page.waitForURL(/\/(cart|checkout)$/);
	await start(page);
	await fill(page);
	assert.equal(await pay(page), 1800 + 450);
	await press(page, 'approve');
	await confirmed(page);
	await others.goto(`${shop}/cart`); /* puts it back on the shelf */
	await others.getByRole('button', { name: 'Remove' }).click();
	await others.getByText('Nothing in here yet').waitFor();
	await others.context().close();
});

/* ---- the price ---- */

story('a price that changed while in the cart is shown, old and new, before it can be paid', { both: true }, async (page) => {
	await put(page, 'souwester');
	reprice('HG-HAT-SOU', '43.50');
	await page.goto(`${shop}/cart`);
	const note = await page.locator('.note').first().innerText();
	assert.match(note, /Sou'wester[\s\S]*\$42\.00[\s\S]*\$43\.50/);
});

story('a price that changed during the checkout is never charged unseen', { both: true }, async (page) => {
	await bring(page, 'rigging-knife');
	await begin(page);
	await ready(page);
	reprice('HG-KNIFE', '40.50');
	await payButton(page).click();
	await page.locator('#problems, .note').first().waitFor();
	assert.ok(page.url().startsWith(shop), 'nobody was sent to the gateway');
	assert.match(await page.title(), /^Error: /);
	assert.equal(await payButton(page).innerText(), 'Pay $45.00');
	await keeps(page, 'shipping_address.line1');
	assert.equal(await pay(page), 4500, 'once seen it is paid');
	await press(page, 'approve');
	await confirmed(page);
});
