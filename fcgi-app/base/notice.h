/* notice.h - something a shopper should know that does not stop them. */
#ifndef BASE_NOTICE_H
#define BASE_NOTICE_H

/* Texts are constants or the request's arena's. */
struct notice {
	const char *code;    /* wire word: "region_mismatch" */
	const char *field;   /* dotted name, or "" */
	const char *message; /* one sentence */
};

#endif
