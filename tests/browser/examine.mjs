/* examine.mjs - one page in one state, looked at from all sides: accessible, valid, within
 * its column at every width, light and dark. Pictures of each stand in build/screenshots,
 * for people. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { accessible, bearsSpacing, laidOut, valid } from './checks.mjs';
import { pictures, shop, story } from './kit.mjs';

const widths = [320, 768, 1280];
const pictured = [320, 1280]; /* pictures prove nothing and are a quarter of the work */
mkdirSync(pictures, { recursive: true });

/* All rules on the narrowest and the widest, in between those that a width can break. */
async function examine(page, name) {
	const wrong = new Set();
	const note = (list) => list.forEach((said) => wrong.add(said));
	for (const width of widths) {
		await page.setViewportSize({ width, height: 900 });
		if (pictured.includes(width))
			await page.screenshot({ path: join(pictures, `${name}-${width}.png`), fullPage: true });
		note((await laidOut(page)).map((said) => `${width} px: ${said}`));
		note((await bearsSpacing(page)).map((said) => `${width} px: ${said}`));
		/* a width changes no colour: dark is looked at once */
		for (const colorScheme of width === 1280 ? ['light', 'dark'] : ['light']) {
			await page.emulateMedia({ colorScheme });
			const whole = width === (colorScheme === 'light' ? 320 : 1280);
			note(await accessible(page, whole ? undefined : ['color-contrast', 'target-size']));
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
