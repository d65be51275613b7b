/* looks.mjs - what the style page looks like: one record for each component, none of it
 * dependent on the fonts of the machine; and what is wrong with it. */

/* Runs in the page. Each component of the first sample, of the header and of the footer by
 * a name made of where it stands, what it is and what it says. Colours that the system
 * chose are told by their names, places by edges that meet: "below", not 37 px. */
function read() {
	const system = matchMedia('(forced-colors: active)').matches;
	const names = new Map();
	for (const name of system ? ['CanvasText', 'Canvas', 'LinkText', 'ButtonText', 'ButtonFace', 'ButtonBorder',
		'Highlight', 'HighlightText', 'GrayText', 'Field', 'FieldText'] : []) {
		const probe = document.body.appendChild(document.createElement('i'));
		const sheet = new CSSStyleSheet();
		sheet.replaceSync(`body > i:last-child { forced-color-adjust: none; color: ${name} }`);
		document.adoptedStyleSheets.push(sheet);
		const { color } = getComputedStyle(probe);
		if (!names.has(color)) names.set(color, name);
		document.adoptedStyleSheets.pop();
		probe.remove();
	}
	const hex = (text) => text.replace(/rgba?\((\d+), (\d+), (\d+)(?:, ([\d.]+))?\)/g, (rgb, r, g, b, a) =>
		(a === '0' ? 'transparent' : names.get(rgb) ?? (a ? rgb :
			`#${[r, g, b].map((part) => Number(part).toString(16).padStart(2, '0')).join('')}`)));
	const near = (a, b) => Math.abs(a - b) <= 1.5;
	const rtl = (element) => getComputedStyle(element).direction === 'rtl';

	/* An edge by the way the text runs: what is right of it is what comes first in Arabic. */
	function box(element, mirrored) {
		const { left, right, top, bottom } = element.getBoundingClientRect();
		return mirrored ? { start: -right, end: -left, top, bottom } : { start: left, end: right, top, bottom };
	}

	/* How a box stands to the one before it and to the edges of the one around it. */
	function place(element) {
		const parent = element.parentElement;
		const around = getComputedStyle(parent);
		const style = getComputedStyle(element);
		if (style.display.startsWith('inline') && !/flex|grid/.test(around.display) ||
			/absolute|fixed/.test(style.position)) return {};
		const mirrored = rtl(parent);
		const mine = box(element, mirrored);
		let before = element.previousElementSibling;
		while (before && !before.checkVisibility()) before = before.previousElementSibling;
		const placed = {};
		const other = before && box(before, mirrored);
		const below = other && mine.top >= other.bottom - 1.5;
		const beside = other && mine.start >= other.end - 1.5;
		if (around.flexWrap === 'wrap') {
			/* Where a line breaks is the font's business. */
			if (other) placed.after = below || beside ? 'flows' : 'out of its order';
			return placed;
		}
		if (other && getComputedStyle(before).display.startsWith('inline') && !/flex|grid/.test(around.display))
			return placed;
		if (other)
			placed.after = [beside ? 'beside' : below ? 'below' : mine.end <= other.start + 1.5 ? 'ahead' : 'across',
				...near(mine.start, other.start) ? ['starts with it'] : [],
				...near(mine.end, other.end) ? ['ends with it'] : []].join(', ');
		const outer = box(parent, mirrored);
		const inset = (side) => parseFloat(around[`padding-inline-${side}`]) + parseFloat(around[`border-inline-${side}-width`]);
		const meets = [...near(mine.start, outer.start + inset('start')) ? ['start'] : [],
			...near(mine.end, outer.end - inset('end')) ? ['end'] : []];
		placed.meets = meets.join(' and ') || 'no edge';
		return placed;
	}

	const sides = (style, what) => ['block-start', 'inline-end', 'block-end', 'inline-start'].map((side) => what(side, style));
	const once = (list) => (new Set(list).size === 1 ? list[0] : list.join(' | '));
	const edge = (side, style) => (parseFloat(style[`border-${side}-width`]) === 0 ? 'none' :
		`${style[`border-${side}-width`]} ${style[`border-${side}-style`]} ${hex(style[`border-${side}-color`])}`);
	const ring = (style) => (style.outlineStyle === 'none' ? 'none' :
		`${style.outlineWidth} ${style.outlineStyle} ${hex(style.outlineColor)} at ${style.outlineOffset}`);
	/* Without what says nothing. */
	const spoken = (told) => Object.fromEntries(Object.entries(told)
		.filter(([name, value]) => name === 'focus' || !['none', 'transparent', '0px'].includes(value))
		.filter(([name, value]) => name !== 'opacity' || value !== '1'));
	const paint = (style) => ({
		color: hex(style.color), background: hex(style.backgroundColor), border: once(sides(style, edge)),
		radius: style.borderRadius, shadow: hex(style.boxShadow), opacity: style.opacity,
	});

	function record(element) {
		const style = getComputedStyle(element);
		const told = {
			...paint(style), outline: ring(style),
			font: `${parseFloat(style.fontSize).toFixed(1)}px ${style.fontWeight}`, decoration: style.textDecorationLine,
			padding: once(sides(style, (side, from) => from[`padding-${side}`])), display: style.display,
			align: `${style.alignItems} ${style.alignSelf} ${style.justifyContent} ${style.textAlign}`,
			...place(element),
		};
		if (element.matches('a, button:enabled, input:enabled, select, summary')) {
			element.focus({ preventScroll: true, focusVisible: true });
			told.focus = ring(getComputedStyle(element.closest('.pick') ?? element));
			element.blur();
		}
		return spoken(told);
	}

	const found = {};
	function add(where, element) {
		const state = ['disabled', 'aria-invalid', 'aria-current', 'checked', 'type']
			.filter((name) => element.hasAttribute(name) && element.getAttribute(name) !== 'button')
			.map((name) => `[${name}${element.getAttribute(name) && `=${element.getAttribute(name)}`}]`);
		const own = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data).join(' ');
		const says = own.replace(/\s+/g, ' ').trim().slice(0, 28);
		const name = `${where}: ${[element.localName, ...element.classList].join('.')}${state.join('')}${says && ` "${says}"`}`;
		let unique = name;
		for (let n = 2; unique in found; n++) unique = `${name} (${n})`;
		found[unique] = record(element);
		for (const pseudo of ['::before', '::after']) {
			const style = getComputedStyle(element, pseudo);
			if (!['none', 'normal'].includes(style.content)) found[`${unique}${pseudo}`] = spoken(paint(style));
		}
	}
	const drawn = (element) => element.checkVisibility() && !element.closest('.vh, svg *, option');
	const rooms = [['Page', 'body'], ['Header', 'body > header, body > header *'], ['Footer', 'body > footer, body > footer *']];
	for (const card of document.querySelector('.sample').querySelectorAll('.card'))
		card.dataset.room = card.querySelector('h2').textContent;
	for (const [where, what] of rooms)
		for (const element of [...document.querySelectorAll(what)].filter(drawn)) add(where, element);
	for (const card of document.querySelectorAll('[data-room]'))
		for (const element of [card, ...card.querySelectorAll('*')].filter(drawn)) add(card.dataset.room, element);
	return found;
}

export const components = (page) => page.evaluate(read);

/* Runs in the page: contrast that is too low, text over text, a page that is too wide. */
function complain() {
	const wrong = new Set();
	const root = document.documentElement;
	if (root.scrollWidth > root.clientWidth) wrong.add(`scrolls sideways: ${root.scrollWidth} px of ${root.clientWidth}`);

	const parse = (text) => {
		const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number);
		return { r, g, b, a };
	};
	const over = (top, under) => {
		const a = top.a + under.a * (1 - top.a);
		const mix = (part) => (a && (top[part] * top.a + under[part] * under.a * (1 - top.a)) / a);
		return { r: mix('r'), g: mix('g'), b: mix('b'), a };
	};
	/* A colour inside an element as it is seen: on all grounds behind it, and as far as each
	 * element around it lets through. */
	const seen = (element, colour) => {
		if (!element) return over(colour, { r: 255, g: 255, b: 255, a: 1 });
		const style = getComputedStyle(element);
		const group = over(colour, parse(style.backgroundColor));
		return seen(element.parentElement, { ...group, a: group.a * Number(style.opacity) });
	};
	const ground = (element) => seen(element, { r: 0, g: 0, b: 0, a: 0 });
	const light = ({ r, g, b }) => [r, g, b].map((part) => part / 255)
		.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
		.reduce((sum, part, n) => sum + part * [0.2126, 0.7152, 0.0722][n], 0);
	const contrast = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
	const name = (element) => `${[element.localName, ...element.classList].join('.')} "${
		(element.value || element.textContent).trim().replace(/\s+/g, ' ').slice(0, 28)}"`;
	const drawn = (element) => element.checkVisibility() && !element.closest('.vh, .skip, option');
	const off = (element) => element.closest(':disabled');
	const need = (what, element, ratio, least) => {
		if (ratio < least) wrong.add(`${what} of ${name(element)} has a contrast of ${ratio.toFixed(2)}, not ${least}`);
	};

	const texts = [];
	const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	for (let node = walker.nextNode(); node; node = walker.nextNode())
		if (node.data.trim() && drawn(node.parentElement)) texts.push(node);
	for (const { parentElement: element } of texts)
		if (!off(element))
			need('the text', element, contrast(seen(element, parse(getComputedStyle(element).color)), ground(element)), 4.5);
	for (const element of document.querySelectorAll('input:enabled, select, button:enabled, .button')) {
		if (!drawn(element) || element.matches('[type=checkbox], [type=radio]')) continue;
		const style = getComputedStyle(element);
		const behind = ground(element.parentElement);
		const border = parseFloat(style.borderTopWidth) ? contrast(seen(element, parse(style.borderTopColor)), behind) : 1;
		if (element.localName === 'input')
			need('the text', element, contrast(seen(element, parse(style.color)), ground(element)), 4.5);
		/* a button with neither edge nor ground of its own is known by its line, as a link is */
		const bare = style.textDecorationLine === 'underline' && parse(style.backgroundColor).a === 0 &&
			(style.borderTopWidth === '0px' || parse(style.borderTopColor).a === 0);
		if (!bare) need('the edge', element, Math.max(border, contrast(ground(element), behind)), 3);
	}
	for (const element of document.querySelectorAll('a, button:enabled, input:enabled, select, summary')) {
		if (!drawn(element)) continue;
		element.focus({ preventScroll: true, focusVisible: true });
		const ringed = element.closest('.pick') ?? element;
		const style = getComputedStyle(ringed);
		const behind = ground(ringed.parentElement);
		if (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2) wrong.add(`${name(element)} does not show its focus`);
		else need('the focus ring', element, contrast(parse(style.outlineColor), behind), 3);
		element.blur();
	}

	/* The middle of each line of text, since the boxes of tall fonts reach into each other. */
	const lines = texts.flatMap((node) => {
		const range = document.createRange();
		range.selectNodeContents(node);
		return [...range.getClientRects()].map(({ left, right, top, bottom }) => ({
			node, left: left + 1, right: right - 1, top: top + (bottom - top) * 0.25, bottom: bottom - (bottom - top) * 0.25,
		}));
	});
	lines.forEach((one, n) => {
		if (one.left < -1 || one.right > root.clientWidth + 1) wrong.add(`${name(one.node.parentElement)} leaves the page`);
		for (const other of lines.slice(n + 1))
			if (one.node !== other.node && one.left < other.right && other.left < one.right &&
				one.top < other.bottom && other.top < one.bottom)
				wrong.add(`${name(one.node.parentElement)} lies over ${name(other.node.parentElement)}`);
	});
	return [...wrong];
}

export const faults = (page) => page.evaluate(complain);

/* ---- what is stored ---- */

/* A look is named "dark 320"; its kind is "dark". */
const kind = (look) => look.split(' ')[0];

/* { look: { component: { property: value } } } as { component: { property: value } }: a
 * value is told once, and by look (or kind, at every width) where that differs from most. */
export function fold(looks) {
	const stored = {};
	for (const component of new Set(Object.values(looks).flatMap(Object.keys))) {
		stored[component] = {};
		const here = Object.entries(looks).map(([look, all]) => [look, all[component] ?? { drawn: 'no' }]);
		for (const property of new Set(here.flatMap(([, values]) => Object.keys(values)))) {
			const values = here.map(([look, all]) => [look, all[property] ?? '-']);
			const times = (value) => values.filter(([, other]) => other === value).length;
			const [[, usual]] = values.toSorted(([, a], [, b]) => times(b) - times(a));
			const both = (look, value) => values.every(([name, other]) => kind(name) !== kind(look) || other === value);
			const others = values.filter(([, value]) => value !== usual)
				.map(([look, value]) => [both(look, value) ? kind(look) : look, value]);
			stored[component][property] = others.length ? { usual, ...Object.fromEntries(others) } : usual;
		}
	}
	return stored;
}

/* A line for each component, so that a difference of the file can be read. */
export function write(stored) {
	const rows = Object.entries(stored).map(([name, values]) => `\t${JSON.stringify(name)}: ${JSON.stringify(values)}`);
	return `{\n${rows.join(',\n')}\n}\n`;
}

/* One sentence for each value of a look that is not as stored. */
export function differences(stored, look, is) {
	const wanted = (value) => value?.[look] ?? value?.[kind(look)] ?? value?.usual ?? value ?? '-';
	return [...new Set([...Object.keys(stored), ...Object.keys(is)])].flatMap((component) => {
		const was = stored[component] ?? { drawn: 'no' };
		const now = is[component] ?? { drawn: 'no' };
		if (wanted(was.drawn) === 'no' && now.drawn === 'no') return [];
		if (wanted(was.drawn) === 'no') return [`${look}: ${component} is new`];
		if (now.drawn === 'no') return [`${look}: ${component} is gone`];
		return [...new Set([...Object.keys(was), ...Object.keys(now)])]
			.filter((property) => wanted(was[property]) !== (now[property] ?? '-'))
			.map((property) => `${look}: ${component}, ${property}: was ${wanted(was[property])}, is ${now[property] ?? '-'}`);
	});
}
