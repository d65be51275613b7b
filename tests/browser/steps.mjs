/* steps.mjs - what a shopper does, in the shop and at the gateway. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { control, sandbox, shop, stepwise, until } from './kit.mjs';

export const ada = {
	'contact.email': 'ada@example.com',
	'shipping_address.full_name': 'Ada Example',
	'shipping_address.line1': '11 Dock Street',
	'shipping_address.city': 'Portland',
	'shipping_address.region': 'OR',
	'shipping_address.postal_code': '97201',
};

/* { 'contact.email': 'a' } as { contact: { email: 'a' } }, as JSON has it. */
function asked(fields) {
	const told = {};
	for (const [name, value] of Object.entries(fields)) {
		const [group, member] = name.split('.');
		(told[group] ??= {})[member] = value;
	}
	return told;
}

/* A shopper like no other, so that a fault can be meant for them. */
export const somebody = () => ({ ...ada, 'contact.email': `${randomUUID()}@example.com` });

/* A field by the name that is sent. */
export const field = (page, name) => page.locator(`[name="${name}"]`);

export const heading = (page) => page.locator('h1').innerText();

/* Puts so many of a product into the cart, from its own page. */
export async function put(page, slug, quantity = 1) {
	await page.goto(`${shop}/products/${slug}`);
	await field(page, 'quantity').fill(String(quantity));
	await page.getByRole('button', { name: 'Add to cart' }).click();
	await page.waitForURL(`${shop}/cart`);
}

/* From the cart to the checkout, the goods held. */
export async function start(page) {
	await page.goto(`${shop}/cart`);
	await page.getByRole('button', { name: 'Go to checkout' }).click();
	await page.waitForURL(`${shop}/checkout`);
}

/* The same two for stories that are not about them: over JSON, with the shopper's cookies. */
async function ask(page, path, body, headers) {
	const answer = await page.context().request.fetch(`${shop}/api/v1/${path}`, body && { method: 'POST', data: body, headers });
	assert.ok(answer.ok(), await answer.text());
	return answer.json();
}

export async function bring(page, slug = 'enamel-mug', quantity = 1) {
	const { sku } = await ask(page, `products/${slug}`);
	await ask(page, 'cart/items', { sku, quantity });
}

export async function begin(page) {
	await ask(page, 'checkout/start', {});
	await page.goto(`${shop}/checkout`);
}

/* And the whole of it, for stories of what comes afterwards: the page of an order that was
 * paid and confirmed, and its number. */
export async function bought(page, slug = 'enamel-mug') {
	await bring(page, slug);
	await ask(page, 'checkout/start', {});
	const offer = { ...asked({ ...ada, 'shipping_address.country': 'US' }), shipping_option: 'standard', payment_method: 'stripe' };
	const { quote: { due: { amount, currency } } } = await ask(page, 'checkout/validate', offer);
	const { order: { id, number } } = await ask(page, 'checkout/payment',
		{ ...offer, accept_total: { amount, currency } }, { 'Idempotency-Key': randomUUID() });
	await control('pay', { gateway: 'stripe', ref: number, outcome: 'approve' });
	await until(`${number} is confirmed`, async () => (await ask(page, `checkout/status/${id}`)).status === 'confirmed');
	await page.goto(`${shop}/orders/${number}`);
	return number;
}

/* Runs in the page: what a browser does when these fields are filled in one after another. */
function answer(values) {
	for (const [name, value] of Object.entries(values)) {
		const one = document.getElementsByName(name)[0];
		if (!one?.checkVisibility() || one.disabled) return `${name} cannot be filled in`;
		one.focus();
		one.value = value;
		if (one.value !== value) return `${name} does not take "${value}"`;
		for (const event of ['input', 'change']) one.dispatchEvent(new Event(event, { bubbles: true }));
	}
	return null;
}

export async function fill(page, values = ada) {
	assert.equal(await page.evaluate(answer, values), null);
}

/* The sum that a text ends in, as minor units. */
export const cents = (text) => Math.round(Number(text.replace(/^.*\$|,/g, '')) * 100);

export const payButton = (page) => page.locator('[data-pay]');

/* The button that the form is for: to the next step, or to the payment. */
export const mainButton = (page) => page.locator('[data-onward], [data-pay]');

/* On to the step that shows something, where the shop shows one at a time. */
export async function onward(page, what) {
	while (!await page.locator(what).count()) {
		const at = page.url();
		await mainButton(page).click();
		await page.waitForURL(({ href }) => href !== at);
	}
}

/* Answers, and goes on to where Pay can be pressed. */
export async function ready(page, values = ada) {
	await fill(page, values);
	await onward(page, '[data-pay]');
}

/* What was told is still there: in its field, or as text on the step after. */
export async function keeps(page, name, value = ada[name]) {
	if (stepwise && !await field(page, name).count())
		assert.ok((await page.locator('.told').innerText()).includes(value), `${name} is still told`);
	else
		assert.equal(await field(page, name).inputValue(), value, `${name} is still there`);
}

/* Presses Pay and arrives on the gateway's page, which asks for the sum on the button. */
export async function pay(page) {
	await onward(page, '[data-pay]');
	const label = await payButton(page).innerText();
	await payButton(page).click();
	await page.waitForURL(`${sandbox}/stripe/checkout/**`);
	assert.equal(cents(await heading(page)), cents(label), 'the gateway asks for what the shop showed');
	return cents(label);
}

export const outcome = (page, value) => page.locator(`[name="outcome"][value="${value}"]`);

/* Presses a button of the gateway's page. */
export const press = (page, value) => outcome(page, value).click();

/* The order's number, once its page says that it is confirmed. Nobody has to wait for the
 * page to look again by itself. */
export async function confirmed(page) {
	await until('the order is confirmed', async () => {
		if (/is confirmed/.test(await heading(page))) return true;
		await page.getByRole('link', { name: 'Look now' }).click({ timeout: 1000 }).catch(() => {});
		return false;
	});
	return page.locator('h1 .number').innerText();
}

/* The whole of it, from an empty cart to the confirmed order's number. */
export async function buy(page, slug = 'enamel-mug', quantity = 1) {
	await bring(page, slug, quantity);
	await begin(page);
	await fill(page);
	await pay(page);
	await press(page, 'approve');
	return confirmed(page);
}
