/* status.h - the words of HTTP status codes (RFC 9110). */
#ifndef WEB_STATUS_H
#define WEB_STATUS_H

const char *status_words(int status);

#endif
