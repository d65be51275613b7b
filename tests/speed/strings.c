/* strings.c - in place of those of glibc, whose work depends on where the texts happen
 * to lie: a new literal anywhere in the program would move what is counted. */
#include <stddef.h>
#include <string.h>

int
strcmp(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	return (unsigned char)*a - (unsigned char)*b;
}

int
strncmp(const char *a, const char *b, size_t len)
{
	for (; len > 0; len--, a++, b++)
		if (*a != *b || *a == '\0')
			return (unsigned char)*a - (unsigned char)*b;
	return 0;
}
