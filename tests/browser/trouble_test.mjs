/* trouble_test.mjs - what goes wrong between a shop, a shopper and a bank, and how the pages
 * put it right. */
import assert from 'node:assert/strict';
import { control, fault, open, sandbox, shop, stepwise, story, till, until } from './kit.mjs';
import { stock } from './setbacks.mjs';
import {
	begin, bought, bring, buy, cents, confirmed, field, fill, heading, keeps, outcome, pay, payButton, press, put, ready,
	somebody, start,
} from './steps.mjs';

/* What the gateway took for an order. */
async function charges(number) {
	const all = await control('ledger', undefined, 'GET');
	return all.filter(({ ref, captured }) => ref === number && captured > 0).map(({ captured }) => captured);
}

/* ---- the bank says no ---- */

story('who leaves the gateway without paying is told so and pays from the order\'s page', {}, async (page) => {
	await bring(page, 'enamel-mug', 2);
	await begin(page);
	await fill(page);
	const sum = await pay(page);
	await press(page, 'decline_insufficient_funds');
	await outcome(page, 'cancel').click();
	await page.locator('h1', { hasText: 'Waiting for the payment' }).waitFor();
	await page.getByText('not enough money').waitFor({ timeout: 15000 });
	assert.match(await page.locator('.retry').innerText(), /Your goods are held until \d\d:\d\d/);
	assert.equal(await pay(page), sum, 'the same sum is asked for');
	await press(page, 'approve');
	const number = await confirmed(page);
	assert.deepEqual(await charges(number), [sum], 'charged once');
});

story('a bank that refuses its own check leaves another try', {}, async (page) => {
	await bring(page, 'enamel-mug');
	await begin(page);
	await fill(page);
	await pay(page);
	await press(page, 'require_3ds');
	await page.waitForURL(`${sandbox}/stripe/3ds/**`);
	await press(page, 'decline');
	await page.waitForURL(`${sandbox}/stripe/checkout/**`);
	await press(page, 'approve');
	await confirmed(page);
});

/* ---- the goods ---- */

story('who wants more than there is takes what could be held', {}, async (page) => {
	stock('HG-BELL', 3);
	await put(page, 'brass-ships-bell', 3);
	stock('HG-BELL', 2);
	await page.goto(`${shop}/cart`);
	assert.match(await page.locator('.cart .wrong').innerText(), /2/);
	await field(page, 'quantity').first().fill('2');
	await page.getByRole('button', { name: 'Update Brass' }).click();
	await page.locator('.line-total', { hasText: '$128.00' }).waitFor();
	await start(page);
	await ready(page);
	assert.equal(await payButton(page).innerText(), 'Pay $128.00');
});

story('a sold-out product cannot be put into the cart and says so', { script: false }, async (page) => {
	await page.goto(`${shop}/products/ship-in-a-bottle`);
	await page.getByText('There is none left at the moment.').waitFor();
	assert.equal(await page.getByRole('button').count(), 0);
});

/* ---- the browser ---- */

story('going back after paying leads to the paid order and charges nothing', {}, async (page) => {
	const number = await buy(page);
	for (let i = 0; i < 2; i++) await page.goBack(); /* past the gateway's page */
	await page.waitForLoadState();
	if (await payButton(page).count()) {
		await payButton(page).click();
		await page.waitForLoadState();
	}
	assert.ok(page.url().startsWith(shop), page.url());
	await page.goto(`${shop}/checkout`);
	await page.waitForURL(`${shop}/cart`);
	await page.getByText('Nothing in here yet').waitFor();
	assert.ok(number);
});

story('sending the paid form again shows the order', {}, async (page) => {
	await bring(page, 'enamel-mug');
	await begin(page);
	await ready(page);
	const sent = await page.locator('#checkout').evaluate((form) => [...new FormData(form)]);
	const sum = await pay(page);
	await press(page, 'approve');
	const number = await confirmed(page);
	await page.goto(shop);
	await page.evaluate((fields) => {
		const form = Object.assign(document.createElement('form'), { method: 'post', action: '/checkout/payment' });
		for (const [name, value] of fields)
			form.append(Object.assign(document.createElement('input'), { type: 'hidden', name, value }));
		document.body.append(form);
		form.submit();
	}, sent);
	await page.waitForURL(`${shop}/orders/${number}?**`);
	assert.deepEqual(await charges(number), [sum], 'charged once');
});

story('a double click on Pay makes one order', { script: false }, async (page) => {
	await bring(page, 'enamel-mug');
	await begin(page);
	await ready(page);
	const sum = cents(await payButton(page).innerText());
	await payButton(page).dblclick();
	await page.waitForURL(`${sandbox}/**`, { timeout: 20000 });
	await press(page, 'approve');
	const number = await confirmed(page);
	assert.deepEqual(await charges(number), [sum], 'charged once');
	assert.equal(till('order', 'list', '--json').filter((order) => order.number === number).length, 1);
});

story('with JavaScript Pay takes one press and says that it works on it', {}, async (page) => {
	await bring(page, 'enamel-mug');
	await begin(page);
	await ready(page);
	let posts = 0;
	page.on('request', (request) => { posts += request.method() === 'POST'; });
	const state = await payButton(page).evaluate((button) => {
		button.click();
		button.click();
		return `${button.ariaDisabled} ${button.className}`;
	});
	assert.match(state, /^true .*busy/);
	await page.waitForURL(`${sandbox}/**`);
	assert.equal(posts, 1);
	await page.goBack();
	assert.equal(await payButton(page).getAttribute('aria-disabled'), null, 'it can be pressed again after coming back');
});

story('two tabs cannot pay for different carts: the older one is told', {}, async (page) => {
	await bring(page, 'enamel-mug');
	await begin(page);
	await ready(page);
	const other = await open(page.context());
	await put(other, 'sea-salt-soap');
	await payButton(page).click();
	await page.locator('#problems, .note').first().waitFor();
	assert.ok(page.url().startsWith(shop), 'the first tab did not go on to pay');
	assert.match(await page.title(), /^Error: /);
	await keeps(page, 'contact.email');
});

story('two tabs with the same checkout pay once', {}, async (page) => {
	await bring(page, 'enamel-mug');
	await begin(page);
	const other = await open(page.context());
	await other.goto(`${shop}/checkout`);
	await ready(page);
	await ready(other);
	await pay(page);
	await press(page, 'approve');
	const number = await confirmed(page);
	await payButton(other).click();
	await other.waitForURL(/\/orders\//);
	assert.match(await heading(other), new RegExp(number));
});

/* ---- waiting ---- */

story('the checkout shows how long the goods are held and holds them longer', {}, async (page) => {
	await bring(page, 'enamel-mug');
	await begin(page);
	await until('the time left is shown', async () => /(29|30) min/.test(await page.locator('.hold .left').innerText()));
	await fill(page);
	await page.getByRole('button', { name: 'Hold longer' }).click();
	await page.waitForURL(`${shop}/checkout${stepwise ? '?step=contact' : ''}`);
	assert.equal(await field(page, 'shipping_address.full_name').inputValue(), 'Ada Example');
});

story('near its end the hold warns, and one press keeps the goods', {}, async (page) => {
	await bring(page, 'enamel-mug');
	await begin(page);
	await page.locator('.hold').evaluate((box) => {
		box.dataset.until = new Date(Date.now() + 110000).toISOString();
	});
	await until('it is announced', async () => /press Hold longer/.test(await page.locator('#say').innerText()));
});

story('an unknown payment says so in plain words, without script too, and ends by itself', { script: false }, async (page) => {
	const shopper = somebody();
	await bring(page, 'enamel-mug');
	await begin(page);
	await ready(page, shopper);
	await fault(shopper['contact.email'], '9003', 3);
	await payButton(page).click();
	await page.locator('h1', { hasText: 'Still checking the payment of order' }).waitFor({ timeout: 20000 });
	const said = await page.locator('.state').innerText();
	assert.match(said, /do not pay again/i);
	assert.ok(said.includes(`e write to ${shopper['contact.email']}`), said);
	assert.ok(await page.locator('h1 .number').innerText());
	assert.equal(await page.locator('meta[http-equiv=refresh]').count(), 1, 'looks again by itself');
	await page.locator('h1', { hasText: 'Waiting for the payment' }).waitFor({ timeout: 30000 });
	await pay(page);
	await press(page, 'approve');
	await confirmed(page);
});

story('a payment that the bank decides later is waited for and confirmed', {}, async (page) => {
	await bring(page, 'enamel-mug');
	await begin(page);
	await fill(page);
	await pay(page);
	await press(page, 'pay_later');
	await page.locator('h1', { hasText: 'Waiting for the payment' }).waitFor();
	assert.ok(page.url().startsWith(`${shop}/orders/`));
});

/* ---- afterwards ---- */

story('a paid order is cancelled on its page and the money goes back', {}, async (page) => {
	await bought(page);
	await page.getByText('Cancel this order').click();
	await page.getByRole('button', { name: 'Yes, cancel order' }).click();
	await page.locator('h1', { hasText: 'is cancelled' }).waitFor();
	assert.match(await page.locator('.state').innerText(), /\$22\.50 (is on its way|has gone) back/);
});

story('who lost the link gets it by mail', { script: false }, async (page) => {
	const number = await bought(page);
	await page.context().clearCookies();
	await page.goto(`${shop}/orders/find`);
	await fill(page, { number, email: 'ada@example.com' });
	await page.getByRole('button', { name: 'Send me the link' }).click();
	await page.locator('h1', { hasText: 'Look into your mail' }).waitFor();
});
