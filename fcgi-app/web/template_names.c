/* template_names.c - names of a template to places in structs; the names of PAGE. */
#include <string.h>

#include "web/template_private.h"

static const struct view_field problem_fields[] = {
	SHOW_PAGE(struct page_problem, href, group, text),
	SHOW_END,
};

static const struct view_field notice_fields[] = {
	SHOW_PAGE(struct page_notice, code, text),
	SHOW_END,
};

const struct view_field page_fields[] = {
	SHOW_PAGE(struct page, shop_name, shop_address, shop_email, shop_url, csrf,
		  title_prefix, path, trace_id, cart_pieces, year, refresh_seconds,
		  test_mode, has_problems, development),
	SHOW_LIST_PAGE(struct page, problems, n_problems, problem_fields),
	SHOW_LIST_PAGE(struct page, notices, n_notices, notice_fields),
	SHOW_END,
};

const struct view_field field_fields[] = {
	SHOW_PAGE(struct field_scope, id, name, value, error, label, autocomplete,
		  inputmode, pattern, example, maxlength, required, checked),
	SHOW_END,
};

static const struct view_field *
find_field(const struct view_field *fields, const char *name, size_t len)
{
	for (; fields->name != NULL; fields++)
		if (fields->face != VIEW_DATA_ONLY &&
		    strncmp(fields->name, name, len) == 0 && fields->name[len] == '\0')
			return fields;
	return NULL;
}

/* What follows the last dot may be a part of the value instead of a member. */
static bool
find_part(enum view_type type, const char *name, enum part *part)
{
	static const struct {
		enum view_type type;
		const char *name;
		enum part part;
	} parts[] = {
		{VIEW_MONEY, "amount", PART_AMOUNT},
		{VIEW_MONEY, "currency", PART_CURRENCY},
		{VIEW_INSTANT, "iso", PART_ISO},
		{VIEW_INSTANT, "date", PART_DATE},
		{VIEW_INSTANT, "time", PART_TIME},
		{VIEW_WORD, "word", PART_WORD},
	};

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		if (parts[i].type == type && strcmp(parts[i].name, name) == 0) {
			*part = parts[i].part;
			return true;
		}
	}
	return false;
}

static bool
resolve_in(const struct view_field *fields, const char *name, struct ref *ref)
{
	size_t len = strcspn(name, ".");
	const struct view_field *field = find_field(fields, name, len);

	while (field != NULL) {
		ref->field = field;
		if (name[len] == '\0')
			return true;
		name += len + 1;
		if (field->type != VIEW_IN && field->type != VIEW_MAYBE)
			return find_part(field->type, name, &ref->part);
		if (ref->n_steps == REF_STEPS)
			return false;
		ref->steps[ref->n_steps].at = field->at;
		ref->steps[ref->n_steps++].follow = field->type == VIEW_MAYBE;
		len = strcspn(name, ".");
		field = find_field(field->item, name, len);
	}
	return false;
}

bool
template_resolve(const struct view_field *const *scopes, size_t n_scopes,
		 const char *name, struct ref *ref)
{
	/* The innermost scope that knows the first part of the name decides, as
	 * Mustache has it; PAGE is scope 0 and comes last. */
	for (size_t i = n_scopes; i-- > 0;) {
		*ref = (struct ref){.scope = i};
		if (find_field(scopes[i], name, strcspn(name, ".")) != NULL)
			return resolve_in(scopes[i], name, ref);
	}
	return false;
}
