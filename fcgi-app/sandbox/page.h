/* page.h - the hosted pages' HTML: one frame, one sheet, everything escaped. */
#ifndef SANDBOX_PAGE_H
#define SANDBOX_PAGE_H

#include "base/buf.h"
#include "sandbox/http.h"

struct page {
	struct buf html;
};

/* Head, TEST MODE band and the heading. sheet is the address of page_sheet(). */
struct page page_open(struct arena *, const char *sheet, const char *service,
		      const char *title);
/* Constant markup, and text in between that is escaped. */
void page_put(struct page *, const char *markup);
void page_text(struct page *, const char *text);
/* <button name="outcome" value="...">label</button>; quiet ones look like links. */
void page_button(struct page *, const char *outcome, const char *label, bool quiet);
/* <p><a href="...">label</a></p>; nothing when href is NULL. */
void page_link(struct page *, const char *href, const char *label);
void page_send(struct page *, int status, struct http_reply *);
void page_redirect(struct http_reply *, const char *to);
void page_sheet(struct http_reply *);

#endif
