/* examine.mjs - one page in one state, looked at from all sides: accessible, valid, within
 * its column at every width, light and dark. With TILL_PICTURES=1 pictures of each stand in
 * build/screenshots, for people. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { accessible, bearsSpacing, laidOut, valid } from './checks.mjs';
import { pictures, shop, story } from './kit.mjs';

const widths = [320, 768, 1280];
/* They prove nothing and are a quarter of the work. */
const pictured = process.env.TILL_PICTURES ? widths : [];
/* All rules on the narrowest in light and on the widest in dark; elsewhere what a width can
 * break. Colours are no business of the width, and style_test.mjs measures every component's. */
const few = ['target-size'];
const looks = { 320: [['light']], 768: [['light', few]], 1280: [['light', few], ['dark']] };
mkdirSync(pictures, { recursive: true });

async function examine(page, name) {
	const wrong = new Set();
	const note = (list) => list.forEach((said) => wrong.add(said));
	for (const width of widths) {
		await page.setViewportSize({ width, height: 900 });
		if (pictured.includes(width))
			await page.screenshot({ path: join(pictures, `${name}-${width}.png`), fullPage: true });
		note((await laidOut(page)).map((said) => `${width} px: ${said}`));
		note((await bearsSpacing(page)).map((said) => `${width} px: ${said}`));
		for (const [colorScheme, rules] of looks[width]) {
			await page.emulateMedia({ colorScheme });
			note(await accessible(page, rules));
		}
	}
	return [...wrong];
}

/* A page, how to get there, and what the browser may complain of on the way. The HTML is
 * that of the last answer. */
export function isGood(name, reach, options = {}) {
	story(`${name} is accessible, valid and in shape`, { height: 900, ...options }, async (page) => {
		let html = null;
		page.on('response', async (answer) => {
			if (answer.request().isNavigationRequest() && answer.frame() === page.mainFrame())
				html = answer.text().catch(() => null);
		});
		await reach(page);
		await page.waitForLoadState();
		const sent = page.url().startsWith(shop) ? await html : null;
		const wrong = [...await examine(page, name.replaceAll(' ', '-')), ...sent ? await valid(sent) : []];
		assert.deepEqual(wrong, []);
	});
}
