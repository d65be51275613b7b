/* mailer.c - an order's mails. */
#include "jobs/mailer.h"

#include <string.h>

#include "base/buf.h"
#include "base/config.h"
#include "base/text.h"
#include "jobs/mail_model.h"
#include "web/template.h"
#include "web/words.h"

enum { LETTER_MAX_BYTES = 256 * 1024, KINDS = 7 };

/* The number stands in every subject; subjects are ASCII. */
static const struct {
	const char *kind, *name, *subject;
} kinds[KINDS] = {
	{"mail.confirmation", "order_confirmed", "Order %s is confirmed"},
	{"mail.payment_failed", "payment_failed",
	 "The payment of order %s did not go through"},
	{"mail.shipped", "order_shipped", "Order %s is on its way"},
	{"mail.delivered", "order_delivered", "Order %s has arrived"},
	{"mail.cancelled", "order_cancelled", "Order %s is cancelled"},
	{"mail.refunded", "order_refunded",
	 "Your money for order %s is on its way back"},
	{"mail.link", "order_link", "The link to your order %s"},
};

struct mailer {
	const struct config *config;
	struct words *words;
	struct template *text[KINDS], *html[KINDS];
	const char *domain; /* of message ids */
};

static const char *
domain_of_sender(const struct config *config)
{
	const char *sender = text_is_empty(config->mail_sender) ? config->shop_email
								: config->mail_sender;
	const char *at = strrchr(sender, '@');

	return at == NULL || at[1] == '\0' ? "localhost" : at + 1;
}

fallible
mailer_new(struct arena *mem, const struct config *config, struct mailer **out)
{
	struct mailer *mailer = arena_new_of(mem, struct mailer, 1);
	const char *dir = config->shop_templates;

	mailer->config = config;
	mailer->domain = domain_of_sender(config);
	TRY(words_load(mem, arena_printf(mem, "%s/words.en", dir), &mailer->words));
	for (size_t i = 0; i < KINDS; i++) {
		const char *name = kinds[i].name;

		TRY(template_compile(mem, dir, arena_printf(mem, "mail/%s.txt", name),
				     mail_fields, &mailer->text[i]));
		TRY(template_compile(mem, dir, arena_printf(mem, "mail/%s.html", name),
				     mail_fields, &mailer->html[i]));
	}
	*out = mailer;
	return NULL;
}

/* ---- one letter ---- */

static fallible
find_kind(const char *kind, size_t *at)
{
	for (*at = 0; *at < KINDS; ++*at)
		if (strcmp(kinds[*at].kind, kind) == 0)
			return NULL;
	return FAIL(NOT_FOUND, "no mail of kind %s", kind);
}

static fallible
render(const struct mailer *mailer, struct ctx *cx, const struct template *template,
       const struct mail_model *model, const char **out)
{
	struct page page = {
		.shop_name = mailer->config->shop_name,
		.shop_address = mailer->config->shop_address,
		.shop_email = mailer->config->shop_email,
		.shop_url = {mailer->config->shop_url},
		.csrf = "",
		.title_prefix = "",
		.path = "",
		.trace_id = "",
	};
	struct scene scene = {.page = &page, .words = mailer->words};
	struct buf text = buf_new(cx->mem, LETTER_MAX_BYTES);

	TRY(template_render(template, &scene, model, &text));
	*out = buf_string(&text);
	return NULL;
}

/* From the row's dedup key, so that a mail which is sent twice is known for the same.
 */
static const char *
message_id(const struct mailer *mailer, struct arena *mem, const char *dedup)
{
	char *id = arena_printf(mem, "<%s@%s>", dedup, mailer->domain);

	for (char *c = id; *c != '\0'; c++)
		if (*c == ':')
			*c = '.';
	return id;
}

static fallible
read_order(struct tx *tx, const struct terms *terms, const struct outbox_row *row,
	   struct order_summary *told)
{
	struct order_id id = {row->agg_id};

	TRY(order_get_by_id_with_customer(tx, id, &told->order));
	return order_summary_load(tx, terms, told);
}

fallible
mailer_write(const struct mailer *mailer, struct ctx *cx, const struct terms *terms,
	     const struct outbox_row *row, struct letter *letter)
{
	struct mail_model *model = arena_new_of(cx->mem, struct mail_model, 1);
	struct err *e;
	size_t at;

	TRY(find_kind(row->kind, &at));
	READING (tx, cx, &e)
		e = read_order(tx, terms, row, &model->told);
	TRY(e);
	*letter = (struct letter){0};
	if (text_is_empty(model->told.email))
		return NULL;
	mail_model_fill(model, cx, mailer->config, mailer->words, row);
	*letter = (struct letter){
		.to = model->told.email,
		.subject = arena_printf(cx->mem, kinds[at].subject,
					model->told.order.number),
		.message_id = message_id(mailer, cx->mem, row->dedup),
	};
	TRY(render(mailer, cx, mailer->text[at], model, &letter->text));
	return render(mailer, cx, mailer->html[at], model, &letter->html);
}
