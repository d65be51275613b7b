/* forms_test.mjs - wrong and forgotten answers: told in words, beside the field and in a
 * summary, nothing typed is lost; and how little is asked at all. */
import assert from 'node:assert/strict';
import { laidOut } from './checks.mjs';
import { shop, stepwise, story } from './kit.mjs';
import { ada, begin, bring, field, fill, mainButton, onward, pay, put, start } from './steps.mjs';

const asked = ['contact.email', 'shipping_address.full_name', 'shipping_address.line1', 'shipping_address.city',
	'shipping_address.region', 'shipping_address.postal_code'];

async function checkout(page) {
	await bring(page, 'enamel-mug');
	await begin(page);
}

/* Every problem stands in the summary as a link to its field, and beside the field in the
 * same words; no other field is marked. */
async function problemsAre(page, names) {
	await page.locator('#problems').waitFor();
	assert.match(await page.title(), /^Error: /);
	const links = await page.locator('#problems a').evaluateAll((all) => all.map((a) => [a.hash.slice(1), a.textContent]));
	assert.deepEqual(links.map(([id]) => id), names.map((name) => name.replaceAll('.', '-')));
	for (const [id, text] of links) {
		const said = await page.locator(`[id="${id}"]`).evaluate((element) =>
			element.getAttribute('aria-describedby').split(' ').map((one) => document.getElementById(one).textContent.trim()));
		assert.ok(said.includes(text.replace(/^(Delivery|Billing) address: /, '')), `${id}: ${said}`);
	}
	const marked = await page.locator('[aria-invalid=true]').evaluateAll((all) => all.map((one) => one.name));
	assert.deepEqual(marked.sort(), [...names].sort());
	assert.equal(await page.evaluate(() => document.activeElement.id), 'problems', 'the summary has the focus');
	assert.equal(await page.locator('#problems').getAttribute('role'), 'alert');
	assert.deepEqual(await laidOut(page), []);
}

for (const script of [true, false]) {
	const how = `${script ? 'with' : 'without'} JavaScript`;

	story(`an empty checkout names each field once, ${how}`, { both: !script, script }, async (page) => {
		await checkout(page);
		await mainButton(page).click();
		await problemsAre(page, asked);
		assert.ok(!/(Delivery|Billing) address:/.test(await page.locator('#problems').innerText()), 'which address is clear: there is one');
		await page.locator('#problems a').nth(1).click();
		assert.equal(await page.evaluate(() => document.activeElement.name), asked[1], 'a link leads into its field');
	});

	story(`a wrong answer is explained and nothing that was typed is lost, ${how}`, { both: true, script }, async (page) => {
		const typed = { ...ada, 'contact.email': 'ada@', 'shipping_address.postal_code': '9720' };
		const express = async () => {
			await page.getByRole('radio', { name: /Express/ }).check();
			if (script) await page.locator('.stick .total dd', { hasText: '$30.00' }).waitFor();
		};
		await checkout(page);
		await fill(page, typed);
		await page.getByText('Add a phone number').click();
		await fill(page, { 'contact.phone': '+1 503 555 0100' });
		if (!stepwise) await express();
		await mainButton(page).click();
		await problemsAre(page, ['contact.email', 'shipping_address.postal_code']);
		for (const [name, value] of Object.entries({ ...typed, 'contact.phone': '+1 503 555 0100' }))
			assert.equal(await field(page, name).inputValue(), value, name);
		assert.match(await page.locator('#problems').innerText(), /97201/, 'an example shows how');
		await fill(page, { 'contact.email': 'ada@example.com', 'shipping_address.postal_code': '97201' });
		await onward(page, '[name=shipping_option]');
		if (stepwise) await express();
		assert.ok(await page.getByRole('radio', { name: /Express/ }).isChecked());
		assert.equal(await pay(page), 3000);
	});
}

story('both addresses are checked, each under its own name', { both: true }, async (page) => {
	await checkout(page);
	await fill(page);
	await page.getByRole('checkbox').uncheck();
	await mainButton(page).click();
	await problemsAre(page, ['full_name', 'line1', 'city', 'region', 'postal_code'].map((one) => `billing_address.${one}`));
	assert.ok(!await page.getByRole('checkbox').isChecked(), 'the tick stays off');
	for (const said of await page.locator('#problems a').allInnerTexts()) assert.match(said, /^Billing address: /);
	await fill(page, { 'shipping_address.full_name': '', 'billing_address.line1': 'Am Hafen 1' });
	await mainButton(page).click();
	await problemsAre(page, ['shipping_address.full_name',
		...['full_name', 'city', 'region', 'postal_code'].map((one) => `billing_address.${one}`)]);
	assert.deepEqual((await page.locator('#problems a').allInnerTexts()).filter((said) => /full name/.test(said)),
		['Delivery address: Enter the full name.', 'Billing address: Enter the full name.']);
});

story('a field is judged when it is left, not while it is typed, and cleared as soon as it is right', { both: true }, async (page) => {
	await checkout(page);
	const email = field(page, 'contact.email');
	await email.click();
	await page.keyboard.type('ada@');
	assert.equal(await email.getAttribute('aria-invalid'), null, 'not while typing');
	await page.keyboard.press('Tab');
	await page.getByText('Enter the e-mail, for example ada@example.com.').waitFor();
	assert.equal(await email.getAttribute('aria-invalid'), 'true');
	const why = await email.getAttribute('aria-describedby');
	assert.match(await page.locator(`[id="${why}"]`).innerText(), /Enter the e-mail/);
	await email.click();
	await page.keyboard.press('End');
	await page.keyboard.type('example.com');
	assert.equal(await email.getAttribute('aria-invalid'), null, 'right again');
	assert.equal(await page.locator('.wrong').count(), 0);
});

story(`Enter in a field ${stepwise ? 'goes on' : 'pays'}`, { both: true }, async (page) => {
	await checkout(page);
	await fill(page);
	await field(page, 'shipping_address.postal_code').press('Enter');
	await page.waitForURL(stepwise ? /step=delivery/ : /stripe\/checkout/);
});

story('a postcode of another region is pointed out and never in the way', { script: false }, async (page) => {
	await checkout(page);
	await fill(page, { ...ada, 'shipping_address.region': 'ME' });
	await page.getByRole('button', { name: 'Hold longer' }).click();
	await page.getByRole('status').getByText(/Oregon|ZIP/).waitFor();
	await pay(page);
});

story('a form that waited too long comes back filled in, one press from going on', {}, async (page) => {
	await checkout(page);
	await fill(page);
	await page.evaluate(() => {
		for (const one of document.getElementsByName('csrf')) one.value = 'x'.repeat(one.value.length);
	});
	await mainButton(page).click();
	await page.locator('#problems').waitFor();
	for (const [name, value] of Object.entries(ada)) assert.equal(await field(page, name).inputValue(), value, name);
	await pay(page);
});

story('what is typed is text and never markup', {}, async (page) => {
	const nasty = '"><script>document.title="bad"</script><b id=bad>';
	await checkout(page);
	await fill(page, { ...ada, 'shipping_address.full_name': nasty, 'contact.email': 'x' });
	await mainButton(page).click();
	await page.locator('#problems').waitFor();
	assert.equal(await field(page, 'shipping_address.full_name').inputValue(), nasty);
	assert.equal(await page.locator('#bad').count(), 0);
});

/* ---- other forms ---- */

for (const quantity of ['0', '99', 'two'])
	story(`"${quantity}" pieces of a product are refused in words`, {}, async (page) => {
		await page.goto(`${shop}/products/harbour-print-a3`);
		await field(page, 'quantity').evaluate((input, value) => { input.type = 'text'; input.value = value; }, quantity);
		await page.getByRole('button', { name: 'Add to cart' }).click();
		await problemsAre(page, ['quantity']);
	});

story('too many pieces in the cart are refused, and the line says so', { script: false }, async (page) => {
	await put(page, 'harbour-print-a3', 2);
	await field(page, 'quantity').first().fill('50');
	await page.getByRole('button', { name: 'Update' }).click();
	await page.locator('.cart .wrong').waitFor();
	assert.match(await page.locator('.cart .wrong').innerText(), /5/);
	assert.match(await page.title(), /^Error: /);
	assert.equal(await field(page, 'quantity').first().getAttribute('aria-invalid'), 'true');
});

story('looking for an order names what is missing', {}, async (page) => {
	await page.goto(`${shop}/orders/find`);
	await page.getByRole('button', { name: 'Send me the link' }).click();
	await problemsAre(page, ['number', 'email']);
});

/* ---- how little is asked ---- */

story('a guest is asked for at most eight things, and the rest is behind a link', {}, async (page) => {
	await checkout(page);
	const seen = async () => page.locator('input:not([type=hidden], [type=radio]), select').evaluateAll((all) =>
		all.filter((one) => one.checkVisibility()).map((one) => one.name));
	const first = await seen();
	assert.ok(first.length <= 8, first.join(' '));
	assert.ok(!first.includes('contact.phone') && !first.includes('shipping_address.line2'));
	for (const more of await page.locator('details.more summary').all()) if (await more.isVisible()) await more.click();
	const whole = await seen();
	assert.ok(whole.length <= 12, whole.join(' '));
	assert.match(await page.locator('[for=contact-phone]').innerText(), /optional/);
	assert.equal(await page.getByLabel(/coupon|password/i).count(), 0);
	assert.ok(await page.getByRole('checkbox', { name: /same address/ }).isChecked());
	assert.match(await page.locator('main').innerText(), /as a guest, without an account/);
	assert.equal(await page.locator('.steps li').count(), stepwise ? 5 : 4);
	assert.equal(await page.locator('.steps [aria-current=step]').innerText(), stepwise ? 'Details' : 'Your details');
});

story('the whole price and the day of delivery stand in the cart, before any question', { script: false }, async (page) => {
	await put(page, 'enamel-mug');
	const sums = await page.locator('.stick').innerText();
	for (const said of [/Items\s+\$18\.00/, /Delivery\s+\$4\.50/, /Tax/, /Total\s+\$22\.50/, /Arrives \w+ \d+/])
		assert.match(sums, said);
	assert.equal(await page.locator('input[type=text], input[type=email]').count(), 0);
	await start(page);
	if (stepwise) assert.equal(await page.locator('.stick .total dd').innerText(), '$22.50');
	else assert.match(await mainButton(page).innerText(), /^Pay \$22\.50$/);
	await page.getByText('Why this price?').click();
	assert.match(await page.locator('.story').innerText(), /\$18\.00/);
});

story('keyboards of telephones fit the fields', {}, async (page) => {
	await checkout(page);
	const kind = async (name, what) => field(page, name).getAttribute(what);
	assert.equal(await kind('contact.email', 'type'), 'email');
	assert.equal(await kind('contact.phone', 'type'), 'tel');
	assert.equal(await kind('shipping_address.postal_code', 'type'), 'text');
	assert.equal(await kind('shipping_address.postal_code', 'inputmode'), 'numeric');
	await field(page, 'shipping_address.country').selectOption('GB');
	await page.locator('#live-place').getByText('Postcode').waitFor();
	assert.notEqual(await kind('shipping_address.postal_code', 'inputmode'), 'numeric', 'letters in British postcodes');
});
