/* till.js - comforts; pages work without it. */
const byId = (id) => document.getElementById(id);
const all = (what, from = document) => [...from.querySelectorAll(what)];
const say = (text) => { byId('say').textContent = text; };

/* Wrong fields are told when left, cleared when mended. */
function check(field) {
	const id = `${field.id}-wrong`;
	const wrong = !field.validity.valid || (field.required && !field.value.trim());
	const label = field.labels[0].firstChild.data.trim().replace(/^.(?=[-a-z])/, (c) => c.toLowerCase());
	byId(id)?.remove();
	field.ariaInvalid = wrong || null;
	field.removeAttribute('aria-describedby');
	if (!wrong) return;
	const { example } = field.dataset;
	const textContent = `Enter the ${label}${example ? `, for example ${example}` : ''}.`;
	field.after(Object.assign(document.createElement('p'), { id, className: 'wrong', textContent }));
	field.setAttribute('aria-describedby', id);
}

/* Another country or delivery: fetch the page (the same step), swap the parts it touches. */
async function refresh(form, url) {
	try {
		const body = new URLSearchParams(new FormData(form));
		if (body.has('step')) body.set('go', body.get('step'));
		const answer = await fetch(url, { method: 'POST', body });
		const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
		const at = document.activeElement.id;
		for (const old of all('[data-live]')) {
			const part = fresh.getElementById(old.id);
			for (const field of all('[type=text]', part)) field.value = byId(field.id)?.value ?? field.value;
			old.replaceWith(part);
		}
		byId(at)?.focus();
		plain(true);
		say(`Total ${all('#live-sum .total dd')[0].textContent}`);
	} catch {
		plain(false);
	}
}
const plain = (hide) => all('.plain').forEach((p) => { p.hidden = hide; });

const typed = '[type=text], [type=email], [type=tel]';
let soon;
document.addEventListener('change', ({ target }) => {
	clearTimeout(soon);
	if (target.dataset.refresh) soon = setTimeout(refresh, 300, target.form, target.dataset.refresh);
	else if (target.matches(typed)) check(target);
});
document.addEventListener('input', ({ target }) => {
	if (target.ariaInvalid === 'true' && target.matches(typed)) check(target);
});

/* One press is enough. Enter in a field means the main button. */
const press = (button, on) => {
	button.ariaDisabled = on || null;
	button.classList.toggle('busy', on);
};
document.addEventListener('submit', (event) => {
	const button = event.submitter;
	const unseen = button.closest('[hidden]');
	if (unseen || button.ariaDisabled) event.preventDefault();
	if (unseen) setTimeout(() => all('[data-pay], [data-onward]')[0].click()); /* a form in mid-submit takes no other */
	if (button.matches('[data-pay]')) press(button, true);
});
addEventListener('pageshow', () => all('.busy').forEach((button) => press(button, false)));

/* How long the goods are held. */
let shown;
setInterval(() => {
	const [box] = all('[data-until]');
	if (!box) return;
	const left = Math.ceil((Date.parse(box.dataset.until) - Date.now()) / 6e4);
	if (left === shown) return;
	shown = left;
	const text = `${Math.max(left, 0)} min`;
	all('.left', box)[0].textContent = text;
	if (left < 3) say(`Held for ${text}: press Hold longer to keep them.`);
}, 1000);

plain(true);
byId('problems')?.focus();
