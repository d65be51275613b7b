/* checks.mjs - what must hold on every page and in every state: each check answers with a
 * list of sentences that is empty when all is well. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { HtmlValidate } from 'html-validate';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/* axe-core in the page as it stands; rules: only those, else all. */
export async function accessible(page, rules) {
	if (!await page.evaluate('typeof axe === "object"')) await page.evaluate(axe);
	const options = { resultTypes: ['violations'], preload: false, ...rules && { runOnly: rules } };
	const found = await page.evaluate((how) => window.axe.run(how), options);
	return found.violations.map(({ id, help, nodes }) =>
		`${id}: ${help} (${nodes.map(({ target }) => target.join(' ')).join(', ')})`);
}

/* ---- HTML as it was sent ---- */

const validator = new HtmlValidate({
	root: true,
	extends: ['html-validate:recommended'],
	rules: {
		/* matters of taste */
		'void-style': 'off', 'no-trailing-whitespace': 'off', 'long-title': 'off',
		/* without script a page that waits has no other way; with script it stays */
		'meta-refresh': 'off',
	},
});

export async function valid(html) {
	const report = await validator.validateString(html);
	return report.results.flatMap(({ messages }) =>
		messages.map(({ ruleId, message, line }) => `line ${line}: ${message} (${ruleId})`));
}

/* ---- layout ---- */

/* Runs in the page. */
function look() {
	const wrong = [];
	const all = (what) => [...document.querySelectorAll(what)];
	const seen = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) &&
		!element.closest('.vh, .skip');
	const name = (element) => `${element.localName}${element.id && `#${element.id}`} "${
		(element.textContent || element.value || element.name || '').trim().slice(0, 30)}"`;

	const root = document.documentElement;
	if (root.scrollWidth > root.clientWidth)
		wrong.push(`scrolls sideways: ${root.scrollWidth} px of ${root.clientWidth}`);
	if (all('h1').length !== 1) wrong.push(`has ${all('h1').length} h1`);
	if (root.lang !== 'en') wrong.push('names no language');
	if (document.querySelector('.top') && !/\S – \S/.test(document.title)) wrong.push(`is titled "${document.title}"`);
	for (const one of ['header', 'main', 'footer'])
		if (document.querySelector('.top') && all(`body > ${one}`).length !== 1) wrong.push(`has no ${one}`);

	/* A link inside a sentence may be as high as its line. */
	const inSentence = (link) => link.localName === 'a' &&
		[...link.parentElement.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
	for (const target of all('a, button, input:not([type=hidden]), select, summary').filter(seen)) {
		if (inSentence(target)) continue;
		const box = (target.closest('label') ?? target).getBoundingClientRect();
		if (box.height < 43.5 || box.width < 24) wrong.push(`${name(target)} is ${box.width} by ${box.height} px`);
	}

	const words = {
		'contact.email': 'email', 'contact.phone': 'tel', email: 'email', full_name: 'name', line1: 'address-line1',
		line2: 'address-line2', city: 'address-level2', region: 'address-level1', postal_code: 'postal-code',
		country: 'country',
	};
	const ways = 'input:not([type=hidden], [type=radio], [type=checkbox]), select';
	for (const field of all(ways)) {
		const [, kind, last] = /^(?:(shipping|billing)_address\.)?(.*)$/.exec(field.name);
		const token = words[last] ? `${kind ? `${kind} ` : ''}${words[last]}` : 'off';
		if (!field.closest('.sample') && field.autocomplete !== token)
			wrong.push(`${name(field)} has autocomplete "${field.autocomplete}", not "${token}"`);
		if (!field.closest('.sample') && field.type === 'number' && field.name !== 'quantity') wrong.push(`${name(field)} is a number`);
		if (/mail|name/.test(field.name) && field.getAttribute('autocorrect') !== 'off')
			wrong.push(`${name(field)} is corrected`);
		if (!field.labels.length) wrong.push(`${name(field)} has no label`);
		if (field.closest('.field') && seen(field)) {
			const label = field.labels[0].getBoundingClientRect();
			if (field.labels[0] !== field.closest('label') && label.bottom > field.getBoundingClientRect().top + 1)
				wrong.push(`the label of ${name(field)} is not above it`);
			if (!field.closest('.count-form, .sample') && !/[*]|optional|up to/.test(field.labels[0].textContent))
				wrong.push(`${name(field)} is neither marked as needed nor as optional`);
		}
	}

	for (const field of all('[aria-invalid=true]')) {
		const texts = (field.getAttribute('aria-describedby') ?? '').split(' ')
			.map((id) => document.getElementById(id)?.textContent ?? '');
		if (!field.closest('.sample') && !texts.some((text) => text.trim()))
			wrong.push(`${name(field)} is wrong and does not say why`);
	}
	for (const link of all('a[href^="#"]'))
		if (!document.getElementById(link.hash.slice(1))) wrong.push(`${name(link)} leads to nothing`);
	if (document.querySelector('.top')) {
		const help = all('.help').filter(seen)[0]?.getBoundingClientRect();
		if (!help || help.top > 130 || help.right < innerWidth / 2) wrong.push('has no help at its top right');
	}
	return wrong;
}

export const laidOut = (page) => page.evaluate(look);

/* WCAG 1.4.12: with more room between letters, words and lines nothing is cut off. A sheet
 * made by script is not under the policy that forbids inline style. */
function spread() {
	const sheet = new CSSStyleSheet();
	sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important;
		word-spacing: .16em !important } p { margin-block-end: 2em !important }`);
	document.adoptedStyleSheets = [sheet];
	const root = document.documentElement;
	const cut = [...document.querySelectorAll('main *, header *')].filter((element) =>
		!element.closest('.vh, .skip, svg, select, input') && element.checkVisibility() &&
		element.clientWidth && element.scrollWidth > element.clientWidth + 2 &&
		getComputedStyle(element).overflowX !== 'visible');
	const wrong = cut.map((element) => `cuts off ${element.localName} "${element.textContent.trim().slice(0, 30)}"`);
	if (root.scrollWidth > root.clientWidth) wrong.push('scrolls sideways with wide text');
	document.adoptedStyleSheets = [];
	return wrong;
}

export const bearsSpacing = (page) => page.evaluate(spread);

/* ---- keyboard ---- */

/* Runs in the page: whether the focus is on an element, and what is wrong with where it is. */
function lookAtFocus(wanted) {
	const active = document.activeElement;
	const there = active === wanted;
	if (active === document.body) return { there };
	const label = `${active.localName}#${active.id} "${(active.textContent || active.value).trim().slice(0, 30)}"`;
	const marked = [active, active.closest('.pick'), active.closest('.skip')].filter(Boolean);
	const rings = [...marked.map((one) => getComputedStyle(one)), getComputedStyle(active, '::after')];
	if (!rings.some((style) => style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2))
		return { there, wrong: `${label} has the focus and does not show it` };
	const box = active.getBoundingClientRect();
	const at = document.elementFromPoint(box.x + Math.min(box.width, innerWidth) / 2, box.y + box.height / 2);
	const shows = at && (active.contains(at) || at.contains(active) || active.labels?.[0]?.contains(at));
	return { there, ...!shows && { wrong: `${label} has the focus and is hidden by ${at?.localName}.${at?.className}` } };
}

export const focusIs = (wanted) => wanted.evaluate(lookAtFocus);
