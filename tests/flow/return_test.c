/* return_test.c - the shopper comes back, or goes on by a posted form; sessions whose
 * answer was lost or refused; what lives as long as the worker. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/config.h"
#include "flow/nudge.h"
#include "gateway/mail.h"
#include "support/kit.h"

static struct kit kit;
static struct placement out;
static struct settled settled;

static struct err *
place(int visitor, const char *key)
{
	struct placing want = kit_placing(&kit, visitor, key);

	return kit_place_order(kit.shop, kit.cx, &want, &out);
}

/* A checkout that is ready to pay, and a gateway that will answer the create so. */
static void
ready(int visitor)
{
	kit = kit_new();
	kit_script_begin(&kit);
	kit_checkout(&kit, visitor, "pen", 1);
}

/* A script of one's own for answers that the kit has no words for. */
static struct pay_step script[4];

static void
play(size_t n)
{
	pay_fake_script(kit.pay, script, n);
}

/* ---- coming back ---- */

static void
coming_back_calls_no_gateway_and_has_it_asked_now(void **state)
{
	struct placement placed;
	struct order order;
	const char *token;

	(void)state;
	kit = kit_new();
	kit_script_begin(&kit);
	placed = kit_place(&kit, 1, "pen", 1, "return-1");
	token = payment_return_token(kit.cx, placed.attempt.uid);
	for (int i = 0; i < 2; i++) { /* twice works, and without a cookie */
		WANT_OK(flow_return(kit.shop, kit.cx, token, &order));
		WANT_TEXT(order.number, placed.order.number);
	}
	WANT_INT(pay_fake_calls(kit.pay, "retrieve"), 0);
	WANT_INT(test_number("SELECT next_check_at <= UTC_TIMESTAMP(6) FROM"
			     " payment_attempt WHERE id = %" PRId64,
			     placed.attempt.id.n),
		 1);
	kit_pay(&kit, &placed, &settled);
	WANT_OK(flow_return(kit.shop, kit.cx, token, &order)); /* late */
	WANT_TEXT(order.state, "confirmed");
	WANT_ERR(flow_return(kit.shop, kit.cx, "guess", &order), NOT_FOUND);
	test_ctx_free(kit.cx);
}

static void
a_posted_hand_over_is_told_again_until_the_attempt_ends(void **state)
{
	static const struct pay_field fields[] = {{"order_id", "rzp_1"}, {"key", "k"}};
	struct handover handover;
	const char *token;

	(void)state;
	ready(2);
	script[0] =
		(struct pay_step){.call = "create",
				  .answer = {.outcome = PAY_DONE},
				  .session = {.session_id = "cs_post",
					      .handover = PAY_POST_FORM,
					      .url = "post:https://pay.example/form",
					      .fields = fields,
					      .n_fields = 2}};
	script[1] = script[0];
	play(2);
	WANT_OK(place(2, "return-2"));
	token = payment_return_token(kit.cx, out.attempt.uid);
	WANT_OK(flow_handover(kit.shop, kit.cx, token, &handover));
	WANT_INT(handover.n_fields, 2);
	WANT_TEXT(handover.fields[0].value, "rzp_1");
	WANT_ERR(flow_handover(kit.shop, kit.cx, token, &handover),
		 GATEWAY_UNAVAILABLE); /* it does not answer any more */
	WANT_ERR(flow_handover(kit.shop, kit.cx, "guess", &handover), NOT_FOUND);
	out.attempt = kit_attempt(&kit, out.attempt.id);
	WANT_TEXT(flow_attempt_url(kit.shop, kit.cx, &out.attempt),
		  arena_printf(kit.cx->mem, "%s/checkout/go/%s",
			       kit.shop->config->shop_url, token));
	kit_script_begin(&kit);
	kit_pay(&kit, &out, &settled);
	WANT_ERR(flow_handover(kit.shop, kit.cx, token, &handover), NOT_FOUND);
	test_ctx_free(kit.cx);
}

/* ---- what a create call may come to ---- */

static void
a_refused_session_fails_the_attempt_and_the_next_one_may_follow(void **state)
{
	struct retry want = {.visitor = kit_visitor(3),
			     .key = "return-3b",
			     .key_hash = kit_visitor(3),
			     .payment_method = "fake"};

	(void)state;
	ready(3);
	script[0] = (struct pay_step){
		.call = "create",
		.answer = {.outcome = PAY_PERMANENT, .shopper_code = "our_fault"}};
	play(1);
	WANT_ERR(place(3, "return-3"), GATEWAY_UNAVAILABLE);
	WANT_TEXT(kit_attempt(&kit, out.attempt.id).state, "failed");
	WANT_TEXT(kit_state(&out), "pending"); /* the order is kept */
	want.order = out.order.number;
	kit_script_begin(&kit);
	kit_will_create(&kit, PAY_DONE);
	WANT_OK(kit_retry_payment(kit.shop, kit.cx, &want, &out));
	WANT_INT(out.attempt.n, 2);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
a_session_that_cannot_be_used_is_known_and_closed_later(void **state)
{
	(void)state;
	ready(4);
	script[0] = (struct pay_step){.call = "create",
				      .answer = {.outcome = PAY_PERMANENT},
				      .session = {.session_id = "cs_odd"}};
	play(1);
	WANT_ERR(place(4, "return-4"), GATEWAY_UNAVAILABLE);
	WANT_TEXT(kit_attempt(&kit, out.attempt.id).state, "sent");
	WANT_TEXT(kit_attempt(&kit, out.attempt.id).gw_id, "cs_odd");
	WANT_INT(kit_attempt(&kit, out.attempt.id).page_url.len, 0);
	test_ctx_free(kit.cx);
}

static void
a_session_that_is_answered_alike_for_ever_is_looked_up(void **state)
{
	(void)state;
	ready(5);
	script[0] = (struct pay_step){
		.call = "create", .answer = {.outcome = PAY_UNKNOWN, .look_up = true}};
	script[1] = (struct pay_step){.call = "find",
				      .answer = {.outcome = PAY_DONE},
				      .state = {.status = PAY_OPEN,
						.session_id = "cs_found",
						.url = "https://pay.example/found"}};
	play(2);
	WANT_OK(place(5, "return-5"));
	WANT_INT(out.kind, PLACEMENT_GO);
	WANT_TEXT(out.url, "https://pay.example/found");
	WANT_TEXT(kit_attempt(&kit, out.attempt.id).gw_id, "cs_found");

	/* and when it is not found, nobody knows */
	kit_checkout(&kit, 6, "pen", 1);
	script[1].answer.outcome = PAY_UNKNOWN;
	play(0);
	play(2);
	WANT_OK(place(6, "return-6"));
	WANT_INT(out.kind, PLACEMENT_UNKNOWN);
	WANT_TEXT(out.url, NULL);
	test_ctx_free(kit.cx);
}

static void
an_unanswered_create_is_settled_by_its_refusal(void **state)
{
	struct attempt attempt;

	(void)state;
	ready(7);
	kit_will_create(&kit, PAY_UNKNOWN);
	WANT_OK(place(7, "return-7"));
	WANT_INT(out.kind, PLACEMENT_UNKNOWN);
	attempt = kit_attempt(&kit, out.attempt.id);
	WANT_TEXT(attempt.state, "unknown");
	kit_will_create(&kit, PAY_PERMANENT);
	WANT_OK(flow_ask_attempt(kit.shop, kit.cx, &attempt, &settled));
	WANT_TEXT(settled.attempt_state, "failed");
	WANT_INT(test_number("SELECT next_check_at IS NULL FROM payment_attempt"
			     " WHERE id = %" PRId64,
			     attempt.id.n),
		 1);
	WANT_OK(flow_expire_order(kit.shop, kit.cx, &out.order));
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
a_decline_on_the_page_is_told_once_and_the_session_stays_open(void **state)
{
	struct attempt attempt;

	(void)state;
	ready(8);
	kit_will_create(&kit, PAY_DONE);
	WANT_OK(place(8, "return-8"));
	attempt = kit_attempt(&kit, out.attempt.id);
	for (size_t i = 0; i < 2; i++)
		script[i] =
			(struct pay_step){.call = "retrieve",
					  .answer = {.outcome = PAY_DONE},
					  .state = {.status = PAY_OPEN,
						    .declined_once = true,
						    .shopper_code = "expired_card"}};
	play(2);
	for (int i = 0; i < 2; i++)
		WANT_OK(flow_ask_attempt(kit.shop, kit.cx, &attempt, &settled));
	WANT_TEXT(settled.attempt_state, "sent");
	WANT_TEXT(kit_state(&out), "pending");
	WANT_INT(
		test_number("SELECT COUNT(*) FROM order_event WHERE order_id = %" PRId64
			    " AND event = 'declined' AND reason = 'expired_card'",
			    out.order.id.n),
		1);
	test_ctx_free(kit.cx);
}

/* ---- T-25: the wrong payment ---- */

static void
another_currency_order_or_attempt_is_parked_never_confirmed(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		struct attempt attempt;
		char key[30];

		ready(20 + i);
		kit_will_create(&kit, PAY_DONE);
		snprintf(key, sizeof key, "return-wrong-%d", i);
		WANT_OK(place(20 + i, key));
		attempt = kit_attempt(&kit, out.attempt.id);
		script[0] = (struct pay_step){
			.call = "retrieve",
			.answer = {.outcome = PAY_DONE},
			.state = {.status = PAY_PAID,
				  .captured = money_of(attempt.amount.minor,
						       i == 0 ? "EUR" : "USD"),
				  .order_ref =
					  i == 1 ? "AAAAA-22222" : out.order.number,
				  .attempt_ref =
					  i == 2 ? "somebody-else" : attempt.uid.text}};
		play(1);
		WANT_OK(flow_ask_attempt(kit.shop, kit.cx, &attempt, &settled));
		WANT(settled.mismatch);
		WANT_TEXT(kit_state(&out), "review");
		WANT_INT(kit_attempt(&kit, attempt.id).captured, 0);
		kit_books_balance();
		test_ctx_free(kit.cx);
	}
}

/* ---- the worker's own ---- */

static void
a_nudge_reaches_the_lane_or_is_lost_without_harm(void **state)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	struct config config;
	char folder[] = "/tmp/till-nudge-XXXXXX", got;
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	(void)state;
	kit = kit_new();
	config = *kit.shop->config;
	WANT(mkdtemp(folder) != NULL);
	config.run_dir = folder;
	kit.shop->config = &config;
	nudge(kit.shop, LANE_PAY); /* nobody listens */
	lane_path(kit.shop, LANE_MAIL, at.sun_path, sizeof at.sun_path);
	WANT(bind(fd, (struct sockaddr *)&at, sizeof at) == 0);
	nudge(kit.shop, LANE_MAIL);
	WANT_INT(recv(fd, &got, 1, MSG_DONTWAIT), 1);
	close(fd);
	unlink(at.sun_path);
	rmdir(folder);
	test_ctx_free(kit.cx);
}

static enum mail_outcome verdict;

static enum mail_outcome
send_or_not(const struct mail_port *port, struct ctx *cx, const struct mail *mail,
	    const char **cause)
{
	(void)port;
	(void)cx;
	(void)mail;
	*cause = "as told";
	return verdict;
}

static void
a_letter_is_sent_kept_for_later_or_refused(void **state)
{
	static const struct mail_port port = {.send = send_or_not};
	struct letter letter = {.to = "ada@example.com",
				.subject = "Order AAAAA-22222",
				.message_id = "<1@example.com>",
				.text = "Hello",
				.html = "<p>Hello</p>"};
	struct mail_port *kept;
	const char *cause;

	(void)state;
	kit = kit_new();
	kit.shop->mail = kept = mail_fake(kit.cx->mem);
	WANT_INT(flow_send_letter(kit.shop, kit.cx, &letter, &cause), LETTER_SENT);
	WANT_TEXT(mail_fake_item(kept, 0)->subject, letter.subject);
	WANT_TEXT(mail_fake_item(kept, 0)->html, letter.html);
	kit.shop->mail = &port;
	verdict = MAIL_LATER;
	WANT_INT(flow_send_letter(kit.shop, kit.cx, &letter, &cause), LETTER_LATER);
	verdict = MAIL_REFUSED;
	WANT_INT(flow_send_letter(kit.shop, kit.cx, &letter, &cause), LETTER_REFUSED);
	WANT_TEXT(cause, "as told");
	test_ctx_free(kit.cx);
}

static void
a_shop_is_made_from_settings_that_agree(void **state)
{
	struct ctx *cx = test_ctx();
	struct config *config = config_defaults(cx->mem);
	struct shop *shop;

	(void)state;
	WANT_OK(shop_new(cx->mem, config, cx->keys, &shop));
	WANT_INT(shop->n_gateways, 0); /* no key, no gateway */
	WANT_INT(shop->terms->n_methods, 0);
	WANT(shop_gateway(shop, "stripe") == NULL);
	WANT(shop->mail != NULL);
	config->tax_rates = "nonsense";
	WANT_ERR(shop_new(cx->mem, config, cx->keys, &shop), INVALID);
	test_ctx_free(cx);
}

TESTS(TEST(coming_back_calls_no_gateway_and_has_it_asked_now),
      TEST(a_posted_hand_over_is_told_again_until_the_attempt_ends),
      TEST(a_refused_session_fails_the_attempt_and_the_next_one_may_follow),
      TEST(a_session_that_cannot_be_used_is_known_and_closed_later),
      TEST(a_session_that_is_answered_alike_for_ever_is_looked_up),
      TEST(an_unanswered_create_is_settled_by_its_refusal),
      TEST(a_decline_on_the_page_is_told_once_and_the_session_stays_open),
      TEST(another_currency_order_or_attempt_is_parked_never_confirmed),
      TEST(a_nudge_reaches_the_lane_or_is_lost_without_harm),
      TEST(a_letter_is_sent_kept_for_later_or_refused),
      TEST(a_shop_is_made_from_settings_that_agree))
