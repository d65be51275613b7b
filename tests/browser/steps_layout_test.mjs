/* steps_layout_test.mjs - a shop that asks one step at a time (shop.layout = steps): the
 * stories that must hold in both layouts (options.both: of a purchase, of its forms, of
 * what may come between) once more; each step in each state; and that nothing is lost
 * between the steps. ctest starts such a shop. */
import assert from 'node:assert/strict';
import { isGood } from './examine.mjs';
import { shop, stepwise, story, tellBoth } from './kit.mjs';
import {
	ada, begin, bring, fill, heading, keeps, mainButton, onward, pay, payButton, ready,
} from './steps.mjs';
import { isLight } from './weight.mjs';
import './forms_test.mjs';
import './purchase_test.mjs';
import './setbacks.mjs';

assert.ok(stepwise, 'this shop asks one step at a time');
tellBoth();

const current = (page) => page.locator('.steps [aria-current=step]').innerText();

async function checkout(page, slug = 'enamel-mug') {
	await bring(page, slug);
	await begin(page);
}

async function untilDelivery(page) {
	await checkout(page);
	await fill(page);
	await onward(page, '[name=shipping_option]');
}

/* ---- each step ---- */

isGood('the step of details', async (page) => checkout(page));
isGood('the step of details with problems', async (page) => {
	await checkout(page);
	await page.getByRole('checkbox').uncheck();
	await mainButton(page).click();
	await page.locator('#problems').waitFor();
});
isGood('the step of delivery', untilDelivery);
isGood('the step of delivery with problems', async (page) => {
	await untilDelivery(page);
	/* without a change event: the page would ask again and put its own values back */
	await page.locator('[name=shipping_option]').first().evaluate((radio) => Object.assign(radio, { value: 'balloon', checked: true }));
	await mainButton(page).click();
	await page.locator('#problems').waitFor();
});
isGood('the step of payment', async (page) => {
	await checkout(page);
	await ready(page);
});
isGood('the step of payment of a cart that changed', async (page) => {
	await checkout(page);
	await ready(page);
	await bring(page, 'sea-salt-soap');
	await payButton(page).click();
	await page.locator('#problems, .note').first().waitFor();
});

isLight('the step of details', async (page) => checkout(page));
isLight('the step of delivery', untilDelivery);
isLight('the step of payment', async (page) => {
	await checkout(page);
	await ready(page);
});

/* ---- from step to step ---- */

for (const script of [true, false])
	story(`every way back finds what was told, ${script ? 'with' : 'without'} JavaScript`, { script }, async (page) => {
		await checkout(page);
		assert.equal(await current(page), 'Details');
		await ready(page);
		assert.equal(await current(page), 'Pay');
		assert.match(await heading(page), /step 3 of 3/);

		await page.goBack();
		assert.equal(await current(page), 'Delivery');
		await keeps(page, 'contact.email');
		await page.goBack();
		for (const name of Object.keys(ada)) await keeps(page, name);
		await onward(page, '[data-pay]');

		await page.getByRole('button', { name: 'Back to delivery' }).click();
		await page.waitForURL(/step=delivery/);
		await page.getByRole('radio', { name: /Express/ }).check();
		await mainButton(page).click();
		await page.getByText('Express delivery, $12.00').waitFor();

		await page.getByRole('link', { name: 'Change the address' }).click();
		await page.waitForURL(/step=contact/);
		await fill(page, { 'shipping_address.line1': '12 Dock Street' });
		await onward(page, '[data-pay]');
		await keeps(page, 'shipping_address.line1', '12 Dock Street');
		assert.equal(await pay(page), 3000, 'the delivery that was chosen is kept');
	});

story('no step can be reached before the ones it builds on', { script: false }, async (page) => {
	await checkout(page);
	await page.goto(`${shop}/checkout?step=payment`);
	assert.equal(await current(page), 'Details');
	assert.equal(await payButton(page).count(), 0);
});
