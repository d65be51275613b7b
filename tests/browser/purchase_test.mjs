/* purchase_test.mjs - a guest buys: with and without JavaScript, by keyboard, on a small
 * screen; and what the order's page and mail say then. */
import assert from 'node:assert/strict';
import { focusIs, laidOut } from './checks.mjs';
import { mails, sandbox, shop, story, until } from './kit.mjs';
import { ada, buy, cents, confirmed, field, fill, heading, keeps, mainButton, onward, outcome, pay, payButton, press, put, start } from './steps.mjs';

const total = async (page) => cents(await page.locator('.stick .total dd').innerText());

story('a guest buys with JavaScript and finds the receipt in the mail', { both: true }, async (page) => {
	await put(page, 'enamel-mug', 2);
	await put(page, 'harbour-print-a3');
	await start(page);
	await fill(page);
	assert.equal(await pay(page), 2 * 1800 + 2450 + 450);
	await press(page, 'approve');
	await page.locator('h1', { hasText: 'is confirmed' }).waitFor(); /* it looks by itself */
	const number = await confirmed(page);

	const main = await page.locator('main').innerText();
	for (const said of ['Enamel mug', '2 × $18.00', 'Harbour print, A3', '$65.00', 'Ada Example', '11 Dock Street',
		'Portland, OR 97201', 'ada@example.com', 'Visa ending 4242', 'Arrives', number])
		assert.ok(main.includes(said), `the confirmation says ${said}`);
	await page.emulateMedia({ media: 'print' });
	assert.ok(await page.locator('.sums .total').isVisible(), 'the receipt can be printed');
	assert.equal(await page.locator('nav, button, .cancel, .band').filter({ visible: true }).count(), 0, 'and nothing else is');
	await page.emulateMedia({ media: 'screen' });

	const [mail] = await until('the receipt is in the mail', () => {
		const found = mails(number);
		return found.length > 0 && found;
	});
	const text = mail.replace(/=\r?\n/g, '').replace(/=3D/g, '=');
	assert.match(text, /\$65\.00/);
	const [link] = text.match(/https:\S+\/orders\/\S+/);
	await page.context().clearCookies();
	await page.goto(link);
	assert.match(await heading(page), new RegExp(`Thank you.*${number}`), 'the link in the mail opens the order');
});

story('a guest buys without JavaScript', { both: true, script: false }, async (page) => {
	await page.goto(shop);
	await page.getByRole('button', { name: 'Add Storm lantern to the cart' }).click();
	await page.waitForURL(`${shop}/cart`);
	await field(page, 'quantity').first().fill('2');
	await page.getByRole('button', { name: 'Update Storm lantern' }).click();
	await page.locator('.line-total', { hasText: '$92.00' }).waitFor();
	await start(page);
	await fill(page);
	await onward(page, '[name=shipping_option]');
	await page.getByRole('radio', { name: /Express/ }).check();
	await page.getByRole('button', { name: 'Update the total' }).click();
	await page.locator('.stick .total dd', { hasText: '$104.00' }).waitFor();
	for (const name of Object.keys(ada)) await keeps(page, name);
	await pay(page);
	await press(page, 'approve');
	await page.locator('h1', { hasText: 'is confirmed' }).waitFor(); /* it looks by itself */
	await confirmed(page);
});

story('without JavaScript another country asks for its own fields', { script: false }, async (page) => {
	await put(page, 'enamel-mug');
	await start(page);
	await fill(page, { ...ada, 'shipping_address.country': 'DE' });
	await page.getByRole('button', { name: 'Use this country', exact: true }).click();
	await page.getByText('Postcode').waitFor();
	assert.equal(await field(page, 'shipping_address.region').count(), 0, 'Germany needs no region');
	assert.equal(await field(page, 'shipping_address.full_name').inputValue(), 'Ada Example');
	await fill(page, { 'shipping_address.city': 'Husum', 'shipping_address.postal_code': '25813' });
	await pay(page);
	await press(page, 'approve');
	await confirmed(page);
	assert.match(await page.locator('address').first().innerText(), /Husum[\s\S]*25813[\s\S]*Germany/);
});

story('with JavaScript country and delivery change in place and lose nothing', { both: true }, async (page) => {
	await put(page, 'enamel-mug');
	await start(page);
	await fill(page);
	let loads = 0;
	page.on('framenavigated', () => loads++);
	await field(page, 'shipping_address.country').selectOption('CA');
	await page.getByText('Province').waitFor();
	assert.equal(loads, 0, 'the page stays');
	assert.equal(await field(page, 'contact.email').inputValue(), 'ada@example.com');
	assert.equal(await field(page, 'shipping_address.line1').inputValue(), '11 Dock Street');
	await fill(page, { 'shipping_address.city': 'Halifax', 'shipping_address.region': 'NS', 'shipping_address.postal_code': 'B3H 1A1' });
	await onward(page, '[name=shipping_option]');
	loads = 0;
	await page.getByRole('radio', { name: /Express/ }).check();
	await page.locator('.stick .total dd', { hasText: '$30.00' }).waitFor();
	assert.equal(loads, 0, 'the page stays');
	assert.match(await page.locator('#say').innerText(), /Total \$30\.00/, 'the new total is announced');
	assert.equal(await pay(page), 3000);
});

/* ---- keyboard ---- */

/* Tabs on until the focus is there; every stop on the way shows it and is not hidden. */
async function tabTo(page, target) {
	const wanted = await target.first().elementHandle();
	if ((await focusIs(wanted)).there) return;
	for (let stops = 0; stops < 90; stops++) {
		await page.keyboard.press('Tab');
		const { there, wrong } = await focusIs(wanted);
		assert.equal(wrong, undefined);
		if (there) return;
	}
	assert.fail(`Tab does not reach ${target}`);
}

/* Presses the button that leads to the next step, where there is one. */
async function stepOn(page, what) {
	while (!await page.locator(what).count()) {
		const at = page.url();
		await tabTo(page, page.locator('[data-onward]'));
		await page.keyboard.press('Enter');
		await page.waitForURL(({ href }) => href !== at);
	}
}

async function typeIn(page, name, value) {
	await tabTo(page, field(page, name));
	await page.keyboard.type(value);
}

for (const script of [true, false])
	story(`a guest buys by keyboard alone, ${script ? 'with' : 'without'} JavaScript`, { both: true, script, width: 1024, height: 700 }, async (page) => {
		await page.goto(shop);
		await page.keyboard.press('Tab');
		assert.equal(await page.evaluate(() => document.activeElement.className), 'skip', 'first stop: skip to the content');
		await page.keyboard.press('Enter');
		await tabTo(page, page.getByRole('link', { name: 'Enamel mug' }));
		await page.keyboard.press('Enter');
		await page.waitForURL('**/products/enamel-mug');
		await tabTo(page, page.getByRole('button', { name: 'Add to cart' }));
		await page.keyboard.press('Space');
		await page.waitForURL('**/cart');
		await tabTo(page, page.getByRole('button', { name: 'Go to checkout' }));
		await page.keyboard.press('Enter');
		await page.waitForURL('**/checkout');

		await typeIn(page, 'contact.email', 'ada@example.com');
		await typeIn(page, 'shipping_address.full_name', 'Ada Example');
		await typeIn(page, 'shipping_address.line1', '11 Dock Street');
		await typeIn(page, 'shipping_address.city', 'Portland');
		await typeIn(page, 'shipping_address.postal_code', '97201');
		await typeIn(page, 'shipping_address.region', 'Oregon');
		await stepOn(page, '[name=shipping_option]');
		let loads = 0;
		page.on('framenavigated', () => loads++);
		await tabTo(page, page.locator('[name=shipping_option]:checked'));
		await page.keyboard.press('ArrowUp');
		await page.keyboard.press('ArrowUp');
		await page.locator('[name=shipping_option]:checked').and(page.locator('[value=express]')).waitFor();
		if (script) await page.locator('.stick .total dd', { hasText: '$30.00' }).waitFor();
		assert.equal(await page.evaluate(() => document.activeElement.value), 'express', 'the focus stays where it was');
		assert.equal(loads, 0, 'choosing never submits');
		if (!script) {
			await tabTo(page, page.locator('[name=shipping_option]:checked'));
			await tabTo(page, page.getByRole('button', { name: 'Update the total' }));
			await page.keyboard.press('Enter');
			await page.locator('.stick .total dd', { hasText: '$30.00' }).waitFor();
		}
		await stepOn(page, '[name=payment_method]');
		loads = 0;
		const last = page.locator('[name=payment_method]').last();
		await tabTo(page, page.locator('[name=payment_method]:checked'));
		for (let i = 1; i < await page.locator('[name=payment_method]').count(); i++) await page.keyboard.press('ArrowDown');
		assert.ok(await last.isChecked(), 'the last way to pay can be chosen');
		assert.match(await last.evaluate((radio) => radio.labels[0].innerText), /Card/, 'and has a name');
		assert.equal(loads, 0, 'choosing never submits');
		await tabTo(page, payButton(page));
		await page.keyboard.press('Enter');
		await page.waitForURL(`${sandbox}/**`);
		await tabTo(page, outcome(page, 'approve'));
		await page.keyboard.press('Enter');
		await confirmed(page);
		await tabTo(page, page.locator('summary', { hasText: 'Cancel this order' }));
	});

/* ---- sizes ---- */

for (const [what, options] of [['at 320 px', { both: true, width: 320, height: 640 }],
	['at 1280 px and 200 % zoom', { zoom: 2, height: 1000 }]])
	story(`a guest buys ${what} and no page scrolls sideways`, options, async (page) => {
		const fits = async () => assert.deepEqual(await laidOut(page), [], page.url());
		await page.goto(shop);
		await fits();
		await put(page, 'harbour-print-a3', 5);
		await fits();
		await start(page);
		await fits();
		await mainButton(page).click();
		await page.locator('#problems').waitFor();
		await fits();
		await fill(page);
		await pay(page);
		await fits();
		await press(page, 'approve');
		await confirmed(page);
		await fits();
	});

/* ---- other ways ---- */

story('a download asks for no address', {}, async (page) => {
	await put(page, 'forty-knots-book');
	await start(page);
	assert.equal(await page.locator('[name^="shipping_"]').count(), 0);
	await fill(page, { 'contact.email': 'ada@example.com' });
	assert.equal(await pay(page), 900);
	await press(page, 'approve');
	await confirmed(page);
	assert.equal(await page.locator('address').count(), 0);
});

story('a bill goes to another address when it is asked for', {}, async (page) => {
	await put(page, 'enamel-mug');
	await start(page);
	await fill(page);
	await page.getByRole('checkbox').uncheck();
	await fill(page, { 'billing_address.country': 'DE' });
	await page.locator('#live-bill').getByText('Postcode').waitFor();
	await fill(page, {
		'billing_address.full_name': 'Kontor GmbH', 'billing_address.line1': 'Am Hafen 1',
		'billing_address.city': 'Husum', 'billing_address.postal_code': '25813',
	});
	await pay(page);
	await press(page, 'approve');
	await confirmed(page);
	assert.match(await page.locator('address').last().innerText(), /Kontor GmbH[\s\S]*Germany/);
	assert.match(await page.locator('address').first().innerText(), /Ada Example[\s\S]*United States/);
});

story('a bank may ask for its own check first', {}, async (page) => {
	await put(page, 'enamel-mug');
	await start(page);
	await fill(page);
	await pay(page);
	await press(page, 'require_3ds');
	await page.waitForURL(`${sandbox}/stripe/3ds/**`);
	await press(page, 'approve');
	await confirmed(page);
});

story('goods that are fetched cost no delivery', {}, async (page) => {
	await put(page, 'enamel-mug');
	await start(page);
	await fill(page);
	await onward(page, '[name=shipping_option]');
	await page.getByRole('radio', { name: /Pick up/ }).check();
	await page.locator('.stick .total dd', { hasText: '$18.00' }).waitFor();
	assert.equal(await total(page), 1800);
	assert.equal(await pay(page), 1800);
	await press(page, 'approve');
	await confirmed(page);
	assert.match(await page.locator('main').innerText(), /Pick up in Portland/);
});

story('a hurried purchase takes the shop less than five seconds', { alone: true }, async (page) => {
	const began = Date.now();
	await buy(page);
	assert.ok(Date.now() - began < 5000, `${Date.now() - began} ms`);
});
