/* mail_fake.c - a mail port that keeps what it was given, for tests. */
#include <assert.h>

#include "base/arena.h"
#include "gateway/mail.h"

enum { MAILS_MOST = 1000 };

struct fake {
	struct arena *mem;
	struct mail mails[MAILS_MOST];
	size_t n;
};

/* What port->own points to: the port itself is constant, what it keeps is not. */
struct holder {
	struct fake *fake;
};

static struct fake *
fake_of(const struct mail_port *port)
{
	const struct holder *holder = port->own;

	return holder->fake;
}

static enum mail_outcome
keep(const struct mail_port *port, struct ctx *cx, const struct mail *mail,
     const char **cause)
{
	struct fake *fake = fake_of(port);

	assert(!cx->in_tx && fake->n < MAILS_MOST);
	*cause = NULL;
	fake->mails[fake->n++] = (struct mail){
		.to = arena_text(fake->mem, mail->to),
		.subject = arena_text(fake->mem, mail->subject),
		.message_id = arena_text(fake->mem, mail->message_id),
		.text = arena_text(fake->mem, mail->text),
		.html = arena_text(fake->mem, mail->html),
	};
	return MAIL_SENT;
}

struct mail_port *
mail_fake(struct arena *mem)
{
	struct mail_port *port = arena_new_of(mem, struct mail_port, 1);
	struct holder *holder = arena_new_of(mem, struct holder, 1);

	holder->fake = arena_new_of(mem, struct fake, 1);
	holder->fake->mem = mem;
	*port = (struct mail_port){.send = keep, .own = holder};
	return port;
}

size_t
mail_fake_count(const struct mail_port *port)
{
	return fake_of(port)->n;
}

const struct mail *
mail_fake_item(const struct mail_port *port, size_t i)
{
	assert(i < fake_of(port)->n);
	return &fake_of(port)->mails[i];
}
