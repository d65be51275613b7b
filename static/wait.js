/* wait.js - looks again on pages that wait for an answer; they refresh without it too. */
'use strict';
const go = document.querySelector('[data-go]');
const next = document.querySelector('[data-next]');
const status = document.querySelector('[data-status]');
const print = document.querySelector('[data-print]');

/* At once, then less and less often, not at all out of sight. */
async function look(tries) {
	await new Promise((done) => setTimeout(done, Math.min(500 * (tries + 1), 10000)));
	try {
		const answer = document.hidden ? null : await fetch(status.dataset.status, { headers: { Accept: 'application/json' } });
		const order = answer?.ok ? await answer.json() : null;
		if (order && (order.status !== 'pending' || order.payment_status !== status.dataset.payment))
			return location.reload();
	} catch { /* no answer now: the next look asks again */ }
	return look(tries + 1);
}

if (go) go.requestSubmit();
if (next) setTimeout(() => location.replace(next.dataset.next), 2000);
if (status) look(0);
if (print) {
	const button = Object.assign(document.createElement('button'), { type: 'button', className: 'second', textContent: 'Print' });
	button.addEventListener('click', () => window.print());
	print.append(button);
}
