/* page.c - the hosted pages' HTML. No script, no form field that could take a card. */
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "sandbox/page.h"

enum { PAGE_MAX = 1 << 20 };

/* The shop's tokens, with plain light values first for older browsers. */
static const char sheet[] =
	":root{color-scheme:light dark;--ink:#17201c;--soft:#55625c;--paper:#fbfaf7;"
	"--card:#fff;--line:#d9d6cd;--accent:#0b5d3b;--on-accent:#fff;--bad:#a4181c;"
	"--bad-soft:#fdeeed;--note:#fdf5df;--s2:.5rem;--s4:1rem;--s5:1.5rem;--r:.5rem;"
	"font:100%/1.5 system-ui,-apple-system,\"Segoe UI\",Roboto,\"Noto "
	"Sans\",sans-serif;"
	"font-variant-numeric:tabular-nums}\n"
	"@media(prefers-color-scheme:dark){:root{--ink:#e9efec;--soft:#a3b0aa;"
	"--paper:#121614;--card:#1a201d;--line:#33403a;--accent:#5fd39b;"
	"--on-accent:#06281a;--bad:#ff9b94;--bad-soft:#3a1c1b;--note:#33290f}}\n"
	"*{box-sizing:border-box;margin:0}\n"
	"body{background:var(--paper);color:var(--ink);min-height:100vh}\n"
	".band{background:var(--note);border-block-end:1px solid var(--line);"
	"padding:var(--s2) var(--s4);text-align:center}\n"
	"main{inline-size:min(100% - 2rem,30rem);margin-inline:auto;"
	"padding-block:var(--s5) 2.5rem}\n"
	"h1{font-size:1.75rem;line-height:1.2;letter-spacing:-.015em;text-wrap:balance}"
	"\n"
	".soft,small{color:var(--soft);font-size:.875rem}\n"
	".card{background:var(--card);border:1px solid var(--line);"
	"border-radius:var(--r);padding:var(--s5);margin-block-start:var(--s4)}\n"
	".lines{list-style:none;padding:0;display:grid;gap:var(--s2)}\n"
	".lines li{display:grid;grid-template-columns:1fr auto;gap:0 var(--s4)}\n"
	".lines small{grid-column:1}.lines .total{border-block-start:1px solid "
	"var(--line);padding-block-start:var(--s4);margin-block-start:var(--s2);"
	"font-size:1.25rem;font-weight:700}\n"
	".problems{background:var(--bad-soft);border:2px solid var(--bad);"
	"border-radius:var(--r);padding:var(--s4) var(--s5);"
	"margin-block-start:var(--s4)}.problems h2{font-size:1.125rem}\n"
	"form{display:grid;gap:var(--s2);margin-block-start:var(--s5)}\n"
	"button{font:inherit;font-weight:650;inline-size:100%;min-block-size:3rem;"
	"padding:var(--s2) var(--s5);border:1px solid var(--accent);"
	"border-radius:var(--r);background:var(--accent);color:var(--on-accent);"
	"cursor:pointer}button.quiet{background:none;color:var(--accent)}\n"
	"a{color:var(--accent);text-underline-offset:.15em}p+p{margin-block-start:"
	"var(--s4)}\n"
	":focus-visible{outline:3px solid var(--accent);outline-offset:2px;"
	"border-radius:.2rem}\n";

void
page_put(struct page *page, const char *markup)
{
	buf_text(&page->html, markup);
}

void
page_text(struct page *page, const char *text)
{
	escape_html(&page->html, text ? text : "");
}

struct page
page_open(struct arena *mem, const char *sheet_url, const char *service,
	  const char *title)
{
	struct page page = {buf_new(mem, PAGE_MAX)};

	page_put(&page,
		 "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
		 "<meta name=\"viewport\" content=\"width=device-width, "
		 "initial-scale=1\">\n<title>");
	page_text(&page, title);
	page_put(&page, " – TEST MODE</title>\n<link rel=\"stylesheet\" href=\"");
	page_text(&page, sheet_url);
	page_put(&page, "\">\n<header class=\"band\"><p><strong>TEST MODE</strong> "
			"– this page stands in for ");
	page_text(&page, service);
	page_put(&page, ". No money moves.</p></header>\n<main id=\"main\">\n<h1>");
	page_text(&page, title);
	page_put(&page, "</h1>\n");
	return page;
}

void
page_button(struct page *page, const char *outcome, const char *label, bool quiet)
{
	page_put(page, "<button name=\"outcome\" value=\"");
	page_text(page, outcome);
	page_put(page, quiet ? "\" class=\"quiet\">" : "\">");
	page_text(page, label);
	page_put(page, "</button>\n");
}

void
page_link(struct page *page, const char *href, const char *label)
{
	if (!href)
		return;
	page_put(page, "<p><a href=\"");
	page_text(page, href);
	page_put(page, "\">");
	page_text(page, label);
	page_put(page, "</a></p>\n");
}

/* No form-action: some browsers would apply it to the redirect that leads from the form
 * back to the shop, whose origin the sandbox does not know. */
static void
put_guards(struct http_reply *re)
{
	http_reply_header(re, "Content-Security-Policy",
			  "default-src 'none'; style-src 'self'; base-uri 'none'; "
			  "frame-ancestors 'none'");
	http_reply_header(re, "X-Content-Type-Options", "nosniff");
	http_reply_header(re, "Referrer-Policy", "no-referrer");
	http_reply_header(re, "Cache-Control", "no-store");
}

void
page_send(struct page *page, int status, struct http_reply *re)
{
	page_put(page, "</main>\n</html>\n");
	http_reply_text(re, status, "text/html; charset=utf-8",
			buf_string(&page->html));
	put_guards(re);
}

void
page_redirect(struct http_reply *re, const char *to)
{
	http_reply_text(re, 303, "text/plain; charset=utf-8", "");
	http_reply_header(re, "Location", to);
	put_guards(re);
}

void
page_sheet(struct http_reply *re)
{
	http_reply_text(re, 200, "text/css; charset=utf-8", sheet);
	http_reply_header(re, "Cache-Control", "max-age=300");
}
