/* script.c - characters as people's keyboards give them. */
#include "domain/script.h"

#include <stddef.h>

#include "base/text.h"

const char *
script_tidy(struct arena *mem, const char *typed)
{
	const char *text;

	if (!typed || text_has_control(typed))
		return typed;
	text = text_fold_space(mem, typed);
	return *text ? text : NULL;
}

unsigned
script_next(const char **at)
{
	unsigned char lead = (unsigned char)*(*at);
	unsigned point = lead;

	if (lead == 0)
		return 0;
	(*at)++;
	if (lead >= 0xC0)
		point = lead & (lead >= 0xF0 ? 0x07u : lead >= 0xE0 ? 0x0Fu : 0x1Fu);
	while (((unsigned char)**at & 0xC0u) == 0x80u)
		point = point << 6 | ((unsigned char)*(*at)++ & 0x3Fu);
	return point;
}

/* Arabic, Persian, Devanagari, Bengali, Thai and full-width digits beside our own. */
int
script_digit(unsigned point)
{
	static const unsigned zeros[] = {'0',   0x660, 0x6F0, 0x966,
					 0x9E6, 0xE50, 0xFF10};

	for (size_t i = 0; i < sizeof zeros / sizeof *zeros; i++)
		if (point >= zeros[i] && point <= zeros[i] + 9)
			return (int)(point - zeros[i]);
	return -1;
}

char
script_plain(unsigned point)
{
	int digit = script_digit(point);

	if (digit >= 0)
		return (char)('0' + digit);
	if (point >= 0xFF21 && point <= 0xFF3A)
		return (char)('A' + (point - 0xFF21));
	if (point >= 0xFF41 && point <= 0xFF5A)
		return (char)('A' + (point - 0xFF41));
	if (point >= 'a' && point <= 'z')
		return (char)('A' + (point - 'a'));
	return point >= 'A' && point <= 'Z' ? (char)point : 0;
}

bool
script_is_gap(unsigned point)
{
	return point == ' ' || point == '-' || point == 0xA0 ||
	       (point >= 0x2000 && point <= 0x2015) || point == 0x202F ||
	       point == 0x2212 || point == 0x3000 || point == 0x30FC || point == 0xFF0D;
}
