/* pages_test.mjs - every page in every state that a shopper can meet is good (examine.mjs),
 * and small on the wire. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isGood } from './examine.mjs';
import { fault, open, pictures, shop, till, until } from './kit.mjs';
import {
	begin, bought, bring, field, fill, heading, mainButton, pay, payButton, press, ready, somebody,
} from './steps.mjs';
import { isLight, isLightRefused } from './weight.mjs';

const go = (path) => (page) => page.goto(`${shop}${path}`);

/* One more product, whose name and price are long; there is one of it. */
function long() {
	const file = join(pictures, 'long-names.csv');
	writeFileSync(file, 'sku,slug,title,kind,price,currency,stock\n' +
		'LONG-1,long-1,Donaudampfschifffahrtsgesellschaft RACE-BD715C5E-20-0,ship,19200.05,USD,1\n');
	till('product', 'import', file);
}

async function checkout(page, slug = 'enamel-mug') {
	await bring(page, slug);
	await begin(page);
}

async function ordered(page) {
	await checkout(page);
	await fill(page);
	await pay(page);
}

/* ---- pages that stand by themselves ---- */

isGood('the shelf', go('/'));
isGood('a shelf with long names and high prices', async (page) => {
	long();
	await go('/')(page);
});
isGood('a product', go('/products/enamel-mug'));
isGood('a sold-out product', go('/products/ship-in-a-bottle'));
isGood('the last one of a product, its name long', async (page) => {
	long();
	await go('/products/long-1')(page);
});
isGood('a download', go('/products/forty-knots-book'));
isGood('the empty cart', go('/cart'));
isGood('the help', go('/help'));
isGood('the privacy page', go('/help/privacy'));
isGood('the style page', go('/help/style'));
isGood('looking for an order', go('/orders/find'));
isGood('a page that is not there', go('/nowhere'));
isGood('an order that is not there', go('/orders/AAAAA-22222'));

/* ---- cart and checkout ---- */

isGood('the cart', async (page) => {
	long();
	for (const slug of ['enamel-mug', 'forty-knots-book', 'long-1']) await bring(page, slug);
	await go('/cart')(page);
});
isGood('a checkout', async (page) => checkout(page));
isGood('a checkout with everything open', async (page) => {
	await checkout(page);
	await fill(page);
	await page.getByRole('checkbox').uncheck();
	for (const more of await page.locator('main summary').all()) if (await more.isVisible()) await more.click();
});
isGood('a checkout of a download', async (page) => checkout(page, 'forty-knots-book'));
isGood('a checkout that holds nothing yet', async (page) => {
	await bring(page, 'enamel-mug');
	await go('/checkout')(page);
	await page.getByText('not held at the moment').waitFor();
});
isGood('the payment page of the sandbox', ordered);
isGood('a declined payment at the sandbox', async (page) => {
	await ordered(page);
	await press(page, 'decline');
	await page.getByRole('alert').waitFor();
});

/* ---- what went wrong ---- */

isGood('a refused quantity of a product', async (page) => {
	await go('/products/harbour-print-a3')(page);
	await field(page, 'quantity').fill('99');
	await page.getByRole('button', { name: 'Add to cart' }).click();
	await page.locator('#problems').waitFor();
});
isGood('a refused quantity in the cart', async (page) => {
	await bring(page, 'harbour-print-a3', 2);
	await go('/cart')(page);
	await field(page, 'quantity').first().fill('99');
	await page.getByRole('button', { name: 'Update' }).click();
	await page.locator('.wrong').waitFor();
});
isGood('a checkout with problems', async (page) => {
	await checkout(page);
	await page.getByRole('checkbox').uncheck();
	await mainButton(page).click();
	await page.locator('#problems').waitFor();
});
isGood('a checkout whose cart changed', async (page) => {
	await checkout(page);
	await ready(page);
	await bring(page, 'sea-salt-soap');
	await payButton(page).click();
	await page.locator('#problems, .note').first().waitFor();
});
isGood('looking for an order with problems', async (page) => {
	await go('/orders/find')(page);
	await page.getByRole('button', { name: 'Send me the link' }).click();
	await page.locator('#problems').waitFor();
});
isGood('looking into the mail', async (page) => {
	await go('/orders/find')(page);
	await fill(page, { number: 'AAAAA-22222', email: 'ada@example.com' });
	await page.getByRole('button', { name: 'Send me the link' }).click();
	await page.locator('h1', { hasText: 'Look into your mail' }).waitFor();
});

/* ---- orders ---- */

isGood('a confirmed order', bought);
isGood('a paid download', async (page) => {
	await checkout(page, 'forty-knots-book');
	await fill(page, { 'contact.email': 'ada@example.com' });
	await pay(page);
	await press(page, 'approve');
	await page.locator('h1', { hasText: 'is confirmed' }).waitFor();
});
isGood('an order that waits for its payment', async (page) => {
	await ordered(page);
	await press(page, 'cancel');
	await page.locator('h1', { hasText: 'Waiting for the payment' }).waitFor();
});
isGood('a cancelled order', async (page) => {
	await bought(page);
	await page.getByText('Cancel this order').click();
	await page.getByRole('button', { name: 'Yes, cancel order' }).click();
	await page.locator('h1', { hasText: 'is cancelled' }).waitFor();
});
isGood('an order on its way', async (page) => {
	const number = await bought(page);
	till('order', 'ship', number, '--carrier', 'Post', '--tracking', 'PX123');
	await page.reload();
	await page.locator('h1', { hasText: 'on its way' }).waitFor();
});
isGood('an order whose payment is unknown', async (page) => {
	const shopper = somebody();
	await checkout(page);
	await ready(page, shopper);
	await fault(shopper['contact.email'], '9003', 30);
	await payButton(page).click();
	await page.locator('h1', { hasText: 'Still checking' }).waitFor({ timeout: 20000 });
});
isGood('the page of an order that is still being made', async (page) => {
	const shopper = somebody();
	const first = await open(page.context());
	await checkout(first);
	await ready(first, shopper);
	const key = await field(first, 'idempotency_key').inputValue();
	await fault(shopper['contact.email'], '9006');
	const paid = pay(first);
	await until('a second request has to wait', async () => {
		await go(`/checkout/waiting?key=${key}`)(page);
		return await heading(page) === 'One moment';
	});
	await page.route('**/checkout/waiting**', (route) => route.fulfill({ status: 204 })); /* it stays */
	await paid;
});
isGood('a gateway that does not answer', async (page) => {
	const shopper = somebody();
	await checkout(page);
	await ready(page, shopper);
	await fault(shopper['contact.email'], '9010', 3);
	await payButton(page).click();
	await page.getByText('does not answer').waitFor({ timeout: 20000 });
}, { expect: /\b503\b/ });

/* ---- what nginx refuses by itself ---- */

isGood('too large a form', async (page) => {
	await page.goto(shop);
	await page.evaluate(() => {
		const form = Object.assign(document.createElement('form'), { method: 'post', action: '/checkout/details' });
		form.append(Object.assign(document.createElement('input'), { type: 'hidden', name: 'x', value: 'x'.repeat(100000) }));
		document.body.append(form);
		form.submit();
	});
	await page.waitForURL('**/checkout/details');
});

/* ---- weight, from the shelf to the order ---- */

/* One of each of the goods that there is plenty of: a long cart that nobody else lacks. The
 * bells, 24 of them, are counted by another story. */
async function plenty(page) {
	await go('/')(page);
	const links = await page.locator('main a[href^="/products/"]').evaluateAll((all) => all.map((link) => link.pathname));
	const goods = await Promise.all([...new Set(links)].map(async (path) =>
		(await page.context().request.get(`${shop}/api/v1${path}`)).json()));
	for (const { slug, available } of goods) if (available === null || available > 25) await bring(page, slug);
}

isLight('the shelf', go('/'));
isLight('a product', go('/products/enamel-mug'));
isLightRefused('a product that was refused', go('/products/harbour-print-a3'), async (page) => {
	await field(page, 'quantity').fill('99');
	await page.getByRole('button', { name: 'Add to cart' }).click();
	await page.locator('#problems').waitFor();
});
isLight('the empty cart', go('/cart'));
isLight('a long cart', async (page) => {
	await plenty(page);
	await go('/cart')(page);
});
isLight('a checkout of a long cart', async (page) => {
	await plenty(page);
	await begin(page);
});
isLightRefused('a checkout with problems', async (page) => {
	await checkout(page);
	await page.getByRole('checkbox').uncheck();
}, async (page) => {
	await mainButton(page).click();
	await page.locator('#problems').waitFor();
});
isLight('an order that waits for its payment', async (page) => {
	await ordered(page);
	await press(page, 'cancel');
	await page.locator('h1', { hasText: 'Waiting for the payment' }).waitFor();
});
isLight('a confirmed order', bought);
isLight('looking for an order', go('/orders/find'));
isLight('the help', go('/help'));
