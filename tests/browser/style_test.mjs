/* style_test.mjs - every component of the style page in every state, in four looks and at
 * two widths, is as style.json has it. `TILL_WRITE=1` or `--write` writes that file anew
 * (TILL_ENV names the shop): read the difference before you commit it. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import { components, differences, faults, fold, write } from './looks.mjs';
import { pictures, shop, story } from './kit.mjs';

const file = join(import.meta.dirname, 'style.json');
const writing = process.env.TILL_WRITE === '1' || process.argv.includes('--write');
const stored = writing ? null : JSON.parse(readFileSync(file, 'utf8'));
const widths = [320, 1280];
const looks = {
	light: { colorScheme: 'light', forcedColors: 'none' },
	dark: { colorScheme: 'dark', forcedColors: 'none' },
	forced: { colorScheme: 'light', forcedColors: 'active' },
	rtl: { colorScheme: 'light', forcedColors: 'none' },
};
const seen = {};
mkdirSync(pictures, { recursive: true });

async function show(page, look, width) {
	await page.setViewportSize({ width, height: 900 });
	await page.emulateMedia(looks[look]);
	await page.evaluate((dir) => { document.documentElement.dir = dir; }, look === 'rtl' ? 'rtl' : 'ltr');
}

/* A sheet made by script is not under the policy that forbids inline style. */
const wear = (page, css) => page.evaluate((text) => {
	const sheet = new CSSStyleSheet();
	sheet.replaceSync(text);
	document.adoptedStyleSheets = [sheet];
}, css);

/* ---- as stored ---- */

for (const look of Object.keys(looks))
	story(`every component is as stored, legible and in its place: ${look}`, {}, async (page) => {
		await page.goto(`${shop}/help/style`);
		const wrong = [];
		for (const width of widths) {
			await show(page, look, width);
			if (process.env.TILL_PICTURES)
				await page.screenshot({ path: join(pictures, `style-${look}-${width}.png`), fullPage: true });
			const name = `${look} ${width}`;
			seen[name] = await components(page);
			if (!writing) wrong.push(...differences(stored, name, seen[name]));
			wrong.push(...(await faults(page)).map((fault) => `${name}: ${fault}`));
		}
		assert.deepEqual(wrong, []);
	});

after(() => {
	if (!writing) return;
	const order = Object.keys(looks).flatMap((look) => widths.map((width) => `${look} ${width}`));
	const all = Object.fromEntries(order.filter((name) => seen[name]).map((name) => [name, seen[name]]));
	assert.equal(Object.keys(all).length, order.length, 'a look is missing: style.json stays as it was');
	writeFileSync(file, write(fold(all)));
});

/* ---- another machine ---- */

story('a machine with wider or narrower letters sees the same', {}, async (page) => {
	await page.goto(`${shop}/help/style`);
	for (const width of widths) {
		await show(page, 'light', width);
		const plain = fold({ plain: await components(page) });
		for (const face of ['letter-spacing: .06em', 'letter-spacing: -.05em', 'font-family: monospace, serif', 'font-family: serif']) {
			await wear(page, `*:not(code) { ${face} !important }`);
			assert.deepEqual(differences(plain, face, await components(page)), []);
			await wear(page, '');
		}
	}
});

/* ---- this suite can fail ---- */

const breaks = [
	['a token of another colour', ':root { --accent: #0b5d4b !important }',
		/"Rest", background: was #0b5d3b, is #0b5d4b/],
	['a ring that is gone', ':focus-visible { outline: none !important }', /"Rest", focus: was 3px solid .*, is none/],
	['larger letters', '.lead { font-size: 2rem !important }', /p\.lead.*, font: was 18\.0px 400, is 32\.0px 400/],
	['less room', '.card { padding: 3px !important }', /div\.card, padding: was 24px, is 3px/],
	['a price ahead of its product', '.lines b { grid-column: 1 !important }', /b "\$36\.00", after: was /],
	['a component that is gone', '.danger { display: none !important }', /"Yes, cancel" is gone/],
];
const blunders = [
	['pale text', ':root { --ink-soft: #aaa !important }', /the text of small "Small print\." has a contrast of 2\.\d+, not 4\.5/],
	['a pale edge', ':root { --field: #ccc !important }', /the edge of input .* has a contrast of 1\.\d+, not 3/],
	['a pale ring', ':focus-visible { outline-color: #ccc !important }', /the focus ring of button "Rest" has a contrast/],
	['text over text', '.lead { margin-block-start: -2rem !important }', /lies over p\.lead/],
	['a page too wide', '.wide { inline-size: 120vw !important }', /scrolls sideways/],
];

story('each kind of change is reported', {}, async (page) => {
	await page.goto(`${shop}/help/style`);
	await show(page, 'light', 1280);
	const plain = fold({ now: await components(page) });
	for (const [what, css, says] of breaks) {
		await wear(page, css);
		assert.match(differences(plain, 'now', await components(page)).join('\n'), says, what);
	}
	for (const [what, css, says] of blunders) {
		await wear(page, css);
		assert.match((await faults(page)).join('\n'), says, what);
	}
	await wear(page, '');
	assert.deepEqual(differences(plain, 'now', await components(page)), []);
	assert.match(differences({}, 'now', { 'Page: body': {} }).join(), /is new/);
});
